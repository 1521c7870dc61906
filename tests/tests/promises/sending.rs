//! The time that a function has: which call may still begin, and when its place is free again.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_domain::account::preferences::Rule;
use vigie_mailer::{Mailer, Pace};
use vigie_runtime::clock;
use vigie_tests::{
    World,
    feedback::said_of,
    scenario::{alerts, saved, tender},
    wire::Service,
    world::sqs,
};

use crate::promises::{Late, last};

const SECOND: Duration = Duration::from_secs(1);

/// A consultation that so many agents follow, and the alerts of a tender that wait for the mailer.
async fn alert(followers: usize) -> (Arc<World>, Vec<Value>) {
    let (world, ada) = World::with("EMS").await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    world.crowd("EMS", "c-1", followers).await;
    world.publish("TenderReceived", tender("c-1", "d-1"));
    let due = world.due().await;
    (Arc::new(world), due)
}

async fn acknowledged(mailer: &Mailer, event: &Value) -> bool {
    mailer.consume(sqs(event, 1)).await.expect("an answer")["batchItemFailures"] == json!([])
}

/// The last call may begin 18 s after its message came in: it takes 10 s at most, and the function
/// ends after 30.
#[tokio::test]
async fn no_alert_is_begun_that_might_not_be_recorded() {
    // By the pace alone; by a slow SES alone; by both.
    for (rate, workers, late, least) in [
        (10, 7, 0, 17.5),
        (1_000_000, 1_000_000, 2900, 17.4),
        (10, 35, 3400, 17.5),
    ] {
        let (world, due) = alert(40).await;
        let calls = Late::by(&world, Service::Ses, Duration::from_millis(late));
        let mailer = Mailer {
            pace: Pace::new(rate, workers),
            ..world.another_mailer()
        };
        assert!(!acknowledged(&mailer, &due[0]).await, "the rest comes back");
        let begun = calls.calls();
        assert!(
            (least..=18.0).contains(&last(&begun)),
            "{rate}/{workers}, {late} ms: {begun:?}"
        );
    }
}

#[tokio::test]
async fn a_call_that_takes_as_long_as_it_may_is_the_last_but_one() {
    let (world, due) = alert(3).await;
    let calls = Late::by(&world, Service::Ses, 10 * SECOND);
    let mailer = Mailer {
        pace: Pace::new(1, 1),
        ..world.another_mailer()
    };
    let begun = clock::instant();
    assert!(!acknowledged(&mailer, &due[0]).await);
    assert_eq!(
        calls
            .calls()
            .iter()
            .map(|at| at.round())
            .collect::<Vec<_>>(),
        [0.0, 10.0]
    );
    assert!(begun.elapsed() <= 25 * SECOND, "{:?}", begun.elapsed());
}

/// A day with more news than one mail takes, and a slow SES.
#[tokio::test]
async fn no_daily_mail_is_begun_that_might_not_be_recorded() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    bruno
        .put(&world, "/alerts", alerts("daily"))
        .await
        .expect(200);
    world
        .save("c-1", 1, "EMS", &bruno.id, "drafting", &[])
        .await;
    for i in 0..140 {
        let url = format!("https://marches.example.fr/q{i:03}/{}", "x".repeat(1900));
        let question = json!({"consultationId": "c-1", "questionId": format!("q-{i}"), "receivedAt": "2026-11-24T09:00:00+01:00",
            "hasAttachment": true, "url": url});
        world.publish("QuestionReceived", question);
    }
    world.settle().await;
    world.empty_inbox();
    let morning: jiff::Timestamp = "2026-11-25T07:00:00+01:00".parse().expect("a time");
    world.pass(morning.duration_since(world.now()));
    world.scheduler.consume(Value::Null).await.expect("a sweep");
    let due = world.taken();
    let calls = Late::by(&world, Service::Ses, 10 * SECOND);
    let mailer = world.another_mailer();
    assert!(!acknowledged(&mailer, &due[0]).await, "the rest comes back");
    assert_eq!(
        calls
            .calls()
            .iter()
            .map(|at| at.round())
            .collect::<Vec<_>>(),
        [0.0, 10.0]
    );
}

