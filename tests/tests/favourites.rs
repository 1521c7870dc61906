//! Stars: given and taken, listed, and shown only while the agent may see what is starred.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{Person, alerts, saved},
};

/// An organisation EMS ← EMS-DSI ← EMS-RESEAU, EMS-CULTURE beside; an agent of EMS-DSI.
async fn agent(world: &World) -> (Person, Person) {
    let ada = world.organisation("EMS").await;
    for (id, parent) in [
        ("EMS-DSI", "EMS"),
        ("EMS-RESEAU", "EMS-DSI"),
        ("EMS-CULTURE", "EMS"),
    ] {
        world.entity(&ada, id, parent).await;
    }
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    (ada, bruno)
}

async fn page(world: &World, person: &Person, query: &str) -> Value {
    person
        .get(world, &format!("/favourites{query}"))
        .await
        .expect(200)
        .json
}

fn ids(page: &Value) -> Vec<String> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|star| star["consultationId"].as_str().unwrap().to_owned())
        .collect()
}

/// The whole list, page by page; and how many pages it took.
async fn all(world: &World, person: &Person, limit: usize) -> (Vec<String>, usize) {
    let (mut found, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = page(world, person, &format!("?limit={limit}{cursor}")).await;
        assert!(ids(&page).len() <= limit);
        found.extend(ids(&page));
        pages += 1;
        let Some(next) = page["cursor"].as_str() else {
            return (found, pages);
        };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test]
async fn a_star_is_given_and_taken_and_again_changes_nothing() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    world.consultation("c-1", "EMS-DSI", &ada, &[&bruno]).await;
    let path = bruno.path("/favourites/c-1");
    for _ in 0..3 {
        world.put(&bruno.login, &path, json!({})).await.expect(204);
        world.pass(SignedDuration::from_mins(1));
    }
    let mut list = page(&world, &bruno, "").await;
    let calendar = list["items"][0]["calendar"].take();
    assert!(
        calendar
            .as_str()
            .is_some_and(|path| path.starts_with("/v1/deadlines/d1~")),
        "{calendar}"
    );
    assert_eq!(
        list["items"],
        json!([{
            "consultationId": "c-1",
            "reference": "21-166157",
            "title": "Prestations d'assistance et de développements spécifiques sur le logiciel Qgis",
            "entity": {"id": "EMS-DSI", "name": "Service EMS-DSI"},
            "phase": "consultation",
            "submissionDeadline": "2027-02-01T11:00:00Z",
            "timeZone": null,
            // The first time counts.
            "since": "2026-11-24T08:00:00Z",
            "automatic": null,
            // Looked at above.
            "calendar": null,
        }])
    );
    for _ in 0..3 {
        world.delete(&bruno.login, &path).await.expect(204);
    }
    assert_eq!(
        page(&world, &bruno, "").await,
        json!({"items": [], "cursor": null})
    );
    world.settle().await;
    let told = |name: &str| {
        world
            .events(name)
            .iter()
            .map(|event| (event["accountId"].clone(), event["consultationId"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(told("FavouriteAdded"), [(json!(bruno.id), json!("c-1"))]);
    assert_eq!(told("FavouriteRemoved"), [(json!(bruno.id), json!("c-1"))]);

    // Starred anew, it is new.
    world.put(&bruno.login, &path, json!({})).await.expect(204);
    assert_eq!(
        page(&world, &bruno, "").await["items"][0]["since"],
        "2026-11-24T08:03:00Z"
    );
    world.settle().await;
    assert_eq!(world.events("FavouriteAdded").len(), 2);
}

#[tokio::test]
async fn what_was_never_starred_is_unstarred_without_a_trace() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    world.consultation("c-1", "EMS-DSI", &ada, &[&bruno]).await;
    bruno.delete(&world, "/favourites/c-1").await.expect(204);
    world.settle().await;
    assert!(world.events("FavouriteRemoved").is_empty());
    assert!(ids(&page(&world, &bruno, "").await).is_empty());
}

#[tokio::test]
async fn unknown_and_unseen_are_the_same_answer() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    world.consultation("c-1", "EMS-DSI", &ada, &[]).await;
    for method in ["PUT", "DELETE"] {
        let mut answers = Vec::new();
        for id in ["c-1", "c-2", "a%20b"] {
            let answer = world
                .request(method, &bruno.path(&format!("/favourites/{id}")))
                .by(&bruno.login)
                .json(&json!({}))
                .send()
                .await;
            answers.push((answer.status, answer.text));
        }
        assert_eq!(answers[0].0, 404);
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{answers:?}"
        );
    }
    // Administrators see no more than others.
    world.consultation("c-3", "EMS-DSI", &bruno, &[]).await;
    ada.put(&world, "/favourites/c-3", json!({}))
        .await
        .expect(404);
}

#[tokio::test]
async fn every_way_of_seeing_lets_an_agent_star() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    world.link(&ada, "EMS-DSI", "EMS-CULTURE").await;
    world.consultation("author", "EMS", &bruno, &[]).await;
    world.consultation("guest", "EMS", &ada, &[&bruno]).await;
    world.consultation("own", "EMS-DSI", &ada, &[]).await;
    world
        .consultation("dependent", "EMS-RESEAU", &ada, &[])
        .await;
    world
        .consultation("transverse", "EMS-CULTURE", &ada, &[])
        .await;
    world.consultation("above", "EMS", &ada, &[]).await;
    let sees = async |id: &str| {
        let answer = bruno
            .put(&world, &format!("/favourites/{id}"), json!({}))
            .await;
        bruno
            .delete(&world, &format!("/favourites/{id}"))
            .await
            .expect(answer.status);
        answer.status == 204
    };
    assert!(sees("author").await && sees("guest").await);
    for right in ["own", "dependent", "transverse"] {
        assert!(!sees(right).await, "{right} without the right");
        world
            .rights(&ada, "EMS-DSI", &bruno.id, json!({right: true}))
            .await;
        for other in ["own", "dependent", "transverse", "above"] {
            assert_eq!(sees(other).await, other == right, "{other} by {right}");
        }
        world
            .rights(&ada, "EMS-DSI", &bruno.id, json!({right: false}))
            .await;
    }
}

