//! The audit: who did what to whom, in ids only, a year back, for the administrators of the tree
//! and in one's own export.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{Person, address},
};

use crate::entities::{agent, agents, at, new_agent, of_both, organisation, put};

/// All pages, newest first.
async fn audit(world: &World, by: &Person, entity: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world
            .get(
                &by.login,
                &format!("{}/audit?limit={limit}{cursor}", at(entity)),
            )
            .await
            .expect(200)
            .json;
        let found = page["items"].as_array().expect("items");
        assert!(found.len() <= limit);
        items.extend(found.iter().cloned());
        let Some(next) = page["cursor"].as_str() else {
            return items;
        };
        assert_ne!(cursor, format!("&cursor={next}"), "it does not go on");
        cursor = format!("&cursor={next}");
    }
}

fn whats(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item["what"].as_str().expect("a word"))
        .collect()
}

#[tokio::test]
async fn every_change_is_told_with_who_did_what_to_whom_newest_first() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    let before = audit(&world, &ada, "EMS", 100).await.len();
    let path = agent("EMS-DSI", &bruno.id);
    world
        .patch(
            &ada.login,
            &path,
            json!({"role": "administrator", "permanentGuest": {"own": true}}),
        )
        .await
        .expect(200);
    world
        .patch(&ada.login, &path, json!({"active": false}))
        .await
        .expect(200);
    world
        .patch(
            &ada.login,
            &path,
            json!({"active": true, "entityId": "EMS-CULTURE"}),
        )
        .await
        .expect(200);
    world.link(&ada, "EMS-DSI", "EMS-CULTURE").await;
    world
        .delete(&ada.login, "/v1/entities/EMS-DSI/transverse/EMS-CULTURE")
        .await
        .expect(204);
    put(&world, &ada, "EMS-RESEAU", Some("EMS-CULTURE"))
        .await
        .expect(200);
    world
        .put(
            &ada.login,
            &at("EMS-RESEAU"),
            json!({"name": "Réseaux", "parentId": "EMS-CULTURE"}),
        )
        .await
        .expect(200);
    let invited = world
        .post(&ada.login, &agents("EMS-DSI"), new_agent("Nadia"))
        .await
        .expect(201)
        .json["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world
        .post(
            &ada.login,
            &format!("{}/invitation", agent("EMS-DSI", &invited)),
            json!({}),
        )
        .await
        .expect(202);
    world
        .delete(&ada.login, &agent("EMS-DSI", &invited))
        .await
        .expect(204);
    bruno.delete(&world, "").await.expect(204);
    // A change without effect is not told.
    world
        .change(&ada, "EMS", &ada.id, json!({"active": true}))
        .await
        .expect(200);
    world
        .put(
            &ada.login,
            &at("EMS-RESEAU"),
            json!({"name": "Réseaux", "parentId": "EMS-CULTURE"}),
        )
        .await
        .expect(200);
    world
        .delete(&ada.login, "/v1/entities/EMS-DSI/transverse/EMS-CULTURE")
        .await
        .expect(204);

    let items = audit(&world, &ada, "EMS", 100).await;
    let new = &items[..items.len() - before];
    let wanted = [
        "accountErased",
        "agentWithdrawn",
        "agentInvited",
        "agentCreated",
        "entityRenamed",
        "entityMoved",
        "entitiesUnlinked",
        "entitiesLinked",
        "agentChanged",
        "agentChanged",
        "agentChanged",
    ];
    assert_eq!(whats(new), wanted);
    let change = |field: &str, before: &str, after: &str| json!({"field": field, "before": before, "after": after});
    assert_eq!(
        new[10],
        json!({
            "at": world.now(), "what": "agentChanged", "actorAccountId": ada.id, "targetAccountId": bruno.id, "entityId": "EMS-DSI",
            "otherEntityId": null, "changes": [change("role", "agent", "administrator"), change("permanentGuest.own", "false", "true")],
        })
    );
    assert_eq!(
        new[8]["changes"],
        json!([
            change("active", "false", "true"),
            change("entityId", "EMS-DSI", "EMS-CULTURE")
        ])
    );
    assert_eq!(
        (&new[7]["entityId"], &new[7]["otherEntityId"]),
        (&json!("EMS-DSI"), &json!("EMS-CULTURE"))
    );
    assert_eq!(
        (&new[0]["actorAccountId"], &new[0]["targetAccountId"]),
        (&json!(bruno.id), &json!(bruno.id))
    );
    assert_eq!(
        (&new[1]["actorAccountId"], &new[1]["targetAccountId"]),
        (&json!(ada.id), &json!(invited))
    );
    for limit in [1, 3] {
        assert_eq!(
            audit(&world, &ada, "EMS", limit).await,
            items,
            "limit {limit}"
        );
    }
    let text = serde_json::to_string(&items).unwrap();
    for personal in ["@", "Ministre", "Nadia", "Bruno", "Réseaux", "login-of"] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
}

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
async fn a_move_that_gives_another_name_is_told_as_both() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let body = json!({"name": "Réseaux", "parentId": "EMS-CULTURE"});
    world
        .put(&ada.login, &at("EMS-RESEAU"), body)
        .await
        .expect(200);
    let items = audit(&world, &ada, "EMS", 100).await;
    assert_eq!(whats(&items)[..2], ["entityRenamed", "entityMoved"]);
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
async fn a_link_across_is_told_on_both_sides_and_accounts_that_link_too() {
    let world = World::new().await;
    let (ada, carl, both) = of_both(&world).await;
    world
        .put(&both, "/v1/entities/EMS/transverse/CUS", json!({}))
        .await
        .expect(204);
    for (by, entity) in [(&ada, "EMS"), (&carl, "CUS")] {
        let newest = audit(&world, by, entity, 1).await.remove(0);
        assert_eq!(
            (
                &newest["what"],
                &newest["entityId"],
                &newest["otherEntityId"]
            ),
            (&json!("entitiesLinked"), &json!("EMS"), &json!("CUS"))
        );
    }
    let [bruno, chloe] = [
        world.agent(&ada, "EMS", "Bruno").await,
        world.agent(&carl, "CUS", "Chloe").await,
    ];
    world.associate(&bruno, &chloe).await;
    for (what, by_whom, to_whom) in [
        ("accountsLinked", &chloe, &bruno),
        ("accountsUnlinked", &bruno, &chloe),
    ] {
        if what == "accountsUnlinked" {
            bruno
                .delete(&world, &format!("/links/{}", chloe.id))
                .await
                .expect(204);
            bruno
                .delete(&world, &format!("/links/{}", chloe.id))
                .await
                .expect(204);
        }
        for (by, entity) in [(&ada, "EMS"), (&carl, "CUS")] {
            let newest = audit(&world, by, entity, 100)
                .await
                .into_iter()
                .filter(|item| item["what"] == what)
                .collect::<Vec<_>>();
            assert_eq!(newest.len(), 1, "{what} {entity}");
            assert_eq!(
                (&newest[0]["actorAccountId"], &newest[0]["targetAccountId"]),
                (&json!(by_whom.id), &json!(to_whom.id))
            );
        }
    }
}

