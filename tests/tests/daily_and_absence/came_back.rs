//! A delegate's copy that does not arrive: whoever it was for is told after all.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;
use vigie_tests::{
    fake_aws::{Fault, Mail},
    feedback::said_of,
    scenario::{Person, tender},
};

use crate::daily_and_absence::{Office, crash::work, told};

/// The reader is away until the 25th, the author stands in, and has `d-1` for them.
async fn passed_on(mode: &str) -> (Office, Mail) {
    let office = Office::new(mode).await;
    let author = office.author.clone();
    office.away("2026-11-24", "2026-11-25", Some(&author)).await;
    office.tender("d-1").await;
    let mail = office.world.last_mail(&author.email);
    assert_eq!(
        office
            .state(&office.reader, "d-1")
            .await
            .unwrap()
            .1
            .as_deref(),
        Some("delegated")
    );
    office.world.pass(SignedDuration::from_secs(1));
    office.world.empty_inbox();
    (office, mail)
}

/// Lists what somebody was told, mail by mail, single alerts included.
fn had(office: &Office, person: &Person) -> Vec<Vec<String>> {
    let single = |mail: &Mail| {
        mail.text
            .split("N-d-")
            .nth(1)
            .map(|rest| format!("d-{}", rest.chars().next().unwrap_or_default()))
    };
    let of = |mail: &Mail| {
        if told(mail).is_empty() {
            single(mail).into_iter().collect()
        } else {
            told(mail)
        }
    };
    office
        .world
        .mails_to(&person.email)
        .iter()
        .map(of)
        .filter(|told| !told.is_empty())
        .collect()
}

async fn days(office: &Office, days: std::ops::RangeInclusive<u8>) {
    for day in days {
        office.at(&format!("2026-11-{day}T07:00:00+01:00")).await;
    }
}

#[tokio::test]
async fn what_came_back_from_a_delegate_is_told_on_the_return_once() {
    for said in [
        "bounced-permanent",
        "bounced-suppressed",
        "bounced-transient",
        "bounced-undetermined",
        "rejected",
        "not-rendered",
    ] {
        for before in [None, Some("delayed"), Some("delivered")] {
            let (office, mail) = passed_on("immediate").await;
            if let Some(before) = before {
                office.world.ses_says(&mail, before).await;
            }
            let arrived =
                before == Some("delivered") && ["rejected", "not-rendered"].contains(&said);
            for _ in 0..2 {
                office.world.ses_says(&mail, said).await;
            }
            assert!(
                office
                    .world
                    .mails_to(&office.author.email)
                    .iter()
                    .all(|mail| told(mail).is_empty()),
                "{said}"
            );
            assert_eq!(
                office.held().await,
                usize::from(!arrived),
                "{said} after {before:?}"
            );
            days(&office, 25..=25).await;
            assert!(
                had(&office, &office.reader).is_empty(),
                "{said}: still away"
            );
            days(&office, 26..=28).await;
            let expected = if arrived {
                Vec::new()
            } else {
                vec![vec!["d-1".to_owned()]]
            };
            assert_eq!(
                had(&office, &office.reader),
                expected,
                "{said} after {before:?}"
            );
            assert_eq!(office.held().await, 0);
        }
    }
}

#[tokio::test]
async fn what_arrived_is_not_told_again() {
    for said in [
        "sent",
        "delayed",
        "delivered",
        "complaint",
        "absence-notice",
    ] {
        let (office, mail) = passed_on("immediate").await;
        office.world.ses_says(&mail, said).await;
        days(&office, 25..=28).await;
        assert!(had(&office, &office.reader).is_empty(), "{said}");
    }
}

#[tokio::test]
async fn who_is_back_when_the_copy_comes_back_is_told_at_once() {
    let (office, mail) = passed_on("immediate").await;
    days(&office, 26..=26).await;
    office.world.ses_says(&mail, "bounced-transient").await;
    assert_eq!(had(&office, &office.reader), [["d-1"]]);
    assert_eq!(office.state(&office.reader, "d-1").await.unwrap().0, "SENT");
    days(&office, 27..=28).await;
    assert_eq!(had(&office, &office.reader).len(), 1);
}

#[tokio::test]
async fn word_that_comes_before_the_sender_s_own_record_counts() {
    for fault in [Fault::AnswerLost, Fault::DiesAfter] {
        let office = Office::new("immediate").await;
        let author = office.author.clone();
        office.away("2026-11-24", "2026-11-25", Some(&author)).await;
        let office = Arc::new(office);
        office.world.publish("TenderReceived", tender("c-1", "d-1"));
        let due = office.world.due().await;
        office
            .world
            .aws
            .with(|traffic| traffic.faults.push_back(fault.clone()));
        assert_ne!(work(&office, &due[0], 1).await, Some(true), "{fault:?}");
        let copy = office.world.last_mail(&author.email);
        office.world.pass(SignedDuration::from_secs(1));
        office
            .world
            .hears(said_of(
                &copy,
                "bounced-permanent",
                office.world.now(),
                office.world.now(),
            ))
            .await;
        office.world.pass(SignedDuration::from_secs(180));
        assert_eq!(work(&office, &due[0], 2).await, Some(true), "{fault:?}");
        office.world.settle().await;
        days(&office, 25..=28).await;
        assert_eq!(had(&office, &office.reader), [["d-1"]], "{fault:?}");
    }
}

