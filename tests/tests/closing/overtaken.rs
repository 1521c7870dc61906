//! Saves that come between a deadline and the sweep that would close it, or in another order than
//! they were made: neither takes a digest away.

use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_store::{StoreError, Work};
use vigie_tests::gate::Gate;

use crate::closing::{DEADLINE, closes, closing_at, closings, digests, followed};

/// A revision without a deadline.
fn open_ended(mut detail: Value) -> Value {
    detail
        .as_object_mut()
        .expect("an object")
        .remove("submissionDeadline");
    detail
}

#[tokio::test]
async fn a_deadline_that_passed_is_closed_though_it_was_moved_or_cancelled_before_a_sweep_came_by()
{
    for (phase, deadline, later) in [
        ("consultation", "2026-11-25T12:00:00+01:00", 2),
        ("consultation", "", 1),
        ("cancelled", DEADLINE, 1),
        ("drafting", DEADLINE, 1),
    ] {
        let (world, _, author) = followed().await;
        world.until("2026-11-24T12:00:30+01:00");
        let detail = if deadline.is_empty() {
            open_ended(closing_at(3, &author, phase, DEADLINE))
        } else {
            closing_at(3, &author, phase, deadline)
        };
        // Sent again, and one more before the sweep.
        for _ in 0..2 {
            world.send("ConsultationSaved", detail.clone()).await;
        }
        let mut next = detail;
        next["revision"] = 4.into();
        world.send("ConsultationSaved", next).await;
        world.sweep().await;
        assert_eq!(digests(&world).len(), 1, "{phase} {deadline}");
        world.sweep_at("2026-11-25T12:01:00+01:00").await;
        assert_eq!(digests(&world).len(), later, "{phase} {deadline}");
        assert_eq!(closings(&world).await, 0);
    }
}

#[tokio::test]
async fn what_is_moved_while_deposits_of_the_last_second_may_still_arrive_is_moved() {
    let (world, _, author) = followed().await;
    world.until("2026-11-24T12:00:29.999+01:00");
    closes(
        &world,
        3,
        &author,
        "consultation",
        "2026-11-25T12:00:00+01:00",
    )
    .await;
    world.sweep_at("2026-11-24T12:01:00+01:00").await;
    assert!(digests(&world).is_empty());
}

#[tokio::test]
async fn a_deadline_that_was_closed_already_is_not_closed_again_by_its_move() {
    let (world, _, author) = followed().await;
    world.sweep_at("2026-11-24T12:01:00+01:00").await;
    closes(&world, 3, &author, "cancelled", DEADLINE).await;
    world.sweep().await;
    assert_eq!(digests(&world).len(), 1);
    assert_eq!(closings(&world).await, 0);
}

#[tokio::test]
async fn a_sweep_that_read_the_consultation_after_its_save_and_the_work_before_leaves_it_to_the_next()
 {
    let (world, _, author) = followed().await;
    world.until("2026-11-24T12:01:00+01:00");
    let store = world.table.store();
    let mut found = Vec::new();
    for shard in 0..vigie_store::SHARDS {
        found.extend(
            store
                .work_list(shard, world.now(), None)
                .await
                .expect("work")
                .items,
        );
    }
    let [Work::Closing(closing)] = &found[..] else {
        panic!("{found:?}")
    };
    closes(&world, 3, &author, "cancelled", DEADLINE).await;

    assert_eq!(
        store.closing_run(closing, world.now()).await,
        Err(StoreError::Conflict)
    );
    world.sweep().await;
    assert_eq!(digests(&world).len(), 1);
}

#[tokio::test]
async fn a_release_that_its_decision_overtook_takes_no_digest_away() {
    for phase in ["decision", "archived"] {
        let (world, _, author) = followed().await;
        // Revision 3, which moved the deadline, comes last.
        let moved = "2026-11-25T12:00:00+01:00";
        closes(&world, 4, &author, phase, moved).await;
        closes(&world, 3, &author, "consultation", moved).await;
        world.sweep_at("2026-11-25T12:01:00+01:00").await;
        assert_eq!(digests(&world).len(), 1, "{phase}");
    }
}

#[tokio::test]
async fn what_was_decided_or_over_when_it_was_first_heard_of_is_not_closed() {
    for phase in ["decision", "archived", "cancelled"] {
        let (world, _, author) = followed().await;
        for (revision, phase) in [(2, phase), (1, "drafting"), (3, "cancelled")] {
            let mut detail = closing_at(revision, &author, phase, DEADLINE);
            detail["consultationId"] = "imported".into();
            world.send("ConsultationSaved", detail).await;
            world
                .sweep_at(if revision == 2 {
                    "2026-11-24T12:01:00+01:00"
                } else {
                    "2026-11-24T12:02:00+01:00"
                })
                .await;
        }
        assert_eq!(digests(&world).len(), 1, "only the other's: {phase}");
    }
}

#[tokio::test]
async fn a_deadline_that_is_put_back_in_force_while_a_sweep_drops_its_entry_is_closed() {
    let (world, _, author) = followed().await;
    closes(
        &world,
        3,
        &author,
        "consultation",
        "2026-11-25T12:00:00+01:00",
    )
    .await;
    world.until("2026-11-24T12:00:30+01:00");
    let gate = Gate::before("TransactWriteItems", 0);
    let mut scheduler = world.scheduler.clone();
    scheduler.store = gate.store(&world.table, "scheduler");
    let meanwhile = world.send(
        "ConsultationSaved",
        closing_at(4, &author, "consultation", DEADLINE),
    );
    // A decision on an older revision comes back.
    assert!(
        gate.while_waiting(scheduler.consume(json!({})), meanwhile)
            .await
            .is_err()
    );
    world.sweep().await;
    assert_eq!(digests(&world).len(), 1);
    world.sweep_at("2026-11-25T12:01:00+01:00").await;
    assert_eq!((digests(&world).len(), closings(&world).await), (1, 0));
}
