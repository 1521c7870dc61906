//! Ends of requests, in any order; and who is told nothing any more.

use serde_json::{Value, json};
use vigie_domain::delivery::DeliveryState;
use vigie_tests::{fake_aws::Fault, scenario::alerts};

use crate::sign_offs::{APPROVAL, BOTH, at, end, followed, request, subjects};

/// The ids of requests in the mails so far, which name who asked.
fn asked_by(world: &vigie_tests::World) -> Vec<String> {
    let mut all: Vec<_> = world
        .mails()
        .iter()
        .map(|mail| {
            let row = mail.text.lines().find_map(|line| {
                line.trim()
                    .strip_prefix("Demandée par\u{a0}: ")
                    .map(str::to_owned)
            });
            row.expect("who asked")
        })
        .collect();
    all.sort();
    all
}

fn by(id: &str, level: &Value) -> Value {
    let mut asked = request(id, level, "2026-11-26");
    asked["requestedBy"] = json!(format!("{id} {}", level.as_str().unwrap_or_default()));
    asked
}

#[tokio::test]
async fn an_end_ends_its_own_level_or_all_of_its_request_and_nothing_else() {
    for [this, other] in [[0, 1], [1, 0]] {
        for outcome in ["given", "refused"] {
            let (world, ..) = followed().await;
            for (id, level) in [
                ("r-1", "one"),
                ("r-1", "two"),
                ("r-2", "one"),
                ("r-2", "two"),
                ("r-3", "one"),
                ("r-4", ""),
                ("r-4", "one"),
                ("r-5", "one"),
                ("r", "one"),
            ] {
                world.send(BOTH[this].asks, by(id, &json!(level))).await;
            }
            world.empty_inbox();
            for (kind, id, level) in [
                (this, "r-1", json!("one")),
                (this, "r-2", Value::Null),
                (this, "r-4", json!("")),
                // Another sort of sign-off, level or request.
                (other, "r-3", Value::Null),
                (other, "r-3", json!("one")),
                (this, "r-5", json!("ONE")),
                (this, "r-", Value::Null),
                (this, "r-6", Value::Null),
            ] {
                world.send(BOTH[kind].ends, end(id, &level, outcome)).await;
            }
            assert!(world.mails().is_empty(), "an end is told nobody");
            at(&world, "2026-11-25T07:00:00+01:00").await;
            assert_eq!(
                asked_by(&world),
                ["r one", "r-1 two", "r-3 one", "r-4 one", "r-5 one"],
                "{outcome}"
            );
            assert_eq!(world.table.count("OPEN#").await, 0);
            assert!(world.rejections().is_empty(), "{:?}", world.rejections());
        }
    }
}

#[tokio::test]
async fn levels_are_the_same_however_they_are_written() {
    let long = "é".repeat(6000);
    for (asked, ended) in [
        (json!(2), json!("2")),
        (json!("2"), json!(2.0)),
        (json!(long), json!(long)),
        (json!({"no": "level"}), json!([])),
        (Value::Null, json!("")),
    ] {
        let (world, ..) = followed().await;
        world.send(APPROVAL.asks, by("r-1", &asked)).await;
        world.send(APPROVAL.ends, end("r-1", &ended, "given")).await;
        world.empty_inbox();
        at(&world, "2026-11-25T07:00:00+01:00").await;
        assert!(world.mails().is_empty(), "{asked} {ended}");
        assert!(world.rejections().is_empty(), "{:?}", world.rejections());
    }
}

#[tokio::test]
async fn a_request_that_ended_before_it_came_is_recorded_and_told_nobody() {
    for sign_off in BOTH {
        for level in [json!(1), Value::Null] {
            let (world, ..) = followed().await;
            for _ in 0..2 {
                world
                    .send(sign_off.ends, end("r-1", &level, "refused"))
                    .await;
            }
            for id in ["r-1", "r-2"] {
                world
                    .send(sign_off.asks, request(id, &json!(1), "2026-11-26"))
                    .await;
            }
            assert_eq!(subjects(&world), [sign_off.asked], "the other one");
            let facts = world.table.count("CONSULTATION#c-1").await;
            for _ in 0..2 {
                world.send(sign_off.ends, end("r-1", &level, "given")).await;
                world
                    .send(sign_off.asks, request("r-1", &json!(1), "2026-12-26"))
                    .await;
            }
            assert_eq!(world.table.count("CONSULTATION#c-1").await, facts);
            world.empty_inbox();
            at(&world, "2026-11-25T07:00:00+01:00").await;
            assert_eq!(world.mails().len(), 1, "{level}");
            assert!(world.rejections().is_empty(), "{:?}", world.rejections());
        }
    }
}