#[tokio::test]
async fn the_list_is_newest_first_over_several_pages() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    for i in 0..7 {
        world
            .consultation(&format!("c-{i}"), "EMS-DSI", &ada, &[&bruno])
            .await;
    }
    // Two of them in the same millisecond.
    for (i, wait) in [
        (3, 1),
        (0, 0),
        (6, 1000),
        (1, 1),
        (5, 60_000),
        (2, 999),
        (4, 1),
    ] {
        world.star(&bruno, &format!("c-{i}")).await;
        world.pass(SignedDuration::from_millis(wait));
    }
    let expected = ["c-4", "c-2", "c-5", "c-1", "c-6", "c-0", "c-3"];
    for limit in [1, 2, 3, 7, 100] {
        let (found, pages) = all(&world, &bruno, limit).await;
        assert_eq!(found, expected, "limit {limit}");
        assert!(pages >= expected.len().div_ceil(limit));
    }
    // A star set while somebody pages does not disturb the following pages.
    let first = page(&world, &bruno, "?limit=3").await;
    world
        .consultation("c-new", "EMS-DSI", &ada, &[&bruno])
        .await;
    world.star(&bruno, "c-new").await;
    bruno.delete(&world, "/favourites/c-5").await.expect(204);
    let next = page(
        &world,
        &bruno,
        &format!("?limit=3&cursor={}", first["cursor"].as_str().unwrap()),
    )
    .await;
    assert_eq!(ids(&next), ["c-1", "c-6", "c-0"]);
}

#[tokio::test]
async fn a_cursor_is_what_a_list_gave_and_a_limit_a_number() {
    let world = World::new().await;
    let (_, bruno) = agent(&world).await;
    for cursor in [
        "x",
        "",
        "~",
        "2026-11-24T08:00:00Z",
        "2026-11-24T08:00:00Z~a!b",
        "yesterday~c-1",
    ] {
        let answer = bruno
            .get(&world, &format!("/favourites?cursor={cursor}"))
            .await
            .expect(422);
        assert_eq!(answer.fields(), ["cursor"], "{cursor}");
    }
    for limit in ["0", "101", "-1", "many", ""] {
        let answer = bruno
            .get(&world, &format!("/favourites?limit={limit}"))
            .await
            .expect(422);
        assert_eq!(answer.fields(), ["limit"], "{limit}");
    }
}

