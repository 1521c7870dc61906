//! One reminder, at 7:00 on the working day before an answer is wanted.

use serde_json::{Value, json};
use vigie_aws::Consumer;

use crate::sign_offs::{APPROVAL, BOTH, at, end, followed, request, save, subjects};

#[tokio::test]
async fn whoever_follows_is_reminded_once_at_seven_on_the_working_day_before() {
    for sign_off in BOTH {
        let (world, _, author) = followed().await;
        // A Monday.
        let asked = request("r-1", &json!(2), "2026-11-30");
        world.send(sign_off.asks, asked.clone()).await;
        assert_eq!(subjects(&world), [sign_off.asked]);
        world.empty_inbox();

        at(&world, "2026-11-27T06:59:59+01:00").await;
        assert!(world.mails().is_empty());
        at(&world, "2026-11-27T07:00:00+01:00").await;
        let reminder = format!("{}lundi 30 novembre 2026", sign_off.reminds);
        assert_eq!(subjects(&world), [reminder]);
        let mail = &world.mails()[0];
        assert_eq!(mail.to, author.email);
        assert!(mail.text.contains("attend toujours"), "{}", mail.text);
        let delivery = world
            .delivery(
                &author.id,
                "c-1",
                sign_off.reminder,
                "r-1+Ja-Nysqh0qAsW4FrG5sRFw",
            )
            .await;
        assert!(delivery.is_some_and(|delivery| delivery.state.was_sent()));

        // Sent again, and looked at again, it is the same one.
        world.send(sign_off.asks, asked).await;
        for time in ["2026-11-27T07:01:00+01:00", "2026-11-30T07:00:00+01:00"] {
            at(&world, time).await;
        }
        assert_eq!(world.mails().len(), 1);
        assert_eq!(world.table.count("OPEN#").await, 0);
        assert!(world.rejections().is_empty());
    }
}

#[tokio::test]
async fn neither_a_weekend_nor_a_holiday_is_a_working_day() {
    for (wanted_on, reminded_at) in [
        ("2026-11-26", "2026-11-25T07:00:00+01:00"),
        ("2026-12-06", "2026-12-04T07:00:00+01:00"),
        // Christmas is a Friday.
        ("2026-12-28", "2026-12-24T07:00:00+01:00"),
        ("2027-01-02", "2026-12-31T07:00:00+01:00"),
        // Easter is on 28 March 2027; clocks have changed by Tuesday. Whit Monday, Ascension.
        ("2027-03-30", "2027-03-26T07:00:00+01:00"),
        ("2027-05-18", "2027-05-14T07:00:00+02:00"),
        ("2027-05-07", "2027-05-05T07:00:00+02:00"),
        // An instant is the day that it is in Paris then: Saturday.
        ("2027-06-18T22:00:00Z", "2027-06-18T07:00:00+02:00"),
        ("2026-11-26+0100", "2026-11-25T07:00:00+01:00"),
        ("2026-11-26-04", "2026-11-25T07:00:00+01:00"),
    ] {
        let (world, ..) = followed().await;
        world
            .send(APPROVAL.asks, request("r-1", &json!(1), wanted_on))
            .await;
        world.empty_inbox();
        world.until(reminded_at);
        world.pass(-jiff::SignedDuration::from_secs(1));
        world.sweep().await;
        assert!(world.mails().is_empty(), "{wanted_on}");
        world.pass(jiff::SignedDuration::from_secs(1));
        world.sweep().await;
        assert_eq!(world.mails().len(), 1, "{wanted_on}");
    }
}

#[tokio::test]
async fn nothing_is_reminded_of_that_nobody_wants_on_a_day_or_that_was_asked_too_late() {
    let (world, ..) = followed().await;
    for (id, wanted_on) in [
        ("none", Value::Null),
        ("unreadable", json!("soon")),
        ("past", json!("2026-11-20")),
        ("today", json!("2026-11-24")),
        // Reminded of at 7:00 today, which has passed.
        ("tomorrow", json!("2026-11-25")),
        ("before-all-days", json!("0000-01-01")),
    ] {
        let mut asked = request(id, &json!(1), "");
        asked["wantedOn"] = wanted_on;
        world.send(APPROVAL.asks, asked).await;
    }
    assert_eq!(world.mails().len(), 6);
    assert_eq!(world.table.count("OPEN#").await, 0);
    // One at the end of days waits until then, and longer than it is kept.
    world
        .send(APPROVAL.asks, request("late", &json!(1), "9999-12-31"))
        .await;
    world.empty_inbox();
    at(&world, "2026-12-31T07:00:00+01:00").await;
    assert!(world.mails().is_empty());
    assert_eq!(world.table.count("OPEN#").await, 1);
    assert!(world.rejections().is_empty());
}