#[tokio::test]
async fn an_import_and_a_dry_run_leave_a_trace() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    for dry_run in [true, false] {
        let asked = world
            .request(
                "POST",
                &format!("{}/import?dryRun={dry_run}", agents("EMS-DSI")),
            )
            .by(&ada.login);
        asked
            .raw(
                "text/csv",
                "prénom;nom;courriel\r\nNadia;Nouvelle;nadia@agents.example.fr\r\n",
            )
            .send()
            .await
            .expect(200);
    }
    let items = audit(&world, &ada, "EMS-DSI", 3).await;
    assert_eq!(
        whats(&items[..3]),
        ["agentImported", "agentsImported", "importTried"]
    );
    assert_eq!(
        items[2]["changes"],
        json!([{"field": "rows", "before": null, "after": "1"}])
    );
    assert!(
        items
            .iter()
            .take(3)
            .all(|item| item["actorAccountId"] == ada.id.as_str())
    );
}

/// Whoever is refused an address knows that somebody has it: the others can see who asks, and how
/// often. Not for which address.
#[tokio::test]
async fn an_agent_who_is_refused_for_the_address_leaves_a_trace() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let zoe = world.organisation("LYON").await;
    let before = audit(&world, &ada, "EMS-DSI", 100).await.len();
    let create = async |email: &str| {
        let contact = json!({"firstName": "Nadia", "lastName": "Nouvelle", "email": email});
        world
            .post(&ada.login, &agents("EMS-DSI"), json!({"contact": contact}))
            .await
    };
    for _ in 0..2 {
        create(&zoe.email).await.expect(409);
    }
    // Nothing was looked up.
    create("not an address").await.expect(422);
    let page = world
        .get(&ada.login, "/v1/entities/EMS-DSI/audit")
        .await
        .expect(200);
    let items = page.json["items"].as_array().unwrap();
    assert_eq!(whats(&items[..2]), ["agentRefused", "agentRefused"]);
    for item in &items[..2] {
        assert_eq!(
            (&item["actorAccountId"], &item["entityId"]),
            (&json!(ada.id), &json!("EMS-DSI"))
        );
        assert_eq!(
            (&item["targetAccountId"], &item["changes"]),
            (&Value::Null, &json!([]))
        );
    }
    assert!(!page.text.contains(&zoe.email) && !page.text.contains(&zoe.id));
    assert_eq!(audit(&world, &ada, "EMS-DSI", 100).await.len(), before + 2);
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

