//! Sweeps that are missed, that meet, and that fail.

use std::{collections::HashMap, sync::Arc};

use serde_json::json;
use vigie_aws::Consumer;
use vigie_store::{SHARDS, keys::Key};
use vigie_tests::scenario::saved;

use crate::closing::{DEADLINE, closes, digests, followed};

#[tokio::test]
async fn a_sweep_that_was_not_run_for_a_week_is_made_up_for() {
    let (world, _, author) = followed().await;
    world.until("2026-11-26T00:00:00+01:00");
    closes(&world, 3, &author, "decision", DEADLINE).await;
    world.sweep_at("2026-12-01T12:00:00+01:00").await;
    assert_eq!(digests(&world).len(), 1);
    world.sweep().await;
    assert_eq!(digests(&world).len(), 1);
    assert_eq!(
        world.table.count("OPEN#").await,
        0,
        "what is done is no open work"
    );
}

#[tokio::test]
async fn sweeps_at_once_close_once() {
    let (world, ..) = followed().await;
    world.until("2026-11-24T12:01:00+01:00");
    let sweep = || world.scheduler.consume(json!({}));
    let (a, b, c) = tokio::join!(sweep(), sweep(), sweep());
    assert!([a, b, c].into_iter().any(|done| done.is_ok()));
    world.settle().await;
    world.sweep().await;
    assert_eq!(digests(&world).len(), 1);
    assert_eq!(world.table.count("OPEN#").await, 0);
}

#[tokio::test]
async fn more_than_a_page_is_closed_by_one_sweep() {
    let (world, _, author) = followed().await;
    for i in 0..450 {
        let mut detail = saved(
            &format!("many-{i}"),
            1,
            "EMS-DSI",
            &author.id,
            "consultation",
            &[],
        );
        detail["submissionDeadline"] = json!(DEADLINE);
        world.publish("ConsultationSaved", detail);
    }
    world.settle().await;
    assert_eq!(world.table.count("OPEN#").await, 451);
    world.sweep_at("2026-11-24T12:01:00+01:00").await;
    assert_eq!(world.table.count("OPEN#").await, 0);
}

#[tokio::test]
async fn what_cannot_be_read_stays_open_and_blocks_nothing_else() {
    let (world, ..) = followed().await;
    world
        .send(
            "TenderReceived",
            crate::closing::deposit("d-1", "electronic", DEADLINE),
        )
        .await;
    let mut broken = saved("broken", 1, "EMS-DSI", "nobody", "consultation", &[]);
    broken["submissionDeadline"] = json!("2026-11-24T11:00:00+01:00");
    world.send("ConsultationSaved", broken).await;
    world
        .set(
            "CONSULTATION#broken",
            "CONSULTATION",
            "phase",
            aws_sdk_dynamodb::types::AttributeValue::S("lost".to_owned()),
        )
        .await;

    for shard in 0..SHARDS {
        let entry = Key {
            pk: format!("OPEN#{shard}"),
            sk: "2026-11-24T08:00:00.000Z#of-a-newer-version#x".to_owned(),
        };
        world.table.put_all(vec![(entry, HashMap::new())]).await;
    }

    world.until("2026-11-24T12:01:00+01:00");
    assert!(
        world.scheduler.consume(json!({})).await.is_err(),
        "the alarm goes by this"
    );
    world.settle().await;

    assert_eq!(digests(&world).len(), 1);
    let unknown = usize::try_from(SHARDS).expect("a few");
    assert_eq!(world.table.count("OPEN#").await, 1 + unknown);
    let world = Arc::clone(&world);
    world
        .set(
            "CONSULTATION#broken",
            "CONSULTATION",
            "phase",
            aws_sdk_dynamodb::types::AttributeValue::S("opening".to_owned()),
        )
        .await;
    assert!(
        world.scheduler.consume(json!({})).await.is_err(),
        "what is of a newer version stays for it"
    );
    assert_eq!(world.table.count("OPEN#").await, unknown);
}
