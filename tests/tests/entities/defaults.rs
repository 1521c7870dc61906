//! The choices that new agents of an entity, and of all below it, begin with, as administrators
//! read and set them. What becomes of them is in `accounts/proposal.rs`.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use vigie_entities::Entities;
use vigie_tests::{
    Answer, World,
    gate::Gate,
    http::Function as _,
    scenario::{Person, alerts},
};

use crate::entities::{at, organisation};

fn path(entity: &str) -> String {
    format!("{}/defaults", at(entity))
}

async fn read(world: &World, by: &Person, entity: &str) -> Answer {
    world.get(&by.login, &path(entity)).await.expect(200)
}

/// The defaults that hold in an entity, and the name of the one that has them.
async fn inherited(world: &World, by: &Person, entity: &str) -> Value {
    let path = path(entity) + "?inherited=true";
    world.get(&by.login, &path).await.expect(200).json
}

fn etag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

async fn put_if(world: &World, by: &Person, entity: &str, wanted: &Value, tags: &str) -> Answer {
    let asked = world.request("PUT", &path(entity)).by(&by.login);
    asked.json(wanted).header("If-Match", tags).send().await
}

#[tokio::test]
async fn an_entity_has_none_until_its_administrators_choose_some_and_take_them_back() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    for (entity, wanted) in [
        ("EMS", alerts("immediate")),
        ("EMS-DSI", alerts("daily")),
        ("EMS-DSI", alerts("off")),
    ] {
        world.defaults(&ada, entity, wanted.clone()).await;
        assert_eq!(read(&world, &ada, entity).await.json, wanted);
        // Each entity has its own.
        assert_eq!(read(&world, &ada, "EMS-RESEAU").await.json, Value::Null);
    }
    world.defaults(&ada, "EMS-DSI", Value::Null).await;
    assert_eq!(read(&world, &ada, "EMS-DSI").await.json, Value::Null);
    assert_eq!(read(&world, &ada, "EMS").await.json, alerts("immediate"));
}

#[tokio::test]
async fn whoever_asks_for_it_is_told_of_the_nearest_above_and_its_name() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    assert_eq!(inherited(&world, &ada, "EMS-RESEAU").await, Value::Null);
    let above = |wanted: Value, id: &str, name: &str| {
        let mut above = wanted;
        above["inheritedFrom"] = json!({"id": id, "name": name});
        above
    };
    let (all, daily) = (alerts("immediate"), alerts("daily"));
    world.defaults(&ada, "EMS", all.clone()).await;
    let of_root = above(all.clone(), "EMS", "Direction EMS");
    assert_eq!(inherited(&world, &ada, "EMS-RESEAU").await, of_root);
    world.defaults(&ada, "EMS-DSI", daily.clone()).await;
    let of_dsi = above(daily.clone(), "EMS-DSI", "Service EMS-DSI");
    assert_eq!(inherited(&world, &ada, "EMS-RESEAU").await, of_dsi);
    assert_eq!(inherited(&world, &ada, "EMS-CULTURE").await, of_root);
    // Its own are inherited from nobody.
    assert_eq!(inherited(&world, &ada, "EMS-DSI").await, daily);
    assert_eq!(inherited(&world, &ada, "EMS").await, all);
    let wrong = path("EMS") + "?inherited=yes";
    let refused = world.get(&ada.login, &wrong).await.expect(422);
    assert_eq!(refused.fields(), ["inherited"]);
}

#[tokio::test]
async fn nobody_but_administrators_of_the_entity_reads_or_sets_them() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let denise = world.administrator(&ada, "EMS-DSI", "Denise").await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    let carl = world.organisation("CUS").await;
    let mine = alerts("daily");
    world.defaults(&denise, "EMS-RESEAU", mine.clone()).await;
    for (who, entity) in [
        (&denise, "EMS"),
        (&denise, "EMS-CULTURE"),
        (&bruno, "EMS-DSI"),
        (&carl, "EMS-RESEAU"),
    ] {
        world.get(&who.login, &path(entity)).await.expect(403);
        for wanted in [alerts("immediate"), Value::Null] {
            let refused = world.put(&who.login, &path(entity), wanted).await;
            refused.expect(403);
        }
    }
    world.get(&ada.login, &path("EMS-NONE")).await.expect(404);
    let none = path("EMS-NONE");
    let unknown = world.put(&ada.login, &none, mine.clone()).await;
    unknown.expect(404);
    assert_eq!(read(&world, &ada, "EMS-RESEAU").await.json, mine);
    assert_eq!(read(&world, &ada, "EMS").await.json, Value::Null);
}

#[tokio::test]
async fn they_are_read_as_strictly_as_an_agents_own_choice() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let but = |pointer: &str, name: &str, value: Value| {
        let mut wanted = alerts("immediate");
        wanted.pointer_mut(pointer).unwrap()[name] = value;
        wanted
    };
    for (wanted, field) in [
        (
            but("/kinds", "consultationClosed", json!("daily")),
            "kinds.consultationClosed",
        ),
        (
            but("/automaticFavourites", "mine", json!(null)),
            "automaticFavourites.mine",
        ),
        (but("", "proposed", json!(true)), "proposed"),
        (
            json!({"kinds": alerts("off")["kinds"]}),
            "automaticFavourites",
        ),
    ] {
        let refused = world.put(&ada.login, &path("EMS"), wanted.clone()).await;
        assert_eq!(refused.expect(422).fields(), [field], "{wanted}");
    }
    assert_eq!(read(&world, &ada, "EMS").await.json, Value::Null);
    // Rights are each agent's own: any rule can be proposed.
    let mut rules = alerts("off");
    rules["automaticFavourites"]["transverseEntities"] = json!(true);
    world.defaults(&ada, "EMS", rules).await;
}

