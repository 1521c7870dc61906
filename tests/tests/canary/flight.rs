//! Its way: there, back, once per quarter of an hour and once a day, whatever fails.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_domain::{
    canary::{ADDRESS, NAME},
    delivery::DeliveryState,
};
use vigie_tests::{World, feedback::said_of};

use super::{at, minute, minutes, strike, traces, trips};

#[tokio::test]
async fn a_tender_goes_from_the_bus_through_every_queue_to_ses_and_its_receipt_comes_back() {
    let world = World::new().await;
    assert_eq!(
        minute(&world).await.len(),
        0,
        "its consultation is on its way"
    );
    world.pass(SignedDuration::from_mins(1));
    let answer = strike(&world).await;
    assert_eq!(answer["age"], 60, "waited for since it was wanted");
    let sent_at = world.now();
    world.settle().await;
    let mails = world.mails_to(ADDRESS);
    assert_eq!(
        mails
            .iter()
            .map(|mail| mail.subject.as_str())
            .collect::<Vec<_>>(),
        ["[CANARI] Nouveau dépôt électronique"]
    );

    world.ses_says(&mails[0], "sent").await;
    world.pass(SignedDuration::from_millis(1_800));
    let answer = strike(&world).await;
    assert!(
        trips(&answer, "tender")[0]["backAt"].is_null(),
        "accepted is not received"
    );
    let delivered = said_of(
        &mails[0],
        "delivered",
        sent_at,
        sent_at + SignedDuration::from_millis(1_750),
    );
    world.hears(delivered).await;

    let key = trips(&answer, "tender")[0]["key"]
        .as_str()
        .expect("a key")
        .to_owned();
    let day = trips(&answer, "tender")[0]["consultationId"]
        .as_str()
        .expect("an id")
        .to_owned();
    let delivery = world
        .delivery(NAME, &day, "tenderReceived", &key)
        .await
        .expect("a delivery");
    assert_eq!(
        (delivery.state, delivery.reason.as_deref()),
        (DeliveryState::Delivered, Some("author"))
    );
    let answer = strike(&world).await;
    assert_eq!(answer["age"], 0);
    assert_eq!(
        trips(&answer, "tender")[0]["took"],
        1_750,
        "to the receiving server, however late it is looked for"
    );
    assert_eq!(world.rejections(), Vec::<String>::new());
}

#[tokio::test]
async fn there_is_one_tender_in_each_quarter_of_an_hour_whoever_asks_how_often() {
    let world = World::new().await;
    let mut mails = Vec::new();
    for _ in 0..60 {
        let again = || world.canary.consume(json!({}));
        let (a, b) = tokio::join!(again(), again());
        assert!(a.is_ok() && b.is_ok());
        mails.extend(minute(&world).await);
    }
    let tenders = mails
        .iter()
        .filter(|mail| mail.subject.contains("Nouveau dépôt"))
        .count();
    // From 9:00 to 10:00, with the one that begins at 10:00.
    assert_eq!(tenders, 5);
    assert_eq!(mails.len(), 6, "and a closing");
}

#[tokio::test]
async fn one_more_goes_when_somebody_asks() {
    let world = World::new().await;
    minutes(&world, 3).await;
    let answer = world
        .canary
        .consume(json!({"extra": true}))
        .await
        .expect("a flight");
    assert_eq!(trips(&answer, "tender").len(), 2);
    world.settle().await;
    assert_eq!(world.mails_to(ADDRESS).len(), 1);
}

