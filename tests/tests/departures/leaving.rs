//! Last days that administrators set.

use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{Person, tender},
};

use super::{change, is_active, leaves, until};

#[tokio::test]
async fn an_account_works_until_its_agent_s_last_day_is_over_in_paris() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    world.consultation("c-1", "EMS", &bruno, &[]).await;
    world.wants_everything(&bruno).await;
    world.star(&bruno, "c-1").await;
    world.empty_inbox();
    let set = leaves(&world, &ada, "EMS", &bruno, "2026-11-30").await;
    assert_eq!(set.expect(200).json["leavesOn"], "2026-11-30");
    let own = bruno.get(&world, "").await.expect(200);
    assert_eq!(own.json["leavesOn"], "2026-11-30");
    let listed = world.get(&ada.login, "/v1/entities/EMS/agents").await;
    let listed = listed.expect(200).json.to_string();
    assert!(listed.contains("\"leavesOn\":\"2026-11-30\""), "{listed}");
    let told = world.last_mail(&bruno.email);
    assert!(
        told.text.contains("lundi 30 novembre 2026"),
        "{}",
        told.text
    );

    until(&world, "2026-11-30T22:59:59Z").await;
    assert!(is_active(&world, &bruno).await);
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    let mails = world.mails_to(&bruno.email).len();
    until(&world, "2026-11-30T23:00:00Z").await;
    assert!(!is_active(&world, &bruno).await);
    let told = world.mails_to(&bruno.email);
    assert_eq!(told.len(), mails + 1);
    assert!(
        told[mails].text.contains("dernier jour"),
        "{}",
        told[mails].text
    );
    world.send("TenderReceived", tender("c-1", "d-2")).await;
    assert_eq!(world.mails_to(&bruno.email).len(), mails + 1);
    bruno.get(&world, "").await.expect(403);
    let audit = world.get(&ada.login, "/v1/entities/EMS/audit").await;
    let last = audit.expect(200).json["items"][0].clone();
    assert_eq!(
        (&last["what"], &last["actorAccountId"]),
        (&json!("agentLeft"), &json!(null))
    );

    // Who works again has no last day.
    let back = change(&world, &ada, "EMS", &bruno.id, json!({"active": true})).await;
    assert_eq!(back.expect(200).json["leavesOn"], json!(null));
    until(&world, "2026-12-24T08:00:00Z").await;
    assert!(is_active(&world, &bruno).await);
}

#[tokio::test]
async fn a_last_day_can_be_moved_and_taken_back_and_is_none_that_has_passed() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    for day in ["2026-11-23", "2026-13-01", "demain", "20261-01-01"] {
        let refused = leaves(&world, &ada, "EMS", &bruno, day).await.expect(422);
        assert_eq!(refused.json["errors"][0]["field"], "leavesOn", "{day}");
    }
    leaves(&world, &ada, "EMS", &bruno, "2026-11-24")
        .await
        .expect(200);
    leaves(&world, &ada, "EMS", &bruno, "2026-11-26")
        .await
        .expect(200);
    until(&world, "2026-11-25T08:00:00Z").await;
    assert!(is_active(&world, &bruno).await);
    let none = change(&world, &ada, "EMS", &bruno.id, json!({"leavesOn": null})).await;
    assert_eq!(none.expect(200).json["leavesOn"], json!(null));
    until(&world, "2026-12-25T08:00:00Z").await;
    assert!(is_active(&world, &bruno).await);
}

async fn is_last(world: &World, by: &Person, agent: &Person) -> bool {
    let answer = leaves(world, by, "EMS", agent, "2027-06-30").await;
    assert!([200, 409].contains(&answer.status), "{}", answer.text);
    if answer.status == 409 {
        assert_eq!(answer.problem(), "last-administrator");
    }
    answer.status == 409
}

