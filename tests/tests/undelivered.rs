//! Rules that do not reach their queue: `EventBridge` tries again for a day, and then keeps the
//! event. The emulator does neither.

use std::collections::BTreeMap;

use vigie_tests::{
    World,
    scenario::{address, tender},
    world::RETRIES,
};

/// Queues whose rules hand on what this scenario is made of, each after the one before.
const WAY: [&str; 5] = [
    "provisioning",
    "account-mails",
    "consultations",
    "alerts",
    "mailer",
];

/// Ada's organisation, an agent who stars a consultation and is told of two tenders. Returns the
/// subjects that each address was mailed, and how often.
async fn told(refusals: u32) -> BTreeMap<(String, String), usize> {
    let world = World::new().await;
    let refuse = || {
        *world.refusing.lock().expect("a lock") =
            WAY.iter().map(|queue| (*queue, refusals)).collect();
    };
    refuse();
    let ada = world.organisation("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    world.wants_everything(&bruno).await;
    refuse();
    world.consultation("c-1", "EMS", &bruno, &[]).await;
    world.settle().await;
    world.star(&bruno, "c-1").await;
    refuse();
    world.publish("TenderReceived", tender("c-1", "d-1"));
    world.publish("TenderReceived", tender("c-1", "d-2"));
    world.settle().await;
    assert!(world.undelivered.lock().expect("a lock").is_empty());
    let mut told = BTreeMap::new();
    for mail in world.mails() {
        *told.entry((mail.to, mail.subject)).or_default() += 1;
    }
    told
}

#[tokio::test]
async fn what_a_rule_hands_over_late_tells_everybody_the_same() {
    let at_once = told(0).await;
    let alerts = at_once.iter().filter(|((to, subject), _)| {
        *to == address("Bruno") && subject.ends_with("Nouveau dépôt électronique")
    });
    assert_eq!(alerts.map(|(_, times)| times).sum::<usize>(), 2);
    for refusals in [1, 3, RETRIES] {
        assert_eq!(told(refusals).await, at_once, "{refusals} refusals");
    }
}

#[tokio::test]
async fn what_a_rule_gave_up_is_kept_and_told_once_when_it_is_put_back() {
    for queue in ["consultations", "alerts", "mailer"] {
        let (world, ada) = World::with("EMS").await;
        let bruno = world.agent(&ada, "EMS", "Bruno").await;
        world.wants_everything(&bruno).await;
        world.consultation("c-1", "EMS", &bruno, &[]).await;
        world.star(&bruno, "c-1").await;
        world.empty_inbox();
        *world.refusing.lock().expect("a lock") = [(queue, RETRIES + 1)].into();
        world.send("TenderReceived", tender("c-1", "d-1")).await;
        assert_eq!(world.mails(), [], "{queue}");
        assert_eq!(
            world.undelivered.lock().expect("a lock").len(),
            1,
            "{queue}"
        );
        // Twice, as by two people who do not know of each other.
        let twin = world.undelivered.lock().expect("a lock")[0].clone();
        world.redrive().await;
        world.undelivered.lock().expect("a lock").push(twin);
        world.redrive().await;
        assert_eq!(world.mails_to(&bruno.email).len(), 1, "{queue}");
        assert_eq!(world.rejections(), Vec::<String>::new());
    }
}