#[tokio::test]
async fn a_closing_and_a_daily_mail_go_once_a_day() {
    let world = World::new().await;
    at(&world, 20, 0);
    let closings = |mails: &[vigie_tests::fake_aws::Mail]| {
        mails
            .iter()
            .filter(|mail| mail.subject.starts_with("[CANARI] Clôture"))
            .count()
    };
    let mut mails = minutes(&world, 16).await;
    assert_eq!(closings(&mails), 0, "saved at 20:01, it closes at 20:16");
    mails.extend(minutes(&world, 4).await);
    assert_eq!(
        (closings(&mails), mails.len()),
        (1, 3),
        "a closing, and a tender before and after it"
    );
    // Tomorrow at seven, which is on the same day of the canary's.
    world.pass(SignedDuration::from_hours(10));
    at(&world, 6, 59);
    let mails = minutes(&world, 5).await;
    let daily: Vec<_> = mails
        .iter()
        .filter(|mail| !mail.subject.starts_with("[CANARI]"))
        .collect();
    assert_eq!(
        daily.len(),
        1,
        "{:?}",
        mails.iter().map(|mail| &mail.subject).collect::<Vec<_>>()
    );
    assert!(daily[0].text.contains("CANARI"), "{}", daily[0].text);
    let answer = strike(&world).await;
    for leg in ["closing", "daily"] {
        assert!(
            trips(&answer, leg)
                .iter()
                .all(|trip| trip["backAt"].is_string() && trip["took"].is_null()),
            "{answer}"
        );
    }
    at(&world, 19, 58);
    let mails = minutes(&world, 20).await;
    assert_eq!(closings(&mails), 1, "of the next day");
}

#[tokio::test]
async fn receipts_that_come_late_or_twice_are_one_receipt() {
    let world = World::new().await;
    minute(&world).await;
    let sent_at = world.now() + SignedDuration::from_mins(1);
    world.pass(SignedDuration::from_mins(1));
    strike(&world).await;
    world.settle().await;
    let mail = world.mails_to(ADDRESS).remove(0);
    world.pass(SignedDuration::from_mins(9));
    let answer = strike(&world).await;
    assert_eq!(answer["age"], 600, "it is not back");
    let receipt = said_of(
        &mail,
        "delivered",
        sent_at,
        sent_at + SignedDuration::from_secs(2),
    );
    for _ in 0..2 {
        world.hears(receipt.clone()).await;
    }
    world
        .hears(said_of(
            &mail,
            "delivered",
            sent_at,
            sent_at + SignedDuration::from_mins(8),
        ))
        .await;
    let answer = strike(&world).await;
    assert_eq!(
        (&answer["age"], &trips(&answer, "tender")[0]["took"]),
        (&json!(0), &json!(2_000))
    );
}

#[tokio::test]
async fn what_the_bus_does_not_take_goes_a_minute_later_and_counts_from_when_it_was_wanted() {
    let world = World::new().await;
    minutes(&world, 3).await;
    world.pass(SignedDuration::from_mins(15));
    world.aws.with(|traffic| traffic.bus_down = true);
    assert!(
        world.canary.consume(json!({})).await.is_err(),
        "its alarm on errors rings"
    );
    world.aws.with(|traffic| traffic.bus_down = false);
    let mails = minutes(&world, 2).await;
    assert_eq!(
        mails
            .iter()
            .filter(|mail| mail.subject.contains("Nouveau dépôt"))
            .count(),
        1
    );
    let answer = strike(&world).await;
    assert_eq!(answer["age"], 0);
}

#[tokio::test]
async fn what_is_lost_rings_for_an_hour_and_then_stands_in_nobody_s_way() {
    let world = World::new().await;
    minutes(&world, 3).await;
    world.pass(SignedDuration::from_mins(15));
    strike(&world).await;
    // On the bus, and never seen again.
    world.taken();
    for _ in 0..4 {
        minutes(&world, 2).await;
        world.pass(SignedDuration::from_mins(13));
    }
    let answer = strike(&world).await;
    assert_eq!(
        answer["age"], 3_600,
        "later ones are back, and this one is not"
    );
    minutes(&world, 3).await;
    let answer = strike(&world).await;
    assert_eq!(answer["age"], 0, "{answer}");
}