#[tokio::test]
async fn the_last_administrator_has_no_last_day_and_of_two_at_once_one_is_refused() {
    let (world, ada) = World::with("EMS").await;
    assert!(is_last(&world, &ada, &ada).await);
    let carl = world.administrator(&ada, "EMS", "Carl").await;
    let [a, b] = [&ada, &carl].map(|of| {
        let path = format!("/v1/entities/EMS/agents/{}", of.id);
        (of, path)
    });
    let day = || json!({"leavesOn": "2026-12-31"});
    let (one, other) = tokio::join!(
        world.patch(&ada.login, &a.1, day()),
        world.patch(&carl.login, &b.1, day())
    );
    let mut both = [one.status, other.status];
    both.sort_unstable();
    assert_eq!(both, [200, 409]);
    let (leaver, stays) = if one.status == 200 {
        (a.0, b.0)
    } else {
        (b.0, a.0)
    };
    // Who has none keeps the organisation from being without anybody, in whatever way.
    assert!(is_last(&world, leaver, stays).await);
    change(&world, leaver, "EMS", &stays.id, json!({"role": "agent"}))
        .await
        .expect(409);
    stays.delete(&world, "").await.expect(409);
    // Both still administer, and are named as such.
    let bruno = world.agent(stays, "EMS", "Bruno").await;
    let named = bruno.get(&world, "/administrators").await;
    let named = named.expect(200).json;
    assert_eq!(
        named["items"][0]["administrators"].as_array().map(Vec::len),
        Some(2)
    );
    until(&world, "2026-12-31T23:00:00Z").await;
    assert!(!is_active(&world, leaver).await && is_active(&world, stays).await);
    // Back at work they have a seat again.
    change(&world, stays, "EMS", &leaver.id, json!({"active": true}))
        .await
        .expect(200);
    assert!(!is_last(&world, leaver, stays).await);
}

#[tokio::test]
async fn the_last_day_of_a_declared_agent_is_the_portal_s() {
    let (world, ada) = World::with("EMS").await;
    let declared = json!({"organisationId": "EMS", "agentId": "a", "revision": 1, "entityId": "EMS", "email": "a@agents.example.fr", "firstName": "A", "lastName": "B", "role": "agent", "active": true});
    world.send("AgentSaved", declared).await;
    let left =
        json!({"organisationId": "EMS", "agentId": "a", "revision": 2, "leftOn": "2026-11-30"});
    world.send("AgentLeft", left).await;
    let listed = world
        .get(&ada.login, "/v1/entities/EMS/agents")
        .await
        .expect(200)
        .json;
    let items = listed["items"].as_array().expect("items");
    let found = items
        .iter()
        .find(|of| of["declared"] == true)
        .expect("an agent");
    assert_eq!(found["leavesOn"], "2026-11-30");
    let id = found["id"].as_str().expect("an id");
    for day in [json!(null), json!("2026-12-31")] {
        let refused = change(&world, &ada, "EMS", id, json!({"leavesOn": day})).await;
        refused.refused(409, "declared");
    }
    until(&world, "2026-11-30T23:00:00Z").await;
    assert!(!super::read(&world, id).await.expect("an account").active);
}

#[tokio::test]
async fn only_administrators_of_the_tree_set_a_last_day() {
    let (world, ada) = World::with("EMS").await;
    let zoe = world.organisation("LYON").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    world.entity(&ada, "EMS-EAU", "EMS").await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    let eau = world.agent(&ada, "EMS-EAU", "Eau").await;
    leaves(&world, &chef, "EMS-EAU", &eau, "2026-12-31")
        .await
        .expect(403);
    leaves(&world, &chef, "EMS-DSI", &eau, "2026-12-31")
        .await
        .expect(404);
    leaves(&world, &zoe, "EMS-DSI", &bruno, "2026-12-31")
        .await
        .expect(403);
    leaves(&world, &bruno, "EMS-DSI", &bruno, "2026-12-31")
        .await
        .expect(403);
    leaves(&world, &chef, "EMS-DSI", &bruno, "2026-12-31")
        .await
        .expect(200);
}

#[tokio::test]
async fn a_last_day_and_another_address_are_set_and_taken_back_in_one_call() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    let set = async |patch: Value| {
        let answer = change(&world, &ada, "EMS", &bruno.id, patch).await;
        let shown = &answer.json;
        let waits = &shown["pendingEmail"]["address"];
        (answer.status, shown["leavesOn"].clone(), waits.clone())
    };
    let other = "other@agents.example.fr";
    let both = json!({"leavesOn": "2026-11-30", "email": other});
    let done = (202, json!("2026-11-30"), json!(other));
    assert_eq!(set(both).await, done);
    let back = json!({"leavesOn": null, "email": bruno.email});
    assert_eq!(set(back).await, (200, Value::Null, Value::Null));
}
