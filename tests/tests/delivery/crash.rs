//! Workers that die, and workers that meet.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::json;
use vigie_domain::{
    delivery::{
        DeliveryState,
        feedback::{Feedback, Verdict},
    },
    id::AccountId,
};
use vigie_store::{Claim, Outcome};
use vigie_tests::{
    World,
    fake_aws::Fault,
    feedback::said_of,
    wire::{self, Fate},
    world::sqs,
};

use crate::delivery::{
    End, accounts, address, alert, delivery, ended, faults, intents, ses_calls, subject, work,
};

/// Counts the mails of each address.
fn counted(world: &World) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for to in world.mailed() {
        *counted.entry(to).or_default() += 1;
    }
    counted
}

#[tokio::test]
async fn what_was_sent_is_claimed_by_nobody_whatever_another_worker_recorded_before() {
    let (world, _, due) = alert(3).await;
    let (store, ids) = (world.table.store(), accounts(&due[0]));
    let intents = intents(&ids);
    store
        .delivery_claim(&subject(), &intents, world.now())
        .await
        .expect("a claim");
    let failed = |retryable| Outcome::Failed {
        reason: "WHY".to_owned(),
        retryable,
    };
    let before = ids
        .iter()
        .cloned()
        .zip([failed(true), failed(false), Outcome::Released])
        .collect::<Vec<_>>();
    store
        .delivery_settle(&subject(), &before)
        .await
        .expect("a record");
    let sent: Vec<_> = ids
        .iter()
        .map(|id| (id.clone(), Outcome::Sent("m".to_owned())))
        .collect();
    store
        .delivery_settle(&subject(), &sent)
        .await
        .expect("a record");
    world.pass(SignedDuration::from_hours(24));
    assert_eq!(
        store
            .delivery_claim(&subject(), &intents, world.now())
            .await
            .expect("claims"),
        [Claim::Done; 3]
    );
}

#[tokio::test]
async fn what_ses_refused_is_not_recorded_as_sent_by_a_sender_who_comes_late() {
    let (world, _, due) = alert(1).await;
    let (store, id) = (world.table.store(), accounts(&due[0]).remove(0));
    store
        .delivery_claim(&subject(), &intents(std::slice::from_ref(&id)), world.now())
        .await
        .expect("a claim");
    let feedback = Feedback {
        verdict: Verdict::Rejected,
        account: id.clone(),
        delivery: subject().hash,
        asked: None,
        message_id: "m".to_owned(),
        address: None,
        sent_at: world.now(),
        at: world.now(),
        code: None,
    };
    store
        .feedback_move_on(&feedback, feedback.at)
        .await
        .expect("a record");
    store
        .delivery_settle(&subject(), &[(id.clone(), Outcome::Sent("m".to_owned()))])
        .await
        .expect("a record");
    assert_eq!(
        delivery(&world, &id).await.expect("a record").state,
        DeliveryState::Failed
    );
}

#[tokio::test]
async fn a_worker_killed_between_claim_and_send_loses_nothing() {
    let (world, crowd, due) = alert(120).await;
    for event in &due {
        faults(&world, [Fault::DiesBefore]);
        assert_eq!(work(&world, event, 1).await, End::Died);
    }
    assert!(world.mails().is_empty());
    for account in due.iter().flat_map(accounts) {
        assert_eq!(
            delivery(&world, &account).await.expect("a claim").state,
            DeliveryState::Pending
        );
    }

    world.pass(SignedDuration::from_secs(180));
    for event in &due {
        assert_eq!(work(&world, event, 2).await, End::Acknowledged);
    }
    assert_eq!(world.mailed(), crowd);
    world.settle().await;
    assert_eq!(world.events("AlertSent").len(), 120);
}

