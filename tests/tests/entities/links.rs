//! Transverse links: directed, within what the caller administers, taken back by either side.

use serde_json::json;
use vigie_tests::World;

use crate::entities::{of_both, organisation, put, shown};

#[tokio::test]
async fn a_link_within_a_tree_is_shown_at_the_entity_whose_agents_may_follow() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let link = "/v1/entities/EMS-DSI/transverse/EMS-CULTURE";
    for _ in 0..2 {
        world.put(&ada.login, link, json!({})).await.expect(204);
        assert_eq!(
            shown(&world, &ada, "EMS-DSI").await["transverse"],
            json!(["EMS-CULTURE"])
        );
    }
    // Directed: nothing the other way.
    assert_eq!(
        shown(&world, &ada, "EMS-CULTURE").await["transverse"],
        json!([])
    );
    world.link(&ada, "EMS-DSI", "EMS-RESEAU").await;
    assert_eq!(
        shown(&world, &ada, "EMS-DSI").await["transverse"],
        json!(["EMS-CULTURE", "EMS-RESEAU"])
    );
    // A rename or a move leaves them.
    put(&world, &ada, "EMS-DSI", Some("EMS-CULTURE"))
        .await
        .expect(200);
    assert_eq!(
        shown(&world, &ada, "EMS-DSI").await["transverse"],
        json!(["EMS-CULTURE", "EMS-RESEAU"])
    );
    for _ in 0..2 {
        world.delete(&ada.login, link).await.expect(204);
        assert_eq!(
            shown(&world, &ada, "EMS-DSI").await["transverse"],
            json!(["EMS-RESEAU"])
        );
    }
}

#[tokio::test]
async fn a_link_joins_two_entities_that_exist() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let own = world
        .put(
            &ada.login,
            "/v1/entities/EMS-DSI/transverse/EMS-DSI",
            json!({}),
        )
        .await
        .expect(422);
    assert_eq!(own.fields(), ["otherId"]);
    for path in [
        "/v1/entities/EMS-DSI/transverse/NOWHERE",
        "/v1/entities/NOWHERE/transverse/EMS-DSI",
        "/v1/entities/EMS-DSI/transverse/a%20b",
    ] {
        world.put(&ada.login, path, json!({})).await.expect(404);
    }
    assert_eq!(
        shown(&world, &ada, "EMS-DSI").await["transverse"],
        json!([])
    );
}

#[tokio::test]
async fn a_link_across_trees_needs_somebody_who_administers_both_sides() {
    let world = World::new().await;
    let (ada, carl, both) = of_both(&world).await;
    let link = "/v1/entities/EMS/transverse/CUS";
    for person in [&ada, &carl] {
        world.put(&person.login, link, json!({})).await.expect(403);
    }
    assert_eq!(shown(&world, &ada, "EMS").await["transverse"], json!([]));
    world.put(&both, link, json!({})).await.expect(204);
    assert_eq!(
        shown(&world, &ada, "EMS").await["transverse"],
        json!(["CUS"])
    );
}

#[tokio::test]
async fn within_a_tree_too_both_sides_must_be_the_administrators() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let denise = world.administrator(&ada, "EMS-DSI", "Denise").await;
    for path in [
        "/v1/entities/EMS-DSI/transverse/EMS-CULTURE",
        "/v1/entities/EMS-CULTURE/transverse/EMS-DSI",
        "/v1/entities/EMS-DSI/transverse/EMS",
    ] {
        world.put(&denise.login, path, json!({})).await.expect(403);
    }
    world.link(&denise, "EMS-DSI", "EMS-RESEAU").await;
}

#[tokio::test]
async fn either_side_takes_a_link_back_and_nobody_else() {
    let world = World::new().await;
    let (ada, carl, both) = of_both(&world).await;
    let stranger = world.organisation("XYZ").await;
    let link = "/v1/entities/EMS/transverse/CUS";
    for person in [&ada, &carl] {
        world.put(&both, link, json!({})).await.expect(204);
        world
            .delete(&person.login, "/v1/entities/EMS/transverse/NOBODY")
            .await
            .expect(if person.id == ada.id { 404 } else { 403 });
        world.delete(&stranger.login, link).await.expect(403);
        // The other direction is another link.
        world
            .delete(&person.login, "/v1/entities/CUS/transverse/EMS")
            .await
            .expect(204);
        assert_eq!(
            shown(&world, &ada, "EMS").await["transverse"],
            json!(["CUS"])
        );
        world.delete(&person.login, link).await.expect(204);
        assert_eq!(shown(&world, &ada, "EMS").await["transverse"], json!([]));
    }
}