#[tokio::test]
async fn a_request_that_is_sent_again_for_another_day_is_reminded_of_for_the_first() {
    let (world, ..) = followed().await;
    for wanted_on in ["2026-11-30", "2026-11-26", "2026-12-10"] {
        world
            .send(APPROVAL.asks, request("r-1", &json!(1), wanted_on))
            .await;
    }
    world.empty_inbox();
    at(&world, "2026-11-25T07:00:00+01:00").await;
    assert!(world.mails().is_empty());
    at(&world, "2026-11-27T07:00:00+01:00").await;
    assert_eq!(world.mails().len(), 1);
    at(&world, "2026-12-10T07:00:00+01:00").await;
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn nobody_is_reminded_once_the_consultation_is_over_or_while_it_is_not_known() {
    for phase in ["archived", "cancelled"] {
        let (world, _, author) = followed().await;
        for (id, wanted_on) in [("r-1", "2026-11-26"), ("r-2", "2026-11-27")] {
            world
                .send(APPROVAL.asks, request(id, &json!(1), wanted_on))
                .await;
        }
        world.empty_inbox();
        world
            .send("ConsultationSaved", save(3, &author, phase))
            .await;
        at(&world, "2026-11-25T07:00:00+01:00").await;
        assert!(world.mails().is_empty(), "{phase}");
        // Taken up again, the other one still waits.
        world
            .send("ConsultationSaved", save(4, &author, "consultation"))
            .await;
        at(&world, "2026-11-26T07:00:00+01:00").await;
        assert_eq!(world.mails().len(), 1, "{phase}");
    }

    let (world, _, author) = followed().await;
    let mut early = request("r-1", &json!(1), "2026-11-26");
    early["consultationId"] = json!("c-2");
    world.send(APPROVAL.asks, early).await;
    at(&world, "2026-11-25T07:00:00+01:00").await;
    let mut draft = save(1, &author, "drafting");
    draft["consultationId"] = json!("c-2");
    world.send("ConsultationSaved", draft).await;
    at(&world, "2026-11-25T07:01:00+01:00").await;
    assert_eq!(subjects(&world), [APPROVAL.asked], "asked today");
}

#[tokio::test]
async fn a_sweep_that_was_missed_and_sweeps_at_once_remind_once() {
    let (world, ..) = followed().await;
    world
        .send(APPROVAL.asks, request("r-1", &json!(1), "2026-11-26"))
        .await;
    world.empty_inbox();
    world.until("2026-12-02T12:00:00+01:00");
    let sweep = || world.scheduler.consume(json!({}));
    let (a, b, c) = tokio::join!(sweep(), sweep(), sweep());
    assert!([a, b, c].into_iter().any(|done| done.is_ok()));
    world.settle().await;
    world.sweep().await;
    assert_eq!(world.mails().len(), 1);
    assert_eq!(world.table.count("OPEN#").await, 0);
}

#[tokio::test]
async fn a_reminder_is_judged_again_when_it_is_sent() {
    let (world, _, author) = followed().await;
    for id in ["ended", "waits"] {
        world
            .send(APPROVAL.asks, request(id, &json!(1), "2026-11-26"))
            .await;
    }
    world.empty_inbox();
    world.until("2026-11-25T07:00:00+01:00");
    world.scheduler.consume(json!({})).await.expect("a sweep");
    let ended = json!({"source": "procurement", "detail-type": APPROVAL.ends, "detail": end("ended", &json!(1), "given")});
    assert!(world.hand(&ended, 1).await, "before any mail goes");
    world.settle().await;
    assert_eq!(world.mails().len(), 1, "{:?}", subjects(&world));

    world
        .send(APPROVAL.asks, request("over", &json!(1), "2026-11-27"))
        .await;
    world.empty_inbox();
    world.until("2026-11-26T07:00:00+01:00");
    world.scheduler.consume(json!({})).await.expect("a sweep");
    let over = json!({"source": "procurement", "detail-type": "ConsultationSaved", "detail": save(3, &author, "cancelled")});
    assert!(world.hand(&over, 1).await);
    world.settle().await;
    assert!(world.mails().is_empty(), "{:?}", subjects(&world));
}

#[tokio::test]
async fn a_star_given_after_the_request_tells_of_the_reminder_alone() {
    let (world, ada, author) = followed().await;
    let guest = world.agent(&ada, "EMS-DSI", "Guest").await;
    world.wants_everything(&guest).await;
    let mut detail = save(3, &author, "consultation");
    detail["guests"] = json!([guest.id]);
    world.send("ConsultationSaved", detail).await;
    world
        .send(APPROVAL.asks, request("r-1", &json!(1), "2026-11-26"))
        .await;
    world.pass(jiff::SignedDuration::from_secs(60));
    world.star(&guest, "c-1").await;
    world.settle().await;
    world.empty_inbox();
    at(&world, "2026-11-25T07:00:00+01:00").await;
    assert_eq!(world.mails().len(), 2);
    assert_eq!(world.mails_to(&guest.email).len(), 1);
}
