//! Successors whom the portal names.

use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{Person, address},
};

use super::{is_active, stars, until};

fn agent(id: &str, revision: u64) -> Value {
    json!({"organisationId": "EMS", "agentId": id, "revision": revision, "entityId": "EMS", "email": address(id), "firstName": id, "lastName": "Agent", "role": "agent", "permanentGuest": {"own": true, "dependent": false, "transverse": false}, "active": true, "invite": true})
}

fn left(on: &str) -> Value {
    json!({"organisationId": "EMS", "agentId": "Xavier", "revision": 2, "leftOn": on, "successorAgentId": "Yves"})
}

/// An organisation with Xavier, who follows `c-1`.
async fn scene(world: &World) -> Person {
    let ada = world.organisation("EMS").await;
    world.send("AgentSaved", agent("Xavier", 1)).await;
    let xavier = world.accept(&address("Xavier")).await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    world.star(&xavier, "c-1").await;
    world.empty_inbox();
    xavier
}

async fn declare(world: &World) -> Person {
    world.send("AgentSaved", agent("Yves", 1)).await;
    world.accept(&address("Yves")).await
}

#[tokio::test]
async fn a_successor_takes_over_whenever_they_come() {
    // The day, whether it is over when the successor comes, whether they come first.
    for (day, over, first) in [
        ("2026-11-30", false, true),
        ("2026-11-30", false, false),
        ("2026-11-30", true, false),
        ("2026-11-20", true, true),
        ("2026-11-20", true, false),
    ] {
        let what = format!("{day}, {over}, {first}");
        let world = World::new().await;
        let xavier = scene(&world).await;
        let yves = if first {
            let yves = declare(&world).await;
            world.send("AgentLeft", left(day)).await;
            yves
        } else {
            world.send("AgentLeft", left(day)).await;
            if over {
                until(&world, "2026-12-02T08:00:00Z").await;
                assert!(!is_active(&world, &xavier).await, "{what}");
            }
            declare(&world).await
        };
        assert_eq!(stars(&world, &yves).await, ["c-1"], "{what}");
        let told = |mails: Vec<vigie_tests::fake_aws::Mail>| {
            mails
                .iter()
                .filter(|mail| mail.text.contains("Des consultations que"))
                .count()
        };
        assert_eq!(told(world.mails_to(&yves.email)), 1, "{what}");
        assert_eq!(told(world.mails_to(&xavier.email)), 1, "{what}");
        // What comes until the last day is over is handed over then; and nothing twice.
        world.consultation("c-2", "EMS", &xavier, &[]).await;
        let is_there = is_active(&world, &xavier).await;
        if is_there {
            world.star(&xavier, "c-2").await;
        }
        until(&world, "2026-12-03T08:00:00Z").await;
        let both: &[&str] = if is_there { &["c-1", "c-2"] } else { &["c-1"] };
        assert_eq!(stars(&world, &yves).await, both, "{what}");
        world.send("AgentSaved", agent("Yves", 5)).await;
        let events = world.events("HandoverDue").len();
        world.send("AgentSaved", agent("Yves", 6)).await;
        assert_eq!(world.events("HandoverDue").len(), events, "{what}");
    }
}

#[tokio::test]
async fn a_succession_waits_until_a_month_before_and_ends_with_a_newer_word() {
    let world = World::new().await;
    let xavier = scene(&world).await;
    let yves = declare(&world).await;
    world.send("AgentLeft", left("2027-03-31")).await;
    assert_eq!(stars(&world, &yves).await, [""; 0]);
    world.send("AgentSaved", agent("Xavier", 3)).await;
    until(&world, "2027-04-01T08:00:00Z").await;
    assert!(is_active(&world, &xavier).await);
    assert_eq!(stars(&world, &yves).await, [""; 0]);
    let again = json!({"organisationId": "EMS", "agentId": "Xavier", "revision": 4, "leftOn": "2027-07-31", "successorAgentId": "Yves"});
    world.send("AgentLeft", again).await;
    assert_eq!(stars(&world, &yves).await, [""; 0]);
    until(&world, "2027-07-31T22:00:00Z").await;
    assert!(!is_active(&world, &xavier).await);
    assert_eq!(stars(&world, &yves).await, ["c-1"]);
}

#[tokio::test]
async fn nobody_succeeds_themselves_or_somebody_of_another_organisation() {
    let world = World::new().await;
    let xavier = scene(&world).await;
    world.organisation("LYON").await;
    let mut elsewhere = agent("Yves", 1);
    elsewhere["organisationId"] = json!("LYON");
    elsewhere["entityId"] = json!("LYON");
    world.send("AgentSaved", elsewhere).await;
    let yves = world.accept(&address("Yves")).await;
    world.send("AgentLeft", left("2026-11-25")).await;
    until(&world, "2026-11-25T23:00:00Z").await;
    assert_eq!(stars(&world, &yves).await, [""; 0]);
    let own = json!({"organisationId": "EMS", "agentId": "Xavier", "revision": 3, "leftOn": "2026-11-26", "successorAgentId": "Xavier"});
    world.send("AgentLeft", own).await;
    assert_eq!(stars(&world, &xavier).await, ["c-1"]);
    assert!(world.events("HandoverDue").is_empty());
}