#[tokio::test]
async fn everybody_whom_the_copy_stood_for_is_told_and_what_a_daily_mail_passed_on_too() {
    let office = Office::new("daily").await;
    let author = office.author.clone();
    let other = office.another("immediate").await;
    office.tender("d-1").await;
    office.tender("d-2").await;
    office.away("2026-11-25", "2026-11-26", Some(&author)).await;
    office
        .absent(&other, "2026-11-25", "2026-11-26", Some(&author))
        .await;
    days(&office, 25..=25).await;
    let [daily] = &office.world.mails_to(&author.email)[..] else {
        panic!("one mail")
    };
    assert_eq!(told(daily), ["d-1", "d-2"]);
    office.tender("d-3").await;
    let at_once = office.world.last_mail(&author.email);
    office.world.pass(SignedDuration::from_secs(1));
    office.world.empty_inbox();
    office.world.ses_says(daily, "bounced-transient").await;
    office.world.ses_says(&at_once, "bounced-transient").await;
    days(&office, 26..=28).await;
    assert_eq!(had(&office, &office.reader), [["d-1", "d-2", "d-3"]]);
    assert_eq!(had(&office, &other), [["d-3"]]);
    assert_eq!(office.held().await, 0);
}

#[tokio::test]
async fn another_delegate_has_it_and_only_the_last_word_of_each_counts() {
    let (office, mail) = passed_on("immediate").await;
    let other = office.world.agent(&office.ada, "EMS-DSI", "Other").await;
    office
        .world
        .save(
            "c-1",
            2,
            "EMS-DSI",
            &office.author.id,
            "consultation",
            &[&office.reader, &other],
        )
        .await;
    office.away("2026-11-24", "2026-11-25", Some(&other)).await;
    let event = office.world.seen.lock().expect("a lock").len();
    office.world.ses_says(&mail, "bounced-permanent").await;
    assert_eq!(had(&office, &other), [["d-1"]]);
    assert_eq!(
        office
            .state(&office.reader, "d-1")
            .await
            .unwrap()
            .1
            .as_deref(),
        Some("delegated")
    );
    // The bus says the same again: the second delegate's copy arrived.
    let again: Vec<_> = office.world.seen.lock().expect("a lock")[event..]
        .iter()
        .filter(|e| e["detail-type"] == "AlertDue")
        .cloned()
        .collect();
    assert_eq!(again.len(), 1);
    days(&office, 26..=26).await;
    office.world.resume(again).await;
    assert!(had(&office, &office.reader).is_empty());
    let copy = office.world.last_mail(&other.email);
    office.world.ses_says(&copy, "bounced-permanent").await;
    assert_eq!(had(&office, &office.reader), [["d-1"]]);
}

#[tokio::test]
async fn who_is_gone_or_does_not_want_it_any_more_is_told_nothing() {
    for what in ["erased", "inactive", "unstarred", "off"] {
        let (office, mail) = passed_on("immediate").await;
        let reader = office.reader.clone();
        match what {
            "erased" => drop(reader.delete(&office.world, "").await.expect(204)),
            "inactive" => {
                office
                    .world
                    .change(&office.ada, "EMS-DSI", &reader.id, json!({"active": false}))
                    .await
                    .expect(200);
            }
            "unstarred" => drop(
                reader
                    .delete(&office.world, "/favourites/c-1")
                    .await
                    .expect(204),
            ),
            _ => office.wants(&reader, "off").await,
        }
        office.world.settle().await;
        office.world.empty_inbox();
        office.world.ses_says(&mail, "bounced-permanent").await;
        days(&office, 25..=28).await;
        assert!(had(&office, &reader).is_empty(), "{what}");
        assert_eq!(office.held().await, 0, "{what}");
        assert!(
            office.world.dead.lock().expect("a lock").is_empty()
                && office.world.rejections().is_empty(),
            "{what}"
        );
    }
}

#[tokio::test]
async fn an_erased_account_is_in_nobody_s_record_of_what_was_passed_on() {
    for absentee in [true, false] {
        let (office, _) = passed_on("immediate").await;
        let (gone, other) = if absentee {
            (&office.reader, &office.author)
        } else {
            (&office.author, &office.reader)
        };
        gone.delete(&office.world, "").await.expect(204);
        for _ in 0..3 {
            office.world.pass(SignedDuration::from_mins(20));
            office.world.sweep().await;
        }
        let items = office.world.table.items().await;
        let deliveries = items.iter().filter(|item| {
            item["sk"]
                .as_s()
                .is_ok_and(|sk| sk.starts_with("DELIVERY#"))
        });
        let left: Vec<_> = deliveries
            .filter(|item| format!("{item:?}").contains(&gone.id))
            .collect();
        assert!(left.is_empty(), "{left:?}");
        assert!(office.state(other, "d-1").await.is_some());
    }
}