#[tokio::test]
async fn a_running_lease_of_somebody_else_is_neither_sent_nor_acknowledged() {
    let (world, crowd, due) = alert(3).await;
    let intents = intents(&accounts(&due[0]));
    let claims = world
        .table
        .store()
        .delivery_claim(&subject(), &intents, world.now())
        .await
        .expect("a claim");
    assert_eq!(claims, [Claim::Acquired; 3]);

    for _ in 0..2 {
        assert_eq!(work(&world, &due[0], 1).await, End::Back);
        world.pass(SignedDuration::from_secs(29));
    }
    assert_eq!(ses_calls(&world), 0);

    // Its holder is dead: the lease runs out long before the queue hands the message out again.
    world.pass(SignedDuration::from_secs(122));
    assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn of_a_batch_only_what_is_open_is_sent_and_what_somebody_holds_comes_back() {
    let (world, crowd, due) = alert(6).await;
    let (store, ids) = (world.table.store(), accounts(&due[0]));
    let intents = intents(&ids[..4]);
    store
        .delivery_claim(&subject(), &intents, world.now())
        .await
        .expect("a claim");
    let failed = |retryable| Outcome::Failed {
        reason: "WHY".to_owned(),
        retryable,
    };
    let outcomes = [Outcome::Sent("m".to_owned()), failed(false), failed(true)];
    let outcomes: Vec<_> = ids.iter().cloned().zip(outcomes).collect();
    store
        .delivery_settle(&subject(), &outcomes)
        .await
        .expect("a record");

    assert_eq!(work(&world, &due[0], 1).await, End::Back);
    let mut open = Vec::new();
    for id in [&ids[2], &ids[4], &ids[5]] {
        open.push(address(&world, id).await);
    }
    open.sort();
    assert_eq!(world.mailed(), open);
    assert_eq!(ses_calls(&world), 1);

    world.pass(SignedDuration::from_secs(180));
    assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
    assert_eq!(counted(&world).len(), crowd.len() - 2);
    assert_eq!(world.mails().len(), crowd.len() - 2);
    assert_eq!(
        delivery(&world, &ids[1])
            .await
            .expect("a record")
            .reason
            .as_deref(),
        Some("WHY")
    );
}

#[tokio::test]
async fn a_worker_killed_between_the_answer_and_its_record_repeats_its_chunk_at_most() {
    for fault in [Fault::DiesAfter, Fault::AnswerLost] {
        let (world, crowd, due) = alert(120).await;
        let expected = if fault == Fault::DiesAfter {
            End::Died
        } else {
            End::Back
        };
        assert_eq!(work(&world, &due[0], 1).await, End::Acknowledged);
        faults(&world, [fault]);
        assert_eq!(work(&world, &due[1], 1).await, expected);
        assert_eq!(work(&world, &due[2], 1).await, End::Acknowledged);
        assert_eq!(world.mailed(), crowd, "SES sent them all");

        // While the lease runs, nobody knows better.
        assert_eq!(work(&world, &due[1], 2).await, End::Back);
        assert_eq!(world.mails().len(), 120);

        world.pass(SignedDuration::from_secs(180));
        for event in due.iter().chain(&due) {
            assert_eq!(work(&world, event, 3).await, End::Acknowledged);
        }
        let mut twice = Vec::new();
        for account in accounts(&due[1]) {
            twice.push(address(&world, &account).await);
        }
        for (to, count) in counted(&world) {
            assert_eq!(count, if twice.contains(&to) { 2 } else { 1 }, "{to}");
        }
        world.settle().await;
        assert_eq!(world.events("AlertSent").len(), 120);
    }
}

#[tokio::test]
async fn when_nobody_knows_whether_it_was_sent_only_the_lease_leads_to_another_try() {
    let (world, crowd, due) = alert(3).await;
    faults(&world, [Fault::Down]);
    assert_eq!(work(&world, &due[0], 1).await, End::Back);
    assert_eq!(ses_calls(&world), 1, "no retry behind the lease's back");
    assert_eq!(work(&world, &due[0], 2).await, End::Back);
    assert_eq!(ses_calls(&world), 0);
    world.pass(SignedDuration::from_secs(180));
    assert_eq!(work(&world, &due[0], 3).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn ses_s_word_that_it_took_a_mail_spares_a_second_one() {
    for fault in [Fault::AnswerLost, Fault::DiesAfter] {
        let (world, crowd, due) = alert(3).await;
        faults(&world, [fault]);
        assert_ne!(work(&world, &due[0], 1).await, End::Acknowledged);
        for mail in world.mails() {
            assert!(
                world
                    .hand(&said_of(&mail, "sent", world.now(), world.now()), 1)
                    .await
            );
        }
        world.pass(SignedDuration::from_secs(180));
        assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
        assert_eq!(world.mailed(), crowd, "each once");
    }
}

#[tokio::test]
async fn an_invitation_that_went_and_could_not_be_counted_is_not_sent_again() {
    let (world, ada) = World::with("EMS").await;
    world.invite(&ada, "EMS", "Bruno").await;
    let due = world.due().await;
    world.wire.rule("counter", |call| {
        let counts = call.writes() && call.body.to_string().contains("MAILED#sent");
        let refused = json!({"__type": "com.amazon.coral.validate#ValidationException"});
        counts.then(|| Fate::Before(wire::End::Answer(400, refused)))
    });
    world.empty_inbox();
    assert!(!world.hand(&due[0], 1).await, "it is not counted");
    world.wire.lift("counter");
    world.pass(SignedDuration::from_secs(180));
    assert!(world.hand(&due[0], 2).await);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn workers_at_once_on_one_message_send_each_mail_once_and_who_comes_second_comes_back() {
    for _ in 0..5 {
        let (world, crowd, due) = alert(50).await;
        let mailers = [0, 1, 2].map(|_| world.another_mailer());
        let [a, b, c] = mailers
            .each_ref()
            .map(|mailer| ended(mailer, sqs(&due[0], 1)));
        let (a, b, c) = tokio::join!(a, b, c);
        assert!([a, b, c].contains(&End::Acknowledged));
        assert_eq!(world.mailed(), crowd);
        // Whoever held a delivery may have died: a message is not done while it is held.
        assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
        assert_eq!(world.mailed(), crowd);
    }
}

#[tokio::test]
async fn what_another_worker_holds_is_not_waited_for_and_goes_with_the_next_receive() {
    let (world, crowd, due) = alert(3).await;
    let (store, held) = (world.table.store(), [accounts(&due[0]).remove(1)]);
    store
        .delivery_claim(&subject(), &intents(&held), world.now())
        .await
        .expect("a claim");
    assert_eq!(work(&world, &due[0], 1).await, End::Back);
    assert_eq!(world.mailed().len(), 2, "the rest is sent");
    let [held] = held;
    store
        .delivery_settle(&subject(), &[(held, Outcome::Released)])
        .await
        .expect("a record");
    assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd, "no lease has to run out");
}

#[tokio::test]
async fn workers_at_once_on_overlapping_batches_send_each_mail_once() {
    let (world, crowd, due) = alert(60).await;
    let all: Vec<_> = due.iter().flat_map(accounts).collect();
    let batch = |ids: &[AccountId]| {
        let mut event = due[0].clone();
        event["detail"]["accountIds"] = json!(ids);
        sqs(&event, 1)
    };
    let (first, last) = (batch(&all[..50]), batch(&all[10..]));
    let other = world.another_mailer();
    tokio::join!(
        ended(&world.mailer, first.clone()),
        ended(&other, last.clone())
    );
    world.pass(SignedDuration::from_secs(180));
    for record in [first, last] {
        assert_eq!(ended(&world.mailer, record).await, End::Acknowledged);
    }
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn an_erased_account_in_the_batch_is_passed_over() {
    let (world, crowd, due) = alert(3).await;
    let erased = accounts(&due[0]).remove(1);
    let gone = address(&world, &erased).await;
    let key = |name: &str, value: String| (name.to_owned(), AttributeValue::S(value));
    let key = [
        key("pk", format!("ACCOUNT#{erased}")),
        key("sk", "ACCOUNT".to_owned()),
    ]
    .into();
    world
        .table
        .client()
        .delete_item()
        .table_name(vigie_tests::table::NAME)
        .set_key(Some(key))
        .send()
        .await
        .expect("an erasure");

    assert_eq!(work(&world, &due[0], 1).await, End::Acknowledged);
    assert_eq!(
        world.mailed(),
        crowd
            .into_iter()
            .filter(|to| *to != gone)
            .collect::<Vec<_>>()
    );
    assert!(delivery(&world, &erased).await.is_none());
}

#[tokio::test]
async fn what_was_erased_while_it_was_sent_stays_erased() {
    let (world, _, due) = alert(3).await;
    let (store, ids) = (world.table.store(), accounts(&due[0]));
    let intents = intents(&ids);
    store
        .delivery_claim(&subject(), &intents, world.now())
        .await
        .expect("a claim");
    let key = |name: &str, value: String| (name.to_owned(), AttributeValue::S(value));
    let key = [
        key("pk", format!("ACCOUNT#{}", ids[0])),
        key("sk", format!("DELIVERY#{}", subject().hash)),
    ]
    .into();
    world
        .table
        .client()
        .delete_item()
        .table_name(vigie_tests::table::NAME)
        .set_key(Some(key))
        .send()
        .await
        .expect("an erasure");

    let outcomes: Vec<_> = ids
        .iter()
        .map(|id| (id.clone(), Outcome::Sent("m".to_owned())))
        .collect();
    store
        .delivery_settle(&subject(), &outcomes)
        .await
        .expect("a record");
    assert!(delivery(&world, &ids[0]).await.is_none());
    for id in &ids[1..] {
        assert_eq!(
            delivery(&world, id).await.expect("a record").state,
            DeliveryState::Sent
        );
    }
}

#[tokio::test]
async fn what_was_begun_and_is_not_wanted_any_more_ends_as_skipped() {
    let (world, crowd, due) = alert(3).await;
    faults(&world, [Fault::Throttle, Fault::Throttle, Fault::Throttle]);
    assert_eq!(work(&world, &due[0], 1).await, End::Back);
    let ids = accounts(&due[0]);
    let consultation = vigie_domain::id::ConsultationId::parse("c-1").expect("an id");
    assert_eq!(
        delivery(&world, &ids[0]).await.expect("a record").state,
        DeliveryState::Pending
    );
    let store = world.table.store();
    store
        .favourite_remove(&consultation, &ids[0])
        .await
        .expect("a tombstone");
    store
        .alerts_switch_off(
            &ids[1],
            &std::collections::BTreeSet::from([
                vigie_domain::account::preferences::Kind::TenderReceived,
            ]),
        )
        .await
        .expect("a choice");
    world.pass(SignedDuration::from_secs(180));
    assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
    assert_eq!(world.mailed().len(), crowd.len() - 2);
    for (id, why) in [(&ids[0], "notAFavourite"), (&ids[1], "kindOff")] {
        let delivery = delivery(&world, id).await.expect("a record");
        assert_eq!(
            (delivery.state, delivery.reason.as_deref()),
            (DeliveryState::Skipped, Some(why))
        );
    }
}
