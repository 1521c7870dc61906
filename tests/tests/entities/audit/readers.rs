//! Readers: administrators of the place or above, with the names that they may know, and each
//! person in their own export.

use serde_json::{Value, json};
use vigie_tests::{World, scenario::Person};

use crate::entities::{
    agent, at,
    audit::{audit, whats},
    organisation,
};

/// The names that come with a page: of people by their ids, and of entities.
async fn names(world: &World, by: &Person, entity: &str) -> (Value, Value) {
    let path = format!("{}/audit?names=true", at(entity));
    let names = world.get(&by.login, &path).await.expect(200).json["names"].clone();
    let by_id = |list: &str, id: &str| {
        let items = names[list].as_array().expect("a list");
        items
            .iter()
            .map(|item| {
                (
                    item[id].as_str().expect("an id").to_owned(),
                    item["name"].clone(),
                )
            })
            .collect()
    };
    (by_id("people", "accountId"), by_id("entities", "id"))
}

#[tokio::test]
async fn whoever_asks_is_told_the_names_of_their_people_and_of_who_administers_them() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let denise = world.administrator(&ada, "EMS-DSI", "Denise").await;
    let [nadia, omar] = [
        world.agent(&ada, "EMS-RESEAU", "Nadia").await,
        world.agent(&ada, "EMS-RESEAU", "Omar").await,
    ];
    let gone = world.agent(&ada, "EMS-DSI", "Paul").await;
    gone.delete(&world, "").await.expect(204);
    let moved = json!({"entityId": "EMS-CULTURE"});
    world
        .patch(&ada.login, &agent("EMS-RESEAU", &omar.id), moved)
        .await
        .expect(200);
    let name = |id: &str| json!(format!("Service {id}"));
    let (people, entities) = names(&world, &denise, "EMS-DSI").await;
    // Who is elsewhere now is not named, nor who is gone; an administrator above is.
    assert_eq!(
        people,
        json!({&denise.id: "Denise Agent", &nadia.id: "Nadia Agent", &ada.id: "Ada Ministre"})
    );
    let own = json!({"EMS": "Direction EMS", "EMS-DSI": name("EMS-DSI"), "EMS-RESEAU": name("EMS-RESEAU"), "EMS-CULTURE": name("EMS-CULTURE")});
    assert_eq!(entities, own);
    let (people, _) = names(&world, &ada, "EMS").await;
    assert_eq!(people[&omar.id], "Omar Agent");
    let path = format!("{}/audit", at("EMS"));
    let plain = world.get(&ada.login, &path).await.expect(200);
    assert_eq!(plain.json.get("names"), None);
    let wrong = world.get(&ada.login, &format!("{path}?names=1")).await;
    assert_eq!(wrong.expect(422).fields(), ["names"]);
}

#[tokio::test]
async fn who_administers_a_service_sees_what_was_done_there_and_below() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let denise = world.administrator(&ada, "EMS-DSI", "Denise").await;
    let [in_reseau, in_culture, moving] = [
        world.invite(&ada, "EMS-RESEAU", "Nadia").await,
        world.invite(&ada, "EMS-CULTURE", "Omar").await,
        world.invite(&ada, "EMS-CULTURE", "Paul").await,
    ];
    world
        .change(
            &ada,
            "EMS-CULTURE",
            &moving,
            json!({"entityId": "EMS-RESEAU"}),
        )
        .await
        .expect(200);
    for limit in [1, 100] {
        let targets: Vec<_> = audit(&world, &denise, "EMS-DSI", limit)
            .await
            .into_iter()
            .map(|item| item["targetAccountId"].clone())
            .collect();
        assert!(
            targets.contains(&json!(in_reseau)) && targets.contains(&json!(moving)),
            "{targets:?}"
        );
        assert!(!targets.contains(&json!(in_culture)), "{targets:?}");
    }
    for elsewhere in ["EMS", "EMS-CULTURE"] {
        world
            .get(&denise.login, &format!("{}/audit", at(elsewhere)))
            .await
            .expect(403);
    }
    let carl = world.organisation("CUS").await;
    world
        .get(&carl.login, &format!("{}/audit", at("EMS")))
        .await
        .expect(403);
    world
        .get(&ada.login, &format!("{}/audit", at("NOWHERE")))
        .await
        .expect(404);
    assert_eq!(
        world
            .get(&ada.login, &format!("{}/audit?cursor=a!b", at("EMS")))
            .await
            .expect(422)
            .fields(),
        ["cursor"]
    );
}

#[tokio::test]
async fn one_s_own_export_holds_what_was_done_by_and_to_oneself() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    let chloe = world.agent(&ada, "EMS-DSI", "Chloe").await;
    world
        .change(
            &ada,
            "EMS-DSI",
            &bruno.id,
            json!({"permanentGuest": {"own": true}}),
        )
        .await
        .expect(200);
    let told = async |person: &Person| {
        let export = person.get(&world, "/export").await.expect(200).json;
        let others = export["others"].as_array().unwrap().clone();
        others
            .into_iter()
            .filter(|other| {
                other["item"]
                    .as_str()
                    .is_some_and(|item| item.starts_with("AUDIT#"))
            })
            .collect::<Vec<_>>()
    };
    let his = told(&bruno).await;
    assert_eq!(
        whats(&his),
        ["agentCreated", "invitationAccepted", "agentChanged"]
    );
    assert!(
        his.iter()
            .all(|item| item["targetAccountId"] == bruno.id.as_str())
    );
    assert!(
        told(&ada)
            .await
            .iter()
            .any(|item| item["what"] == "agentChanged"
                && item["targetAccountId"] == bruno.id.as_str())
    );
    assert!(
        !told(&chloe)
            .await
            .iter()
            .any(|item| item["targetAccountId"] == bruno.id.as_str())
    );
}
