//! Every change that an administrator makes is in the audit, under the account by which the
//! administrator made it: made from the table of routes, so that a new one cannot be forgotten.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vigie_tests::{
    Login,
    routes::{Row, Scene, all},
    scenario::address,
};

/// The entries of an organisation's audit.
async fn entries(scene: &Scene, root: &str) -> BTreeSet<(String, String)> {
    let items = scene
        .table()
        .await
        .into_iter()
        .filter(|((pk, sk), _)| *pk == format!("ENTITY#{root}") && sk.starts_with("AUDIT#"));
    let text = |item| {
        let mut entry = serde_dynamo::from_item::<_, Value>(item).expect("JSON");
        // An item has its attributes in no order.
        entry.sort_all_objects();
        entry.to_string()
    };
    items.map(|((_, sk), item)| (sk, text(item))).collect()
}

/// An administrator of `EMS` whose login administers another organisation too, by an older account.
async fn of_two(scene: &Scene) -> String {
    let contact = json!({"firstName": "Both", "lastName": "Agent", "email": address("Both")});
    let invited = scene
        .world
        .post(
            &scene.ada.login,
            "/v1/entities/EMS/agents",
            json!({"contact": contact, "role": "administrator"}),
        )
        .await;
    let id = invited.expect(201).json["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    scene.world.settle().await;
    let token = scene.world.last_mail(&address("Both")).token();
    scene
        .world
        .post(&scene.zoe.login, "/v1/invitations", json!({"token": token}))
        .await
        .expect(200);
    scene.world.settle().await;
    assert!(
        scene.zoe.id < id,
        "the first one of the login is the other organisation's"
    );
    id
}

/// Somebody else's login waits to take over Dora's account, which administers `EMS-DSI`.
async fn recovery_waits(scene: &Scene) {
    let (world, dora, new) = (&scene.world, &scene.dora, Login::new("dora anew"));
    let role = json!({"role": "administrator"});
    let promoted = world.change(&scene.ada, "EMS-DSI", &dora.id, role);
    promoted.await.expect(200);
    let email = json!({"email": dora.email});
    world.post(&new, "/v1/recoveries", email).await.expect(202);
    world.settle().await;
    let token = world.last_mail(&dora.email).token();
    let confirmed = world.post(&new, "/v1/recoveries/confirm", json!({"token": token}));
    confirmed.await.expect(202);
    world.settle().await;
}

async fn asked(scene: &Scene, row: &Row) -> u16 {
    scene.request(row).by(&scene.zoe.login).send().await.status
}

#[tokio::test]
async fn every_change_of_an_administrator_is_told_under_the_account_that_made_it() {
    let mut rows = 0;
    for row in all()
        .into_iter()
        .filter(|row| row.is_for_administrators() && !row.only_reads())
    {
        let scene = Scene::new().await;
        let by = of_two(&scene).await;
        let key = row.key();
        if row.method == "DELETE" && row.names("otherId") {
            // Something to take back.
            let put = all()
                .into_iter()
                .find(|put| put.method == "PUT" && put.path == row.path)
                .expect("a route");
            assert!((200..300).contains(&asked(&scene, &put).await), "{key}");
        }
        if row.method == "DELETE" && row.path.ends_with("/recovery") {
            recovery_waits(&scene).await;
        }
        let before = entries(&scene, "EMS").await;
        assert!((200..300).contains(&asked(&scene, &row).await), "{key}");
        let told: Vec<Value> = entries(&scene, "EMS")
            .await
            .difference(&before)
            .map(|(_, entry)| entry.parse().expect("JSON"))
            .collect();
        assert!(!told.is_empty(), "{key} is told nowhere");
        for entry in &told {
            assert_eq!(
                (&entry["actorAccountId"], &entry["entityId"]),
                (&json!(by), &json!("EMS-DSI")),
                "{key}: {entry}"
            );
            assert_eq!(entry["at"], json!(scene.world.now()), "{key}: {entry}");
        }
        if row.names("accountId") {
            let path = scene.path(&row, "EMS-DSI");
            assert!(
                told.iter().all(|entry| entry["targetAccountId"]
                    .as_str()
                    .is_some_and(|id| path.contains(id))),
                "{key}: {told:?}"
            );
        }
        // Each has its copy with the account that did it, and so in that one's export.
        let copies = scene
            .table()
            .await
            .into_keys()
            .filter(|(pk, sk)| *pk == format!("ACCOUNT#{by}") && sk.starts_with("AUDIT#"))
            .count();
        assert!(
            copies > told.len(),
            "{key}: {copies}, with that of its invitation"
        );
        assert!(
            entries(&scene, "LYON")
                .await
                .iter()
                .all(|(_, entry)| !entry.contains("EMS")),
            "{key}"
        );
        rows += 1;
    }
    assert!(rows >= 8, "{rows}");
}
