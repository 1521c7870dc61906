//! Agents who leave, and who erase their account.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::World;

use crate::directory::{account, agent, all_taken, assert_whole, declare, with};

fn left(agent: &str, revision: u64, on: &str) -> Value {
    json!({"organisationId": "EMS", "agentId": agent, "revision": revision, "leftOn": on})
}

async fn is_active(world: &World, id: &str) -> bool {
    account(world, id).await.expect("an account").active
}

/// The tests begin on 24 November 2026 at 8:00 in Paris.
#[tokio::test]
async fn whoever_leaves_works_until_their_last_day_is_over_in_paris() {
    let world = World::new().await;
    world.organisation("EMS").await;
    for (id, on) in [
        ("past", "2026-11-23"),
        ("today", "2026-11-24"),
        ("later", "2026-11-26"),
    ] {
        declare(&world, agent(id, 1, "EMS")).await;
        world.send("AgentLeft", left(id, 2, on)).await;
        // A save that comes late changes nothing of it.
        declare(&world, agent(id, 1, "EMS")).await;
    }
    let states = async || {
        [
            is_active(&world, "past").await,
            is_active(&world, "today").await,
            is_active(&world, "later").await,
        ]
    };
    assert_eq!(states().await, [false, true, true]);
    let wait = async |until: &str| {
        let until: jiff::Timestamp = until.parse().unwrap();
        world.pass(until.duration_since(world.now()));
        world.sweep().await;
    };
    wait("2026-11-24T22:59:59Z").await;
    assert_eq!(states().await, [false, true, true]);
    wait("2026-11-24T23:00:00Z").await;
    assert_eq!(states().await, [false, false, true]);
    wait("2026-11-26T23:00:00Z").await;
    assert_eq!(states().await, [false, false, false]);
    // Each waits to be erased, and for nothing else.
    assert_eq!(world.table.count("OPEN#").await, 3);
    // Declared again, they work again.
    declare(&world, agent("past", 3, "EMS")).await;
    assert!(is_active(&world, "past").await);
    all_taken(&world);
}

#[tokio::test]
async fn a_departure_that_was_told_first_holds_and_a_newer_word_in_time_takes_it_back() {
    let world = World::new().await;
    world.organisation("EMS").await;
    world.send("AgentLeft", left("a", 2, "2026-11-24")).await;
    assert!(account(&world, "a").await.is_none());
    declare(&world, agent("a", 1, "EMS")).await;
    declare(&world, agent("b", 1, "EMS")).await;
    world.send("AgentLeft", left("b", 2, "2026-11-24")).await;
    declare(&world, agent("b", 3, "EMS")).await;
    world.pass(SignedDuration::from_hours(24));
    world.sweep().await;
    assert!(!is_active(&world, "a").await);
    assert!(is_active(&world, "b").await);
    all_taken(&world);
}

#[tokio::test]
async fn an_erasure_is_not_undone_by_a_word_sent_again_and_a_newer_one_makes_a_new_account() {
    let world = World::new().await;
    world.organisation("EMS").await;
    let invited = |revision| with(agent("zoe", revision, "EMS"), json!({"invite": true}));
    declare(&world, invited(2)).await;
    let zoe = world.accept("zoe@ems.example.fr").await;
    zoe.delete(&world, "").await.expect(204);
    world.settle().await;
    world.empty_inbox();
    for again in [2, 1] {
        declare(&world, invited(again)).await;
        assert!(account(&world, "zoe").await.is_none());
    }
    for item in world.table.items().await {
        if item["sk"].as_s().unwrap() == "NAME" {
            let text = format!("{item:?}");
            assert!(!text.contains("zoe") && !text.contains("Petit"), "{text}");
        }
    }
    declare(&world, invited(3)).await;
    let new = account(&world, "zoe").await.expect("a new account");
    assert_ne!(new.id.to_string(), zoe.id);
    declare(&world, invited(3)).await;
    assert!(world.mails().is_empty(), "uninvited");
    declare(&world, invited(4)).await;
    assert_eq!(world.mails_to(&zoe.email).len(), 1);
    assert_whole(&world).await;
    all_taken(&world);
}