#[tokio::test]
async fn what_was_told_is_kept_a_year() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    world.invite(&ada, "EMS-DSI", "Nadia").await;
    let kept = (world.now() + SignedDuration::from_hours(365 * 24))
        .as_second()
        .to_string();
    let entries: Vec<_> = world
        .table
        .items()
        .await
        .into_iter()
        .filter(|item| item["sk"].as_s().is_ok_and(|sk| sk.starts_with("AUDIT#")))
        .collect();
    assert!(entries.len() > 6 && entries.iter().all(|item| item["ttl"].as_n() == Ok(&kept)));
}

/// An invitation that nobody accepted goes by the clock: no person did it.
#[tokio::test]
async fn what_the_clock_erases_is_told_without_an_actor() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let invited = world.invite(&ada, "EMS-DSI", "Nadia").await;
    world.settle().await;
    world.pass(SignedDuration::from_hours(31 * 24));
    world.sweep().await;
    let newest = audit(&world, &ada, "EMS", 1).await.remove(0);
    assert_eq!(
        (
            &newest["what"],
            &newest["actorAccountId"],
            &newest["targetAccountId"]
        ),
        (&json!("invitationExpired"), &Value::Null, &json!(invited))
    );
}

const CHANGED: &str = "Votre compte d’agent a été modifié";

#[tokio::test]
async fn the_agent_is_mailed_what_an_administrator_changed() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    world.empty_inbox();
    let mut path = agent("EMS-DSI", &bruno.id);
    for (patch, words) in [
        (
            json!({"role": "administrator"}),
            &["Rôle\u{a0}: administrateur (auparavant\u{a0}: agent)."][..],
        ),
        (
            json!({"permanentGuest": {"own": true, "dependent": true}}),
            &[
                "Invité(e) permanent(e) de votre entité\u{a0}: oui.",
                "qui dépendent de la vôtre\u{a0}: oui.",
            ],
        ),
        (
            json!({"entityId": "EMS-CULTURE"}),
            &["Entité\u{a0}: Service EMS-CULTURE (auparavant\u{a0}: Service EMS-DSI)."],
        ),
        (
            json!({"active": false}),
            &["Votre compte est désactivé", "exporter vos"],
        ),
        (
            json!({"active": true}),
            &["Votre compte est de nouveau actif."],
        ),
    ] {
        world
            .patch(&ada.login, &path, patch.clone())
            .await
            .expect(200);
        path = agent("EMS-CULTURE", &bruno.id);
        if patch.get("entityId").is_none() && !patch["active"].is_boolean() {
            path = agent("EMS-DSI", &bruno.id);
        }
        world.settle().await;
        let mails = world.mails_to(&bruno.email);
        assert_eq!(
            (mails.len(), mails[0].subject.as_str()),
            (1, CHANGED),
            "{patch}"
        );
        let text = mails[0].text.replace('\n', " ");
        for word in words {
            assert!(text.contains(word), "{patch}: {word}: {text}");
        }
        assert!(
            !text.contains("Ada") && !text.contains(&ada.email),
            "{text}"
        );
        world.empty_inbox();
    }
    // A change without effect mails nobody, and neither does a change of somebody who has not
    // accepted.
    world
        .patch(&ada.login, &path, json!({"active": true}))
        .await
        .expect(200);
    let invited = world.invite(&ada, "EMS-DSI", "Nadia").await;
    world.settle().await;
    world.empty_inbox();
    world
        .change(
            &ada,
            "EMS-DSI",
            &invited,
            json!({"permanentGuest": {"own": true}}),
        )
        .await
        .expect(200);
    world.settle().await;
    assert!(world.mails().is_empty());
    assert_eq!(world.mails_to(&address("Nadia")).len(), 0);
}

#[tokio::test]
async fn nobody_is_mailed_without_end() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    world.empty_inbox();
    for round in 0..15 {
        world
            .change(
                &ada,
                "EMS-DSI",
                &bruno.id,
                json!({"permanentGuest": {"own": round % 2 == 0}}),
            )
            .await
            .expect(200);
        world.settle().await;
    }
    assert_eq!(world.mails_to(&bruno.email).len(), 10);
    world.pass(SignedDuration::from_hours(1));
    world
        .change(&ada, "EMS-DSI", &bruno.id, json!({"active": false}))
        .await
        .expect(200);
    world.settle().await;
    assert_eq!(world.mails_to(&bruno.email).len(), 11);
}