#[tokio::test]
async fn what_changed_since_it_was_read_is_not_replaced() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let (all, daily) = (alerts("immediate"), alerts("daily"));
    let none = etag(&read(&world, &ada, "EMS").await);
    let set = put_if(&world, &ada, "EMS", &all, &none).await.expect(200);
    assert_eq!(etag(&set), etag(&read(&world, &ada, "EMS").await));
    for wanted in [&daily, &Value::Null] {
        let refused = put_if(&world, &ada, "EMS", wanted, &none).await;
        assert_eq!(refused.expect(412).problem(), "stale");
    }
    assert_eq!(read(&world, &ada, "EMS").await.json, all);
    for tags in [&etag(&set), "*"] {
        put_if(&world, &ada, "EMS", &daily, tags).await.expect(200);
        world.defaults(&ada, "EMS", all.clone()).await;
    }
    let known = world.request("GET", &path("EMS")).by(&ada.login);
    let known = known.header("If-None-Match", &etag(&set)).send().await;
    assert_eq!(known.status, 304);
}

#[tokio::test]
async fn of_two_who_set_them_at_once_the_second_is_told() {
    let world = Arc::new(World::new().await);
    let ada = organisation(&world).await;
    let (off, mine, theirs) = (alerts("off"), alerts("immediate"), alerts("daily"));
    for (tagged, before) in [(true, Value::Null), (true, off.clone()), (false, off)] {
        world.defaults(&ada, "EMS", before).await;
        let tag = etag(&read(&world, &ada, "EMS").await);
        let gate = Gate::before_write();
        let function = Arc::new(Entities {
            store: gate.store(&world.table, "entities"),
            ..(*world.entities).clone()
        });
        let mut asked = world.request("PUT", &path("EMS")).by(&ada.login);
        asked = asked.json(&mine);
        if tagged {
            asked = asked.header("If-Match", &tag);
        }
        let set = function.answer(asked.event());
        let meanwhile = async { world.defaults(&ada, "EMS", theirs.clone()).await };
        let answer = gate.while_waiting(set, meanwhile).await;
        let now = read(&world, &ada, "EMS").await.json;
        if tagged {
            assert_eq!(answer.expect(412).problem(), "stale");
            assert_eq!(now, theirs);
        } else {
            // The later one wins where nobody says what they read.
            answer.expect(200);
            assert_eq!(now, mine);
        }
    }
}

#[tokio::test]
async fn who_changed_what_is_in_the_audit_and_nothing_where_nothing_changed() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let denise = world.administrator(&ada, "EMS-DSI", "Denise").await;
    let mut wanted = alerts("off");
    wanted["kinds"]["tenderReceived"] = json!("immediate");
    for _ in 0..2 {
        world.defaults(&denise, "EMS-DSI", wanted.clone()).await;
    }
    let mut other = wanted.clone();
    other["kinds"]["tenderReceived"] = json!("daily");
    other["automaticFavourites"]["ownEntity"] = json!(true);
    world.defaults(&denise, "EMS-DSI", other).await;
    world.defaults(&denise, "EMS-DSI", Value::Null).await;
    let audit = format!("{}/audit", at("EMS"));
    let audit = world.get(&ada.login, &audit).await.expect(200).json;
    let told: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["what"] == "defaultsChanged")
        .collect();
    assert_eq!(told.len(), 3);
    for entry in &told {
        assert_eq!(entry["entityId"], "EMS-DSI");
        assert_eq!(entry["actorAccountId"], *denise.id);
        assert_eq!(entry["targetAccountId"], Value::Null);
    }
    let change =
        |field: &str, before, after| json!({"field": field, "before": before, "after": after});
    assert_eq!(
        told[1]["changes"],
        json!([
            change("kinds.tenderReceived", "immediate", "daily"),
            change("automaticFavourites.ownEntity", "false", "true"),
        ])
    );
    assert_eq!(told[0]["changes"].as_array().unwrap().len(), 11);
    assert_eq!(told[0]["changes"][0]["after"], Value::Null);
    assert_eq!(told[2]["changes"][0]["before"], Value::Null);
}

#[tokio::test]
async fn what_another_release_stored_can_be_replaced() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let modes = [("tenderReceived", "immediate"), ("tenderOpened", "weekly")];
    let modes = modes.map(|(kind, mode)| (kind.to_owned(), AttributeValue::S(mode.to_owned())));
    let fewer = AttributeValue::M([("kinds".to_owned(), AttributeValue::M(modes.into()))].into());
    world.set("ENTITY#EMS", "ENTITY", "defaults", fewer).await;
    let before = read(&world, &ada, "EMS").await;
    assert_eq!(before.json["kinds"]["tenderReceived"], "immediate");
    assert_eq!(before.json["kinds"]["noticeRejected"], "off");
    let daily = alerts("daily");
    let set = put_if(&world, &ada, "EMS", &daily, &etag(&before)).await;
    assert_eq!(set.expect(200).json, daily);
    // What nobody can read is as none.
    let nonsense = AttributeValue::S("?".to_owned());
    world
        .set("ENTITY#EMS", "ENTITY", "defaults", nonsense)
        .await;
    assert_eq!(read(&world, &ada, "EMS").await.json, Value::Null);
    world.defaults(&ada, "EMS", daily).await;
}