/// One message about an account may make many mails, and each is one of the rate.
#[tokio::test]
async fn each_mail_about_an_account_waits_for_its_turn_and_comes_with_a_later_receive_without_one()
{
    let (world, ada) = World::with("EMS").await;
    for name in ["Bruno", "Chloe", "Dora"] {
        world.administrator(&ada, "EMS", name).await;
    }
    let elif = world.agent(&ada, "EMS", "Elif").await;
    elif.post(&world, "/alerts/test", json!({}))
        .await
        .expect(202);
    world.settle().await;
    let mail = world.last_mail(&elif.email);
    world.pass(jiff::SignedDuration::from_secs(1));
    let bounced = said_of(&mail, "bounced-permanent", world.now(), world.now());
    assert!(world.hand(&bounced, 1).await);
    let due = world.due().await;
    world.empty_inbox();

    let calls = Late::by(&world, Service::Ses, Duration::ZERO);
    let mailer = Mailer {
        account_pace: Pace::new(1, 8),
        ..world.another_mailer()
    };
    assert!(!acknowledged(&mailer, &due[0]).await, "one comes back");
    let begun: Vec<_> = calls.calls().iter().map(|at| at.round()).collect();
    assert_eq!(begun, [0.0, 8.0, 16.0]);
    assert!(acknowledged(&world.another_mailer(), &due[0]).await);
    let mut told: Vec<_> = world.mails().into_iter().map(|mail| mail.to).collect();
    told.sort();
    told.dedup();
    assert_eq!((told.len(), world.mails().len()), (4, 4), "{told:?}");
}

/// The function is ended after 30 s; until then it keeps its place while the time of its mails
/// runs.
#[tokio::test]
async fn a_place_is_kept_25_seconds_at_most() {
    let (world, due) = alert(1).await;
    let _late = Late::by(&world, Service::Ses, Duration::from_millis(12_000));
    let mailer = Mailer {
        pace: Pace::new(1, 60),
        ..world.another_mailer()
    };
    let begun = clock::instant();
    assert!(acknowledged(&mailer, &due[0]).await);
    let kept = begun.elapsed().as_secs_f64();
    assert!((24.9..=25.1).contains(&kept), "{kept}");
}

/// The rest of the function's 30 s is for work that has begun.
#[tokio::test]
async fn a_sweep_takes_up_nothing_after_20_seconds() {
    let (world, ada) = World::with("EMS").await;
    for i in 0..30 {
        world
            .save(&format!("c-{i}"), 1, "EMS", &ada.id, "consultation", &[])
            .await;
    }
    let deadline: jiff::Timestamp = "2027-02-01T12:05:00+01:00".parse().expect("a time");
    world.pass(deadline.duration_since(world.now()));
    let calls = Late::by(&world, Service::Table, SECOND / 4);
    world.scheduler.consume(Value::Null).await.expect("a sweep");
    // Each piece of work reads first.
    let latest = last(&calls.calls_of(|operation| operation == "GetItem"));
    assert!((19.0..=20.5).contains(&latest), "{latest}");
}

/// Measuring keeps nobody from their work.
#[tokio::test]
async fn a_sweep_waits_two_seconds_for_what_ses_tells_of_the_daily_quota() {
    let world = World::new().await;
    let calls = Late::by(&world, Service::Ses, 10 * SECOND);
    let begun = clock::instant();
    world.scheduler.consume(Value::Null).await.expect("a sweep");
    let waited = begun.elapsed().as_secs_f64();
    assert!((2.0..=2.1).contains(&waited), "{waited}");
    assert_eq!(calls.calls().len(), 1);
}

/// Each receive of a save gives the stars of one page of watchers at least, and takes up no other
/// page after 20 seconds.
#[tokio::test]
async fn a_save_takes_up_no_watchers_after_20_seconds() {
    let (world, ada) = World::with("EMS").await;
    world.watchers("EMS", Rule::OwnEntity, 3000);
    let calls = Late::by(&world, Service::Table, SECOND / 2);
    let event = json!({"source": "procurement", "detail-type": "ConsultationSaved",
        "detail": saved("c-1", 1, "EMS", &ada.id, "drafting", &[])});
    assert!(!world.hand(&event, 1).await, "the rest comes back");
    let pages = calls.calls_of(|operation| operation == "Query");
    assert!((15.0..=20.0).contains(&last(&pages)), "{pages:?}");
}
