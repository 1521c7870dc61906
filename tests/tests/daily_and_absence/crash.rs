//! Daily mails and delegates when workers die, SES throttles and the bus is down.

use std::sync::Arc;

use serde_json::json;
use tokio::task::LocalSet;
use vigie_aws::Consumer;
use vigie_tests::{fake_aws::Fault, scenario::tender, world::sqs};

use crate::daily_and_absence::{Office, told};

/// Runs the mailer on an event, in a process of its own as it were; whether it acknowledged, `None`
/// if it died.
pub(crate) async fn work(
    office: &Arc<Office>,
    event: &serde_json::Value,
    receives: u32,
) -> Option<bool> {
    let (office, record) = (Arc::clone(office), sqs(event, receives));
    let work = LocalSet::new();
    let worker = work.spawn_local(async move {
        let answer = office
            .world
            .mailer
            .consume(record)
            .await
            .expect("an answer");
        answer["batchItemFailures"]
            .as_array()
            .is_some_and(Vec::is_empty)
    });
    work.await;
    worker.await.ok()
}

/// The event that the clock makes of what is held.
pub(crate) async fn struck(office: &Office, time: &str) -> serde_json::Value {
    office.world.until(time);
    office
        .world
        .scheduler
        .consume(json!({}))
        .await
        .expect("a sweep");
    let events: Vec<_> = office
        .world
        .taken()
        .into_iter()
        .filter(|event| event["detail-type"] == "DailyDue")
        .collect();
    assert_eq!(events.len(), 1, "{events:?}");
    events[0].clone()
}

#[tokio::test]
async fn a_worker_killed_before_the_daily_mail_went_loses_nothing_and_one_killed_after_it_repeats_it_once()
 {
    for (fault, mails) in [
        (Fault::DiesBefore, 1),
        (Fault::DiesAfter, 2),
        (Fault::AnswerLost, 2),
        (Fault::Throttle, 1),
        (Fault::Down, 1),
    ] {
        let office = Arc::new(Office::new("daily").await);
        office.tender("d-1").await;
        office.tender("d-2").await;
        let event = struck(&office, "2026-11-25T07:00:00+01:00").await;
        office
            .world
            .aws
            .with(|traffic| traffic.faults.push_back(fault.clone()));
        assert_ne!(work(&office, &event, 1).await, Some(true), "{fault:?}");
        office.world.pass(jiff::SignedDuration::from_secs(180));
        assert_eq!(work(&office, &event, 2).await, Some(true), "{fault:?}");
        assert_eq!(work(&office, &event, 3).await, Some(true), "{fault:?}");
        let all = office.world.mails();
        assert_eq!(all.len(), mails, "{fault:?}");
        assert!(
            all.iter().all(|mail| told(mail) == ["d-1", "d-2"]),
            "{fault:?}"
        );
        assert_eq!(office.held().await, 0, "{fault:?}");
    }
}

#[tokio::test]
async fn two_workers_at_once_send_one_daily_mail() {
    let office = Arc::new(Office::new("daily").await);
    office.tender("d-1").await;
    let event = struck(&office, "2026-11-25T07:00:00+01:00").await;
    let other = office.world.another_mailer();
    let (a, b) = tokio::join!(
        office.world.mailer.consume(sqs(&event, 1)),
        other.consume(sqs(&event, 1))
    );
    assert!(a.is_ok() && b.is_ok());
    office.world.pass(jiff::SignedDuration::from_secs(180));
    assert_eq!(work(&office, &event, 2).await, Some(true));
    assert_eq!(office.world.mails().len(), 1);
}

#[tokio::test]
async fn with_the_bus_down_the_clock_keeps_its_entries() {
    let office = Office::new("daily").await;
    office.tender("d-1").await;
    office.world.until("2026-11-25T07:00:00+01:00");
    office.world.aws.with(|traffic| traffic.bus_down = true);
    assert!(
        office.world.scheduler.consume(json!({})).await.is_err(),
        "the alarm goes by this"
    );
    office.world.aws.with(|traffic| traffic.bus_down = false);
    office.at("2026-11-25T07:01:00+01:00").await;
    assert_eq!(office.world.mails().len(), 1);
}

#[tokio::test]
async fn the_last_receive_records_the_failure_and_a_redrive_or_the_next_day_sends_it() {
    for redriven in [true, false] {
        let office = Office::new("daily").await;
        office.tender("d-1").await;
        office
            .world
            .aws
            .with(|traffic| traffic.faults.extend(vec![Fault::Throttle; 4]));
        office.at("2026-11-25T07:00:00+01:00").await;
        assert!(office.world.mails().is_empty());
        assert_eq!(
            office.state(&office.reader, "d-1").await.unwrap().0,
            "FAILED"
        );
        assert_eq!(office.world.events("AlertFailed").len(), 1);
        if redriven {
            office.world.redrive().await;
        } else {
            office.tender("d-2").await;
            office.at("2026-11-26T07:00:00+01:00").await;
        }
        let expected: &[&str] = if redriven { &["d-1"] } else { &["d-1", "d-2"] };
        assert_eq!(told(&office.world.mails()[0]), expected);
        assert_eq!(office.held().await, 0);
    }
}

#[tokio::test]
async fn a_worker_killed_while_it_tells_a_delegate_loses_nothing() {
    for fault in [Fault::DiesBefore, Fault::DiesAfter, Fault::Throttle] {
        let office = Office::new("immediate").await;
        let author = office.author.clone();
        office.away("2026-11-24", "2026-11-26", Some(&author)).await;
        let office = Arc::new(office);
        office.world.publish("TenderReceived", tender("c-1", "d-1"));
        let due = office.world.due().await;
        let [event] = &due[..] else { panic!("{due:?}") };
        office.world.aws.with(|traffic| {
            traffic.faults.extend(vec![
                fault.clone();
                if fault == Fault::Throttle { 3 } else { 1 }
            ])
        });
        assert_ne!(work(&office, event, 1).await, Some(true), "{fault:?}");
        office.world.pass(jiff::SignedDuration::from_secs(180));
        assert_eq!(work(&office, event, 2).await, Some(true), "{fault:?}");
        assert_eq!(
            office.world.mails_to(&author.email).len(),
            1 + usize::from(fault == Fault::DiesAfter),
            "{fault:?}"
        );
        assert_eq!(
            office
                .state(&office.reader, "d-1")
                .await
                .unwrap()
                .1
                .as_deref(),
            Some("delegated"),
            "{fault:?}"
        );
        assert_eq!(office.held().await, 0);
    }
}

#[tokio::test]
async fn what_ses_refuses_of_a_delegate_for_good_is_held_for_who_is_away() {
    let office = Office::new("immediate").await;
    let author = office.author.clone();
    office.away("2026-11-24", "2026-11-26", Some(&author)).await;
    let refused = vec![(author.email.clone(), "INVALID_PARAMETER")];
    office
        .world
        .aws
        .with(|traffic| traffic.faults.push_back(Fault::Entries(refused)));
    office.tender("d-1").await;
    assert_eq!(office.held().await, 1);
    office.at("2026-11-27T07:00:00+01:00").await;
    assert_eq!(
        office
            .world
            .mails_to(&office.reader.email)
            .iter()
            .map(told)
            .collect::<Vec<_>>(),
        [["d-1"]]
    );
}
