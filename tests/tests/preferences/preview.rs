//! Preview of a rule of automatic favourites: as many consultations as the rule gives while it is
//! on.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{Person, saved},
};

use super::agent;

const RULES: [&str; 4] = [
    "mine",
    "ownEntity",
    "dependentEntities",
    "transverseEntities",
];

async fn preview(world: &World, person: &Person) -> [Value; 4] {
    let answer = person.get(world, "/alerts/preview").await.expect(200).json;
    let since = world.now() - SignedDuration::from_hours(90 * 24);
    assert_eq!(answer["since"], since.to_string());
    RULES.map(|rule| answer["automaticFavourites"][rule].clone())
}

/// Bruno of EMS-DSI, with whatever rights; EMS-EAU beside it, linked from EMS-DSI; LYON, linked
/// too; drafts everywhere.
async fn scene(rights: Value, rule: Option<&str>) -> (World, Person, Person) {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    for (id, parent) in [
        ("EMS-EAU", "EMS"),
        ("EMS-EAU-SUD", "EMS-EAU"),
        ("EMS-RESEAU-NORD", "EMS-RESEAU"),
    ] {
        world.entity(&ada, id, parent).await;
    }
    let zoe = world.organisation("LYON").await;
    world.link(&ada, "EMS-DSI", "EMS-EAU").await;
    // A link across organisations needs the administrators of both: here it is written as they
    // would.
    let id = |id: &str| vigie_domain::id::EntityId::parse(id).unwrap();
    world
        .table
        .store()
        .entity_link(&id("EMS-DSI"), &id("LYON"), &[])
        .await
        .unwrap();
    world.rights(&ada, "EMS-DSI", &bruno.id, rights).await;
    if let Some(rule) = rule {
        let mut choice = bruno.get(&world, "/alerts").await.json;
        RULES
            .iter()
            .for_each(|other| choice["automaticFavourites"][*other] = json!(*other == rule));
        bruno.put(&world, "/alerts", choice).await.expect(200);
    }
    for (i, (entity, author)) in [
        ("EMS-DSI", &ada),
        ("EMS-DSI", &bruno),
        ("EMS-DSI", &ada),
        ("EMS-RESEAU", &ada),
        ("EMS-RESEAU-NORD", &ada),
        ("EMS-RESEAU-NORD", &bruno),
        ("EMS", &ada),
        ("EMS-EAU", &bruno),
        ("EMS-EAU", &ada),
        ("EMS-EAU-SUD", &ada),
        ("LYON", &zoe),
    ]
    .into_iter()
    .enumerate()
    {
        world
            .save(&format!("c-{i}"), 1, entity, &author.id, "drafting", &[])
            .await;
    }
    // Never drafted here: no rule stars it.
    for (id, phase) in [("c-a", "consultation"), ("c-b", "archived")] {
        world.save(id, 1, "EMS-DSI", &bruno.id, phase, &[]).await;
    }
    (world, ada, bruno)
}

#[tokio::test]
async fn each_rule_is_said_to_give_as_many_as_it_gives_where_it_is_on() {
    let all = json!({"own": true, "dependent": true, "transverse": true});
    let (world, _, bruno) = scene(all.clone(), None).await;
    let said = preview(&world, &bruno).await;
    assert_eq!(said, [3, 3, 3, 3].map(Value::from));
    for (rule, said) in RULES.iter().zip(said) {
        let (world, _, bruno) = scene(all.clone(), Some(rule)).await;
        let list = bruno.get(&world, "/favourites").await.expect(200).json;
        let given = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|star| star["automatic"] == *rule)
            .count();
        assert_eq!(Value::from(given), said, "{rule}");
        // A rule that is on already does not change the counts.
        assert_eq!(preview(&world, &bruno).await, [3, 3, 3, 3].map(Value::from));
    }
}

#[tokio::test]
async fn a_rule_without_its_right_says_nothing() {
    for (right, at) in [("own", 1), ("dependent", 2), ("transverse", 3)] {
        let mut rights = json!({"own": true, "dependent": true, "transverse": true});
        rights[right] = json!(false);
        let (world, _, bruno) = scene(rights, None).await;
        let mut wanted = [3, 3, 3, 3].map(Value::from);
        wanted[at] = Value::Null;
        assert_eq!(preview(&world, &bruno).await, wanted, "{right}");
    }
}

#[tokio::test]
async fn it_goes_by_the_tree_the_links_and_the_rights_of_today() {
    let none = json!({"own": false, "dependent": false, "transverse": false});
    let (world, ada, bruno) = scene(none, None).await;
    assert_eq!(
        preview(&world, &bruno).await,
        [json!(3), Value::Null, Value::Null, Value::Null]
    );
    world
        .rights(
            &ada,
            "EMS-DSI",
            &bruno.id,
            json!({"own": true, "dependent": true, "transverse": true}),
        )
        .await;
    assert_eq!(preview(&world, &bruno).await, [3, 3, 3, 3].map(Value::from));
    // EMS-RESEAU and what lies below it move away; the link to EMS-EAU goes.
    world
        .put(
            &ada.login,
            "/v1/entities/EMS-RESEAU",
            json!({"name": "Réseau", "parentId": "EMS-EAU"}),
        )
        .await
        .expect(200);
    assert_eq!(preview(&world, &bruno).await, [3, 3, 0, 3].map(Value::from));
    world
        .delete(&ada.login, "/v1/entities/EMS-DSI/transverse/EMS-EAU")
        .await
        .expect(204);
    assert_eq!(preview(&world, &bruno).await, [3, 3, 0, 1].map(Value::from));
    // Bruno moves to EMS-EAU.
    world
        .change(&ada, "EMS-DSI", &bruno.id, json!({"entityId": "EMS-EAU"}))
        .await
        .expect(200);
    assert_eq!(preview(&world, &bruno).await, [3, 2, 4, 0].map(Value::from));
}

