//! SES that throttles, refuses or is down, and the dead letters.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;
use vigie_domain::id::AccountId;
use vigie_platform::store::deliveries::State;
use vigie_tests::{World, wire::Fault};

use crate::{End, accounts, address, alert, delivery, faults, ses_calls, work};

#[tokio::test]
async fn a_throttled_ses_loses_nothing_and_sends_each_once() {
    let (world, crowd, due) = alert(120).await;
    faults(&world, vec![Fault::Throttle; 14]);

    world.resume(due).await;

    assert_eq!(world.mailed(), crowd);
    assert_eq!(ses_calls(&world), 14 + 3);
    assert_eq!(world.events("AlertSent").len(), 120);
    assert!(world.events("AlertFailed").is_empty());
    assert!(world.dead.lock().expect("a lock").is_empty());
}

#[tokio::test]
async fn entries_that_ses_throttles_are_sent_once_and_the_others_not_again() {
    for status in ["ACCOUNT_THROTTLED", "ACCOUNT_DAILY_QUOTA_EXCEEDED", "ACCOUNT_SENDING_PAUSED", "TRANSIENT_FAILURE"] {
        let (world, crowd, due) = alert(50).await;
        // First forty, then thirty … are too many; the third try of a receive is its last.
        for most in [40, 30, 20, 10] {
            let throttled = crowd.iter().take(most).map(|to| (to.clone(), status)).collect();
            faults(&world, [Fault::Entries(throttled)]);
        }
        assert_eq!(work(&world, &due[0], 1).await, End::Back);
        assert_eq!(world.mails().len(), 30, "{status}");
        for account in accounts(&due[0]) {
            let waits = crowd[..20].contains(&address(&world, &account).await);
            let state = delivery(&world, &account).await.expect("a record").state;
            assert_eq!(state, if waits { State::Pending } else { State::Sent });
        }
        // Certainly not sent, so there is no lease to wait for.
        assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
        assert_eq!(world.mailed(), crowd, "{status}");
    }
}

#[tokio::test]
async fn a_refused_entry_fails_alone_with_its_reason() {
    let (world, crowd, due) = alert(50).await;
    faults(&world, [Fault::Entries(vec![(crowd[7].clone(), "MESSAGE_REJECTED"), (crowd[9].clone(), "INVALID_PARAMETER")])]);
    for receives in [1, 2] {
        assert_eq!(work(&world, &due[0], receives).await, End::Acknowledged);
        world.pass(SignedDuration::from_secs(180));
    }
    let sent: Vec<_> = crowd.iter().filter(|to| **to != crowd[7] && **to != crowd[9]).cloned().collect();
    assert_eq!(world.mailed(), sent);
    assert_eq!(ses_calls(&world), 1);

    world.settle().await;
    assert_eq!(world.events("AlertSent").len(), 48);
    let failed = world.events("AlertFailed");
    assert_eq!(failed.len(), 2);
    for event in failed {
        let account = AccountId::parse(event["accountId"].as_str().expect("an id")).expect("an id");
        let reason = if address(&world, &account).await == crowd[7] { "MESSAGE_REJECTED" } else { "INVALID_PARAMETER" };
        assert_eq!(event["reason"], reason);
        assert_eq!((&event["kind"], &event["factKey"]), (&json!("tenderReceived"), &json!("d-1")));
        let delivery = delivery(&world, &account).await.expect("a record");
        assert_eq!((delivery.state, delivery.reason.as_deref()), (State::Failed, Some(reason)));
    }
}

#[tokio::test]
async fn a_call_refused_as_a_whole_is_nobodys_last_word() {
    let (world, crowd, due) = alert(50).await;
    faults(&world, vec![Fault::Refuse; 3]);
    assert_eq!(work(&world, &due[0], 1).await, End::Back);
    assert!(world.mails().is_empty());
    assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn the_last_receive_records_the_failure_and_a_redrive_sends_it() {
    for (fault, tries, reason) in [(Fault::Throttle, 12, "TooManyRequestsException"), (Fault::Down, 4, "unknown")] {
        let (world, crowd, due) = alert(50).await;
        let ids = accounts(&due[0]);
        faults(&world, vec![fault; tries]);
        world.resume(due).await;

        assert_eq!(ses_calls(&world), tries);
        assert!(world.mails().is_empty());
        assert_eq!(world.dead.lock().expect("a lock").len(), 1);
        for id in &ids {
            let delivery = delivery(&world, id).await.expect("a record");
            assert_eq!((delivery.state, delivery.reason.as_deref()), (State::Failed, Some(reason)));
        }
        let failed = world.events("AlertFailed");
        assert_eq!(failed.len(), 50);
        assert!(failed.iter().all(|event| event["reason"] == reason));

        world.redrive().await;
        assert_eq!(world.mailed(), crowd);
        assert_eq!(world.events("AlertSent").len(), 50);
        assert!(world.dead.lock().expect("a lock").is_empty());
    }
}

#[tokio::test]
async fn account_mails_survive_the_same_faults() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    let world = Arc::new(world);
    for (i, (fault, mails)) in
        [(Fault::DiesBefore, 1), (Fault::Down, 1), (Fault::Throttle, 1), (Fault::DiesAfter, 2), (Fault::AnswerLost, 2)]
            .into_iter()
            .enumerate()
    {
        world.invite(&ada, "EMS", &format!("Agent{i}")).await;
        let due = world.due().await;
        assert_eq!(due.len(), 1);
        faults(&world, [fault.clone()]);
        let dies = matches!(fault, Fault::DiesBefore | Fault::DiesAfter);
        assert_eq!(work(&world, &due[0], 1).await, if dies { End::Died } else { End::Back }, "{fault:?}");
        // What was throttled was not sent; for the rest the lease decides.
        let next = if fault == Fault::Throttle { End::Acknowledged } else { End::Back };
        assert_eq!(work(&world, &due[0], 2).await, next, "{fault:?}");
        world.pass(SignedDuration::from_secs(180));
        for _ in 0..2 {
            assert_eq!(work(&world, &due[0], 3).await, End::Acknowledged);
        }
        assert_eq!(world.mails_to(&format!("agent{i}@agents.example.fr")).len(), mails, "{fault:?}");
    }
}

#[tokio::test]
async fn an_account_mail_that_cannot_go_ends_in_the_dead_letters_and_a_redrive_sends_it() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    faults(&world, vec![Fault::Throttle; 4]);
    world.invite(&ada, "EMS", "Bruno").await;
    world.settle().await;
    assert_eq!(world.dead.lock().expect("a lock").len(), 1);
    assert!(world.mails_to("bruno@agents.example.fr").is_empty());
    world.redrive().await;
    assert_eq!(world.mails_to("bruno@agents.example.fr").len(), 1);
}
