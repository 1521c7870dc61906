//! Events from the archive: told before, and told again to a table that has gone on since.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proptest::{prelude::*, sample::subsequence};
use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{saved, tender},
    traffic::news,
};

/// Events of the portal that were on the bus, as an archive hands them out again.
fn archived(world: &World) -> Vec<Value> {
    let seen = world.seen.lock().expect("a lock");
    seen.iter()
        .filter(|event| event["source"] == "procurement")
        .map(|event| {
            let mut event = event.clone();
            event["replay-name"] = json!("after-the-restore");
            event
        })
        .collect()
}

/// Keys of all accounts, and of the addresses that have an owner.
async fn people(world: &World) -> BTreeSet<String> {
    let items = world.table.items().await;
    items
        .iter()
        .filter(|item| {
            item["sk"]
                .as_s()
                .is_ok_and(|sk| sk == "ACCOUNT" || sk == "EMAIL")
        })
        .map(|item| item["pk"].as_s().expect("a key").clone())
        .collect()
}

fn provisioned(id: &str) -> Value {
    let administrator = json!({"firstName": "Ada", "lastName": "Ministre", "email": format!("ada@{}.example.fr", id.to_lowercase())});
    json!({"organisation": id, "entityId": id, "name": id, "administrator": administrator})
}

/// An organisation at work, one whose only administrator never accepted and was erased, and one
/// whose first administrator left.
async fn a_month() -> World {
    let world = World::new().await;
    world
        .send("OrganisationProvisioned", provisioned("CUS"))
        .await;
    let ada = world.organisation("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    world.wants_everything(&bruno).await;
    for (revision, phase) in [(1, "drafting"), (2, "consultation")] {
        let save = saved("c-1", revision, "EMS", &bruno.id, phase, &[&ada]);
        world.send("ConsultationSaved", save).await;
    }
    for news in news("c-1") {
        world.send(news.detail_type, news.detail).await;
    }
    // Before its consultation.
    world.send("TenderReceived", tender("c-2", "d-9")).await;
    let save = saved("c-2", 1, "EMS", &bruno.id, "consultation", &[]);
    world.send("ConsultationSaved", save).await;

    let eve = world.organisation("BAS").await;
    world.administrator(&eve, "BAS", "Fred").await;
    eve.delete(&world, "").await.expect(204);
    world.settle().await;

    for _ in 0..34 {
        world.pass(SignedDuration::from_hours(24));
        world.sweep().await;
    }
    let accounts = people(&world).await;
    let accounts = accounts.iter().filter(|key| key.starts_with("ACCOUNT#"));
    assert_eq!(accounts.count(), 3, "one left, and one never came");
    world
}

async fn replay(world: &World, events: Vec<Value>) {
    world.resume(events).await;
    world.pass(SignedDuration::from_mins(2));
    world.sweep().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    /// In any order, any part of it, and more than once.
    #[test]
    fn what_is_replayed_invites_nobody_mails_nobody_twice_and_brings_nobody_back(
        picks in subsequence((0..40).collect::<Vec<usize>>(), 10..40).prop_shuffle(),
        twice in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let world = a_month().await;
            let archive = archived(&world);
            let (mails, before) = (world.mails().len(), people(&world).await);
            let mut events: Vec<_> = picks
                .iter()
                .filter_map(|i| archive.get(*i).cloned())
                .collect();
            if twice {
                events.extend(events.clone());
            }
            replay(&world, events).await;
            replay(&world, archive).await;
            let told: Vec<_> = world.mails().split_off(mails).into_iter().map(|mail| mail.subject).collect();
            prop_assert_eq!(told, Vec::<String>::new());
            prop_assert_eq!(people(&world).await, before);
            prop_assert_eq!(world.rejections(), Vec::<String>::new());
            Ok(())
        })?;
    }
}

/// Sent once more by the portal itself, the same event does invite: somebody wants the customer.
#[tokio::test]
async fn what_the_portal_sends_again_is_no_replay() {
    let world = a_month().await;
    let address = "ada@cus.example.fr";
    assert_eq!(world.mails_to(address).len(), 1);
    world
        .send("OrganisationProvisioned", provisioned("CUS"))
        .await;
    assert_eq!(world.mails_to(address).len(), 2);
}

/// A table from before it: nobody knows whether its administrator was erased since.
#[tokio::test]
async fn an_organisation_that_a_restored_table_lacks_waits_for_somebody_to_decide() {
    let world = World::new().await;
    let event = json!({"source": "procurement", "detail-type": "OrganisationProvisioned", "detail": provisioned("CUS"), "replay-name": "r"});
    world.resume(vec![event]).await;
    assert!(world.mails().is_empty());
    assert!(people(&world).await.is_empty());
    assert_eq!(
        world.rejections(),
        [
            "replayed: CUS is not there; sent again, the event makes it and invites its administrator"
        ]
    );
    let original = world.rejected.lock().expect("a lock")[0]["original"].clone();
    world
        .send("OrganisationProvisioned", original["detail"].clone())
        .await;
    assert_eq!(world.mails().len(), 1);
}

/// What was lost on the way is told by a replay, and once.
#[tokio::test]
async fn a_fact_that_never_came_is_told_when_it_is_replayed() {
    let (world, ada) = World::with("EMS").await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    let crowd = world.crowd("EMS", "c-1", 2).await;
    let event = json!({"source": "procurement", "detail-type": "TenderReceived", "detail": tender("c-1", "d-1"), "replay-name": "r"});
    world.empty_inbox();
    replay(&world, vec![event.clone(), event]).await;
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn an_event_of_a_source_that_nobody_listens_to_is_with_the_refused() {
    let world = World::new().await;
    for source in ["Procurement", "procurement ", "portail", "vigie.test"] {
        let event = json!({"source": source, "detail-type": "OrganisationProvisioned", "detail": provisioned("CUS")});
        world.resume(vec![event]).await;
    }
    assert_eq!(world.rejections(), ["unknown source"; 4]);
    assert!(world.mails().is_empty());
}
