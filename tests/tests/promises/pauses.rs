//! The pauses between tries: long enough that others get on, and not for ever.

use serde_json::json;
use vigie_tests::{
    World,
    fake_aws::Fault,
    scenario::tender,
    wire::{Call, End, Fate, Service},
};

/// Fails unless the waits between calls after so many others lie within these bounds, in
/// milliseconds. Timers are exact to two of them.
#[track_caller]
fn waits_within(
    world: &World,
    before: usize,
    is_one: impl Fn(Service, &str) -> bool,
    bounds: &[(u128, u128)],
) {
    let calls = world
        .wire
        .heard()
        .into_iter()
        .skip(before)
        .filter(|heard| is_one(heard.service, &heard.operation));
    let at: Vec<_> = calls.map(|heard| heard.at).collect();
    let waits: Vec<_> = at
        .windows(2)
        .map(|two| two[1].duration_since(two[0]).as_millis())
        .collect();
    assert_eq!(waits.len(), bounds.len(), "{waits:?}");
    let fits = |(wait, (least, most)): (&u128, &(u128, u128))| (*least..=most + 2).contains(wait);
    assert!(waits.iter().zip(bounds).all(fits), "{waits:?} {bounds:?}");
}

#[tokio::test]
async fn a_write_that_meets_others_is_tried_six_times_with_longer_and_longer_waits() {
    let (world, ada) = World::with("EMS").await;
    world.wire.rule("others", |call: &Call| {
        let positions = call.body["TransactItems"]
            .as_array()
            .filter(|_| call.operation == "TransactWriteItems")?
            .len();
        let reasons = vec![json!({"Code": "TransactionConflict"}); positions];
        Some(Fate::Before(End::Answer(
            400,
            json!({"__type": "TransactionCanceledException", "CancellationReasons": reasons}),
        )))
    });
    for _ in 0..10 {
        let before = world.wire.heard().len();
        let answer = ada
            .patch_contact(&world, json!({"jobTitle": "Acheteuse"}))
            .await;
        answer.refused(409, "conflict");
        let writes = |_, operation: &str| operation == "TransactWriteItems";
        waits_within(
            &world,
            before,
            writes,
            &[(12, 50), (25, 100), (50, 200), (100, 400), (200, 800)],
        );
    }
}

#[tokio::test]
async fn what_ses_throttles_is_tried_again_after_a_quarter_of_a_second_and_after_half_a_second() {
    let (world, ada) = World::with("EMS").await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    world.crowd("EMS", "c-1", 3).await;
    for i in 0..5 {
        world.publish("TenderReceived", tender("c-1", &format!("d-{i}")));
        let due = world.due().await;
        world
            .aws
            .with(|traffic| traffic.faults.extend(vec![Fault::Throttle; 2]));
        let before = world.wire.heard().len();
        assert!(world.hand(&due[0], 1).await);
        waits_within(
            &world,
            before,
            |service, _| service == Service::Ses,
            &[(250, 500), (500, 1000)],
        );
    }
}

#[tokio::test]
async fn what_the_bus_takes_in_part_is_put_again_soon_and_then_later() {
    let world = World::new().await;
    for _ in 0..5 {
        let bad = json!({"source": "procurement", "detail-type": "TenderReceived", "detail": {}});
        world.aws.with(|traffic| traffic.bus_refuses = 2);
        let before = world.wire.heard().len();
        assert!(
            world.hand(&bad, 1).await,
            "refused, and said so at the third try"
        );
        waits_within(
            &world,
            before,
            |service, _| service == Service::Bus,
            &[(20, 100), (40, 200)],
        );
    }
}