#[tokio::test]
async fn an_end_waits_for_its_consultation_as_the_request_does() {
    let (world, _, author) = followed().await;
    let of_another = |mut detail: Value| {
        detail["consultationId"] = json!("c-2");
        detail
    };
    world
        .send(APPROVAL.ends, of_another(end("r-1", &Value::Null, "given")))
        .await;
    for id in ["r-1", "r-2"] {
        world
            .send(
                APPROVAL.asks,
                of_another(request(id, &json!(1), "2026-11-26")),
            )
            .await;
    }
    world
        .save("c-2", 1, "EMS-DSI", &author.id, "drafting", &[])
        .await;
    assert_eq!(subjects(&world), [APPROVAL.asked]);
}

#[tokio::test]
async fn what_ended_is_in_no_daily_mail_and_a_mail_of_nothing_is_not_sent() {
    let (world, _, author) = followed().await;
    author
        .put(&world, "/alerts", alerts("daily"))
        .await
        .expect(200);
    for id in ["r-1", "r-2"] {
        world.send(APPROVAL.asks, by(id, &json!("one"))).await;
    }
    world
        .send(APPROVAL.ends, end("r-1", &Value::Null, "given"))
        .await;
    // The reminder of the other one is recorded in the same minute, for the next daily mail.
    at(&world, "2026-11-25T07:00:00+01:00").await;
    let [mail] = &world.mails()[..] else {
        panic!("{:?}", subjects(&world));
    };
    assert!(mail.text.contains("demandée par r-2") && !mail.text.contains("demandée par r-1"));
    world.empty_inbox();
    at(&world, "2026-11-26T07:00:00+01:00").await;
    let [mail] = &world.mails()[..] else {
        panic!("{:?}", subjects(&world));
    };
    assert!(
        mail.text.contains("Approbation toujours attendue"),
        "{}",
        mail.text
    );
    world.empty_inbox();

    world
        .send(APPROVAL.asks, request("r-3", &json!("one"), "2026-11-30"))
        .await;
    at(&world, "2026-11-27T07:00:00+01:00").await;
    world.empty_inbox();
    world
        .send(APPROVAL.ends, end("r-3", &json!("one"), "given"))
        .await;
    at(&world, "2026-11-28T07:00:00+01:00").await;
    assert!(world.mails().is_empty(), "{:?}", subjects(&world));
    assert_eq!(world.table.count("OPEN#").await, 0);
    let held = world.table.items().await;
    let held = held
        .iter()
        .filter(|item| item["sk"].as_s().is_ok_and(|sk| sk.starts_with("HELD#")));
    assert_eq!(held.count(), 0);
}

#[tokio::test]
async fn a_mail_that_was_begun_ends_as_skipped_once_the_request_has_ended() {
    let (world, _, author) = followed().await;
    let event = |detail_type: &str, detail: Value| json!({"source": "procurement", "detail-type": detail_type, "detail": detail});
    let asked = event(APPROVAL.asks, request("r-1", &json!(2), "2026-11-26"));
    assert!(world.hand(&asked, 1).await);
    world.stream().await;
    world
        .aws
        .with(|traffic| traffic.faults.extend(vec![Fault::Throttle; 3]));
    for event in world.taken() {
        assert!(world.hand(&event, 1).await);
    }
    let due = world.taken();
    for event in &due {
        assert!(!world.hand(event, 1).await, "SES takes nothing");
    }
    let key = "r-1+Ja-Nysqh0qAsW4FrG5sRFw";
    let delivery = async || {
        world
            .delivery(&author.id, "c-1", "approvalRequested", key)
            .await
            .expect("a delivery")
    };
    assert_eq!(delivery().await.state, DeliveryState::Pending);
    let ended = event(APPROVAL.ends, end("r-1", &json!(2), "given"));
    assert!(world.hand(&ended, 1).await);
    world.pass(jiff::SignedDuration::from_secs(180));
    for event in &due {
        assert!(world.hand(event, 2).await);
    }
    let delivery = delivery().await;
    assert_eq!(
        (delivery.state, delivery.reason.as_deref()),
        (DeliveryState::Skipped, Some("ended"))
    );
    assert!(world.mails().is_empty());
    world.until("2026-11-25T07:00:00+01:00");
}

#[tokio::test]
async fn an_end_is_refused_for_what_identifies_or_times_it() {
    let (world, ..) = followed().await;
    let good = end("r-1", &Value::Null, "given");
    for (field, wrong) in [
        ("consultationId", Value::Null),
        ("requestId", json!("a#b")),
        ("requestId", Value::Null),
        ("at", Value::Null),
        ("at", json!("2026-11-24T09:00:00")),
        ("outcome", json!("later")),
        ("outcome", Value::Null),
    ] {
        let mut bad = good.clone();
        bad[field] = wrong.clone();
        let before = world.rejections().len();
        world.send(APPROVAL.ends, bad).await;
        assert_eq!(world.rejections().len(), before + 1, "{field} {wrong}");
    }
}