#[tokio::test]
async fn a_cursor_of_somebody_elses_shows_nothing_of_theirs() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    let chloe = world.agent(&ada, "EMS-DSI", "Chloe").await;
    for i in 0..3 {
        world
            .consultation(&format!("c-{i}"), "EMS-DSI", &ada, &[&bruno, &chloe])
            .await;
        world.star(&bruno, &format!("c-{i}")).await;
        world.pass(SignedDuration::from_secs(1));
    }
    let cursor = page(&world, &bruno, "?limit=1").await["cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(ids(&page(&world, &chloe, &format!("?cursor={cursor}")).await).is_empty());
}

#[tokio::test]
async fn only_what_may_be_seen_now_is_listed_and_only_no_cursor_ends_the_list() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    for i in 0..6 {
        world
            .consultation(&format!("c-{i}"), "EMS-DSI", &ada, &[&bruno])
            .await;
        world.star(&bruno, &format!("c-{i}")).await;
        world.pass(SignedDuration::from_secs(1));
    }
    // No longer a guest of the two newest.
    for i in [4, 5] {
        world
            .save(
                &format!("c-{i}"),
                2,
                "EMS-DSI",
                &ada.id,
                "consultation",
                &[],
            )
            .await;
    }
    let first = page(&world, &bruno, "?limit=2").await;
    assert!(
        ids(&first).is_empty() && first["cursor"].is_string(),
        "{first}"
    );
    let (found, _) = all(&world, &bruno, 2).await;
    assert_eq!(found, ["c-3", "c-2", "c-1", "c-0"]);
    bruno.delete(&world, "/favourites/c-5").await.expect(404);
    // A guest again: the star was never taken.
    world
        .save("c-5", 3, "EMS-DSI", &ada.id, "consultation", &[&bruno])
        .await;
    assert_eq!(
        all(&world, &bruno, 2).await.0,
        ["c-5", "c-3", "c-2", "c-1", "c-0"]
    );
    assert!(world.events("FavouriteRemoved").is_empty());
}

#[tokio::test]
async fn a_star_vanishes_with_the_right_and_is_back_with_it() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    let link = "/v1/entities/EMS-DSI/transverse/EMS-CULTURE";
    world.put(&ada.login, link, json!({})).await.expect(204);
    world
        .rights(
            &ada,
            "EMS-DSI",
            &bruno.id,
            json!({"own": true, "dependent": true, "transverse": true}),
        )
        .await;
    for (id, entity) in [
        ("own", "EMS-DSI"),
        ("dependent", "EMS-RESEAU"),
        ("transverse", "EMS-CULTURE"),
    ] {
        world.consultation(id, entity, &ada, &[]).await;
        world.star(&bruno, id).await;
        world.pass(SignedDuration::from_secs(1));
    }
    let every = ["transverse", "dependent", "own"];
    assert_eq!(ids(&page(&world, &bruno, "").await), every);
    for right in every {
        let path = bruno.path(&format!("/favourites/{right}"));
        world
            .rights(&ada, "EMS-DSI", &bruno.id, json!({right: false}))
            .await;
        let rest: Vec<_> = every.into_iter().filter(|id| *id != right).collect();
        assert_eq!(ids(&page(&world, &bruno, "").await), rest);
        world.put(&bruno.login, &path, json!({})).await.expect(404);
        world
            .rights(&ada, "EMS-DSI", &bruno.id, json!({right: true}))
            .await;
        assert_eq!(ids(&page(&world, &bruno, "").await), every);
    }
    // The entities' places decide just as well: a link taken back, an entity moved away, the agent
    // itself moved.
    world.delete(&ada.login, link).await.expect(204);
    assert_eq!(ids(&page(&world, &bruno, "").await), ["dependent", "own"]);
    world
        .put(
            &ada.login,
            "/v1/entities/EMS-RESEAU",
            json!({"name": "Réseau", "parentId": "EMS-CULTURE"}),
        )
        .await
        .expect(200);
    assert_eq!(ids(&page(&world, &bruno, "").await), ["own"]);
    world
        .change(
            &ada,
            "EMS-DSI",
            &bruno.id,
            json!({"entityId": "EMS-CULTURE"}),
        )
        .await
        .expect(200);
    assert_eq!(
        ids(&page(&world, &bruno, "").await),
        ["transverse", "dependent"]
    );
    assert!(world.events("FavouriteRemoved").is_empty());
}

/// Switches on all rules and gives all rights.
async fn every_rule(world: &World, administrator: &Person, entity: &str, agent: &Person) {
    world
        .rights(
            administrator,
            entity,
            &agent.id,
            json!({"own": true, "dependent": true, "transverse": true}),
        )
        .await;
    let mut wanted = alerts("off");
    for rule in ["ownEntity", "dependentEntities", "transverseEntities"] {
        wanted["automaticFavourites"][rule] = json!(true);
    }
    agent.put(world, "/alerts", wanted).await.expect(200);
}

