//! Entries: each change, import and refusal is told; a change without effect is not.

use serde_json::{Value, json};
use vigie_tests::World;

use crate::entities::{
    agent, agents, at,
    audit::{audit, whats},
    new_agent, of_both, organisation, put,
};

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