#[tokio::test]
async fn it_counts_the_first_draft_of_the_last_ninety_days_once() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    world
        .rights(&ada, "EMS-DSI", &bruno.id, json!({"own": true}))
        .await;
    let save = async |id: &str, revision: u64, entity: &str, phase: &str| {
        world.save(id, revision, entity, &ada.id, phase, &[]).await;
    };
    let own = async || preview(&world, &bruno).await[1].clone();
    // Released first: the drafting save that comes late still counts, as it still stars; its
    // repetitions do not.
    save("c-1", 5, "EMS-DSI", "consultation").await;
    assert_eq!(own().await, 0);
    for revision in [2, 2, 1, 6] {
        save("c-1", revision, "EMS-DSI", "drafting").await;
        assert_eq!(own().await, 1, "{revision}");
    }
    // The entity of drafting counts, as it did for the stars.
    save("c-2", 1, "EMS-DSI", "drafting").await;
    save("c-2", 2, "EMS", "consultation").await;
    save("c-3", 2, "EMS-DSI", "consultation").await;
    save("c-3", 1, "EMS", "drafting").await;
    assert_eq!(own().await, 2);
    let days = SignedDuration::from_hours(24);
    world.pass(days * 45);
    save("c-1", 9, "EMS-DSI", "drafting").await;
    save("c-4", 1, "EMS-DSI", "drafting").await;
    assert_eq!(own().await, 3);
    // To the millisecond.
    world.pass(days * 45 - SignedDuration::from_millis(1));
    assert_eq!(own().await, 3);
    world.pass(SignedDuration::from_millis(1));
    assert_eq!(own().await, 3, "ninety days ago is within");
    world.pass(SignedDuration::from_millis(1));
    assert_eq!(own().await, 1);
    world.pass(days * 45);
    assert_eq!(own().await, 0);
}

#[tokio::test]
async fn a_save_at_once_with_itself_counts_once_and_one_of_an_unknown_entity_not() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    world
        .rights(&ada, "EMS-DSI", &bruno.id, json!({"own": true}))
        .await;
    let world = std::sync::Arc::new(world);
    for i in 0..4 {
        world.publish(
            "ConsultationSaved",
            saved(&format!("c-{i}"), 1, "EMS-DSI", &bruno.id, "drafting", &[]),
        );
    }
    world.storm(5).await;
    world
        .save("c-9", 1, "NOWHERE", &bruno.id, "drafting", &[])
        .await;
    assert_eq!(
        preview(&world, &bruno).await,
        [json!(4), json!(4), Value::Null, Value::Null]
    );
    assert!(world.dead.lock().unwrap().is_empty());
}

/// Both found no stars given; the slower one marks them a moment later.
#[tokio::test]
async fn two_workers_on_one_first_draft_note_it_once() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    world
        .rights(&ada, "EMS-DSI", &bruno.id, json!({"own": true}))
        .await;
    let consultation =
        serde_json::from_value(saved("c-1", 1, "EMS-DSI", &ada.id, "drafting", &[])).unwrap();
    let (store, root) = (
        world.table.store(),
        vigie_domain::id::EntityId::parse("EMS").unwrap(),
    );
    store
        .consultation_save(&consultation, world.now())
        .await
        .unwrap();
    for _ in 0..2 {
        store
            .stars_mark_given(&consultation, Some(&root), world.now())
            .await
            .unwrap();
        world.pass(SignedDuration::from_secs(1));
    }
    assert_eq!(preview(&world, &bruno).await[1], 1);
}

/// More than one page of drafts.
#[tokio::test]
async fn many_drafts_are_counted_page_by_page() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    world
        .rights(&ada, "EMS-DSI", &bruno.id, json!({"own": true}))
        .await;
    let id = |id: &str| vigie_domain::id::EntityId::parse(id).unwrap();
    let mut items = Vec::new();
    for i in 0..1100 {
        let consultation = vigie_domain::id::ConsultationId::parse(&format!("c-{i}")).unwrap();
        let at = world.now() - SignedDuration::from_hours(i % 2000);
        let item = json!({"consultationId": consultation, "entityId": "EMS-DSI", "authorAccountId": "somebody"});
        items.push((
            vigie_store::keys::drafted(&id("EMS"), at, &consultation),
            serde_dynamo::to_item(item).unwrap(),
        ));
    }
    world.table.put_all(items).await;
    assert_eq!(preview(&world, &bruno).await[1], 1100);
}