#[tokio::test]
async fn automatic_names_the_rule_that_gave_the_star() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    world.link(&ada, "EMS-DSI", "EMS-CULTURE").await;
    every_rule(&world, &ada, "EMS-DSI", &bruno).await;
    for (id, entity, author) in [
        ("mine", "EMS-DSI", &bruno),
        ("ownEntity", "EMS-DSI", &ada),
        ("dependentEntities", "EMS-RESEAU", &ada),
        ("transverseEntities", "EMS-CULTURE", &ada),
        ("above", "EMS", &ada),
    ] {
        world.save(id, 1, entity, &author.id, "drafting", &[]).await;
        world.pass(SignedDuration::from_secs(1));
    }
    let list = page(&world, &bruno, "").await;
    assert_eq!(
        ids(&list),
        [
            "transverseEntities",
            "dependentEntities",
            "ownEntity",
            "mine"
        ]
    );
    for star in list["items"].as_array().unwrap() {
        assert_eq!(star["automatic"], star["consultationId"]);
    }
    // Starring by hand what a rule starred changes nothing; taken away and starred again, it is the
    // agent's own.
    let path = bruno.path("/favourites/ownEntity");
    world.put(&bruno.login, &path, json!({})).await.expect(204);
    assert_eq!(page(&world, &bruno, "").await, list);
    world.delete(&bruno.login, &path).await.expect(204);
    world.put(&bruno.login, &path, json!({})).await.expect(204);
    assert_eq!(
        page(&world, &bruno, "").await["items"][0]["consultationId"],
        "ownEntity"
    );
    assert_eq!(
        page(&world, &bruno, "").await["items"][0]["automatic"],
        Value::Null
    );
}

#[tokio::test]
async fn what_was_unstarred_stays_so_whatever_is_saved_later() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    every_rule(&world, &ada, "EMS-DSI", &bruno).await;
    for (id, author) in [("mine", &bruno), ("ours", &ada)] {
        world
            .save(id, 1, "EMS-DSI", &author.id, "drafting", &[])
            .await;
        bruno
            .delete(&world, &format!("/favourites/{id}"))
            .await
            .expect(204);
        for (revision, phase) in [
            (1, "drafting"),
            (2, "drafting"),
            (1, "drafting"),
            (3, "consultation"),
            (4, "drafting"),
        ] {
            world
                .save(id, revision, "EMS-DSI", &author.id, phase, &[&bruno])
                .await;
        }
    }
    assert!(ids(&page(&world, &bruno, "").await).is_empty());
    assert_eq!(world.events("FavouriteRemoved").len(), 2);
    // And so does what was never starred, because its rule came later.
    bruno.put(&world, "/alerts", json!({"kinds": alerts("off")["kinds"], "automaticFavourites": {"mine": false, "ownEntity": false, "dependentEntities": false, "transverseEntities": false}})).await.expect(200);
    world
        .save("late", 1, "EMS-DSI", &bruno.id, "drafting", &[])
        .await;
    every_rule(&world, &ada, "EMS-DSI", &bruno).await;
    world
        .save("late", 2, "EMS-DSI", &bruno.id, "drafting", &[])
        .await;
    assert!(ids(&page(&world, &bruno, "").await).is_empty());
}

/// Whoever unstars while the rules are still at work has the last word.
#[tokio::test]
async fn a_tombstone_outlives_a_save_that_is_taken_up_again() {
    let world = World::new().await;
    let (_, bruno) = agent(&world).await;
    let first: vigie_domain::consultation::Consultation =
        serde_json::from_value(saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[])).unwrap();
    let store = &world.table.store();
    // A worker that died after the star and before its mark.
    store.consultation_save(&first, world.now()).await.unwrap();
    let by_rule = std::collections::BTreeMap::from([(
        bruno.id.clone().try_into().unwrap(),
        vigie_domain::account::preferences::Rule::Mine,
    )]);
    store
        .favourite_add_by_rule(&first.id, &by_rule, world.now())
        .await
        .unwrap();
    bruno.delete(&world, "/favourites/c-1").await.expect(204);
    world
        .save("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[])
        .await;
    assert!(ids(&page(&world, &bruno, "").await).is_empty());
    assert!(world.dead.lock().unwrap().is_empty());
}
