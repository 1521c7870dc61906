//! One consultation by its id.

use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{Person, saved},
};

use super::{agent, all, page, rights};

async fn shown(world: &World, person: &Person, id: &str) -> (u16, Value) {
    let path = person.path(&format!("/consultations/{id}"));
    let answer = world.get(&person.login, &path).await;
    (answer.status, answer.json)
}

#[tokio::test]
async fn one_consultation_is_shown_as_in_the_list_and_also_when_it_is_over() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    let save = async |revision, phase| {
        let event = saved("c-1", revision, "EMS-DSI", &ada.id, phase, &[&bruno]);
        world.send("ConsultationSaved", event).await;
    };
    save(1, "consultation").await;
    world.star(&bruno, "c-1").await;
    let listed = page(&world, &bruno, "").await["items"][0].clone();
    let (status, one) = shown(&world, &bruno, "c-1").await;
    assert_eq!((status, &one), (200, &listed));
    assert_eq!(one["starred"], true);
    assert!(
        one["url"]
            .as_str()
            .is_some_and(|url| url.starts_with("https://")),
        "{one}"
    );
    for (revision, over) in [(2, "decision"), (3, "archived")] {
        save(revision, over).await;
        let (status, one) = shown(&world, &bruno, "c-1").await;
        assert_eq!((status, one["phase"].as_str()), (200, Some(over)));
        assert_eq!(one["starred"], true, "{over}");
    }
    assert!(all(&world, &bruno, "").await.is_empty());
}

#[tokio::test]
async fn one_consultation_that_is_unknown_unseen_or_no_identifier_is_the_same_404() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    world.consultation("c-1", "EMS-DSI", &ada, &[]).await;
    let star = bruno.path("/favourites/c-1");
    let refused = world.put(&bruno.login, &star, json!({})).await.expect(404);
    for id in ["c-1", "c-2", "a%20b"] {
        assert_eq!(
            shown(&world, &bruno, id).await,
            (404, refused.json.clone()),
            "{id}"
        );
    }
    // With the right it is there, and without it gone again.
    for (own, status) in [(true, 200), (false, 404)] {
        rights(&world, &ada, &bruno, json!({"own": own})).await;
        assert_eq!(shown(&world, &bruno, "c-1").await.0, status);
    }
}