#[tokio::test]
async fn what_is_lost_rings_for_a_day_if_nothing_after_it_comes_back() {
    let world = World::new().await;
    minutes(&world, 20).await;
    world.pass(SignedDuration::from_mins(15));
    strike(&world).await;
    // On the bus, and never seen again.
    world.taken();
    world.pass(SignedDuration::from_hours(24));
    assert_eq!(strike(&world).await["age"], 86_400);
    world.pass(SignedDuration::from_secs(1));
    assert_eq!(strike(&world).await["age"], 1, "of the next day's");
}

#[tokio::test]
async fn its_day_begins_at_eight_in_the_evening_and_the_day_before_goes_an_hour_later() {
    let world = World::new().await;
    minutes(&world, 20).await;
    let of = async |day: &str| {
        let day = format!("{NAME}-2026-11-{day}");
        let traces = traces(&world).await;
        traces.iter().any(|item| item.contains(&day))
    };
    at(&world, 19, 58);
    minute(&world).await;
    assert!(!of("24").await, "19:59");
    minute(&world).await;
    assert!(of("24").await, "20:00");
    at(&world, 20, 59);
    minute(&world).await;
    assert!(of("23").await, "21:00");
    minute(&world).await;
    assert!(!of("23").await, "21:01");
}

#[tokio::test]
async fn a_canary_whose_address_was_condemned_or_whose_account_is_gone_is_mended() {
    let world = World::new().await;
    minutes(&world, 3).await;
    world
        .set(
            &format!("ACCOUNT#{NAME}"),
            "ACCOUNT",
            "emailStatus",
            AttributeValue::S("undeliverable".to_owned()),
        )
        .await;
    world.pass(SignedDuration::from_mins(15));
    assert_eq!(
        minutes(&world, 3)
            .await
            .iter()
            .filter(|mail| mail.subject.contains("Nouveau dépôt"))
            .count(),
        1
    );
}

/// The end of what the canary leaves: two days, and then it is switched off.
#[tokio::test]
async fn a_day_after_it_was_switched_off_nothing_of_it_is_left() {
    let mut world = World::new().await;
    let mut most = 0;
    for _ in 0..50 {
        minutes(&world, 2).await;
        world.pass(SignedDuration::from_mins(58));
        most = most.max(traces(&world).await.len());
    }
    // A day has some 25 tenders here, each a fact and a delivery; with the day before for an hour.
    assert!((40..140).contains(&most), "{most}");
    let before = traces(&world).await;
    let old = before
        .iter()
        .filter(|item| item.contains("vigie-canary-2026-11-24"))
        .count();
    assert_eq!(old, 0, "{before:?}");

    world.canary.on = false;
    let answer = strike(&world).await;
    assert_eq!(answer["on"], false);
    world.settle().await;
    world.pass(SignedDuration::from_hours(24));
    world.sweep().await;
    strike(&world).await;
    assert_eq!(traces(&world).await, Vec::<String>::new());
    assert_eq!(
        world.table.items().await.len(),
        0,
        "not even an entry of open work, or a count"
    );
    assert_eq!(world.rejections(), Vec::<String>::new());
}

/// If nobody comes to clear up, the table does.
#[tokio::test]
async fn what_it_writes_itself_has_a_day_to_live() {
    let world = World::new().await;
    minutes(&world, 2).await;
    let items = world
        .table
        .items()
        .await
        .into_iter()
        .map(|item| serde_dynamo::from_item::<_, Value>(item).expect("JSON"));
    let own = items.filter(|item| {
        let (pk, sk) = (
            item["pk"].as_str().expect("a key"),
            item["sk"].as_str().expect("a key"),
        );
        pk.starts_with("EMAIL#") || sk == "ENTITY" || sk == "ACCOUNT" || sk.starts_with("TRIP#")
    });
    let limit = (world.now() + SignedDuration::from_hours(25)).as_second();
    let lives: Vec<_> = own
        .map(|item| item["ttl"].as_i64().expect("a time to live"))
        .collect();
    assert!(
        lives.len() >= 5 && lives.iter().all(|ttl| *ttl <= limit),
        "{lives:?}"
    );
}
