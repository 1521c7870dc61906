//! A bus that is down, half down or slow.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use vigie_runtime::clock;
use vigie_tests::{
    World,
    scenario::tender,
    wire::{End, Fate, Service},
};

use crate::intake::{event, on_the_bus, portal, sent, taken};

fn tenders(count: usize) -> Vec<Value> {
    let tender = |i: usize| event("TenderReceived", &tender("c-1", &format!("d-{i}")));
    (0..count).map(tender).collect()
}

#[tokio::test]
async fn a_bus_that_is_down_is_503_and_the_same_again_is_taken() {
    let world = World::new().await;
    world.aws.with(|traffic| traffic.bus_down = true);
    let answer = sent(&world, &portal(), &tenders(3)).await.expect(503);
    assert_eq!(answer.problem(), "unavailable");
    assert!(answer.headers.contains_key("retry-after"));
    world.aws.with(|traffic| traffic.bus_down = false);
    taken(&world, &portal(), &tenders(3)).await;
    assert_eq!(
        world.table.count("CONSULTATION#c-1").await,
        3 + 1,
        "and a tally"
    );
}

#[tokio::test]
async fn what_the_bus_takes_in_part_is_sent_again_or_the_whole_is_503() {
    let world = World::new().await;
    // One entry at a time, twice: the third attempt takes the last.
    world.aws.with(|traffic| traffic.bus_refuses = 2);
    sent(&world, &portal(), &tenders(10)).await.expect(200);
    assert_eq!(on_the_bus(&world), 10);
    world.aws.with(|traffic| traffic.bus_refuses = 9);
    sent(&world, &portal(), &tenders(10)).await.expect(503);
    world.aws.with(|traffic| traffic.bus_refuses = 0);
    // What was taken comes again, and is the same.
    taken(&world, &portal(), &tenders(10)).await;
    assert_eq!(world.table.count("CONSULTATION#c-1").await, 10 + 1);
    assert!(world.rejections().is_empty());
}

#[tokio::test]
async fn one_call_of_many_that_fails_is_503_and_what_cannot_be_read_is_refused_all_the_same() {
    let world = World::new().await;
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    world.wire.rule("every other call fails", move |call| {
        let is_bus = call.service == Service::Bus;
        let odd = is_bus && count.fetch_add(1, Ordering::SeqCst) % 2 == 1;
        odd.then(|| Fate::Before(End::refusal(500, "InternalFailure")))
    });
    sent(&world, &portal(), &tenders(100)).await.expect(503);
    assert_eq!(calls.load(Ordering::SeqCst), 10, "each is made");
    world.wire.lift("every other call fails");
    let mut events = tenders(100);
    events[7] = event("TenderReceived", &json!({}));
    let answer = sent(&world, &portal(), &events).await.expect(200);
    let refused = answer.json["items"].as_array().unwrap().iter();
    let refused: Vec<_> = refused.filter(|item| item["accepted"] == false).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0]["index"], 7);
}

#[tokio::test]
async fn a_slow_bus_is_asked_side_by_side_within_the_time_of_one_request() {
    let world = World::new().await;
    world.wire.rule("slow", |call| {
        (call.service == Service::Bus).then_some(Fate::Late(Duration::from_millis(2900)))
    });
    let begun = clock::instant();
    sent(&world, &portal(), &tenders(100)).await.expect(200);
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
    // Some answer so late that what they did not take cannot be sent again.
    world.aws.with(|traffic| traffic.bus_refuses = 100);
    world.wire.rule("slow", |call| {
        (call.service == Service::Bus).then_some(Fate::Late(Duration::from_secs(5)))
    });
    let begun = clock::instant();
    let answer = sent(&world, &portal(), &tenders(100)).await.expect(503);
    assert!(answer.headers.contains_key("retry-after"));
    assert!(
        begun.elapsed() < Duration::from_secs(9),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn the_largest_batches_fit_into_calls_of_the_bus() {
    let world = World::new().await;
    // 256 KB a call is asserted where the bus is played; numbers grow when they are written out.
    let mut numbers = tender("c-1", "d-1");
    numbers["lots"] = vec![json!(1e15); 9_000].into();
    let mut text = tender("c-1", "d-2");
    text["ignored"] = "é".repeat(50_000).into();
    let events = [
        event("TenderReceived", &numbers),
        event("TenderReceived", &text),
    ];
    let body = json!({"events": events})
        .to_string()
        .replace("1000000000000000.0", "1e15");
    let asked = world
        .request("POST", "/v1/events")
        .raw("application/json", &body);
    asked.by(&portal()).send().await.expect(200);
    assert_eq!(world.aws.with(|traffic| traffic.bus_calls), 2);
    assert_eq!(on_the_bus(&world), 2);
}
