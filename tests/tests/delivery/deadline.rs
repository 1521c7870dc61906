//! No call of SES begins later than a message has time for, whatever was waited for.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_mailer::{Mailer, Pace};
use vigie_tests::{
    World,
    fake_aws::Fault,
    feedback::said_of,
    scenario::{alerts, tender},
    wire::Fate,
    world::sqs,
};

use crate::delivery::{End, alert, ended, faults, ses_calls, work};

/// A worker whose messages have so much time.
fn within(world: &World, sending: Duration) -> Mailer {
    let pace = || Pace::new(1_000_000, 1).within(sending);
    Mailer {
        pace: pace(),
        account_pace: pace(),
        ..world.another_mailer()
    }
}

#[tokio::test]
async fn waiting_after_ses_throttled_is_not_beyond_it() {
    let (world, crowd, due) = alert(3).await;
    faults(&world, [Fault::Throttle, Fault::Throttle]);
    let mailer = within(&world, Duration::from_millis(100));
    // The pause after the first refusal is longer.
    assert_eq!(ended(&mailer, sqs(&due[0], 1)).await, End::Back);
    assert_eq!(ses_calls(&world), 1);
    world.aws.with(|traffic| traffic.faults.clear());
    assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd);
}

/// One message of each sort that mails: an alert, a daily mail, notices without one, mails about
/// accounts, a test alert.
async fn each_sort() -> (Arc<World>, Vec<Value>) {
    let (world, ada) = World::with("EMS").await;
    let [bruno, chloe, dora] =
        ["Bruno", "Chloe", "Dora"].map(|name| world.agent(&ada, "EMS", name));
    let (bruno, chloe, dora) = (bruno.await, chloe.await, dora.await);
    world
        .consultation("c-1", "EMS", &ada, &[&bruno, &chloe, &dora])
        .await;
    for person in [&bruno, &chloe, &dora] {
        world.star(person, "c-1").await;
    }
    for person in [&bruno, &dora] {
        world.wants_everything(person).await;
    }
    for person in [&chloe, &ada] {
        person
            .put(&world, "/alerts", alerts("daily"))
            .await
            .expect(200);
    }
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    // The administrator is told of the first at once, and of the second by a list.
    for person in [&bruno, &dora] {
        let mail = world.last_mail(&person.email);
        world.pass(SignedDuration::from_secs(1));
        world
            .hears(said_of(
                &mail,
                "bounced-permanent",
                world.now(),
                world.now(),
            ))
            .await;
    }
    world.pass(SignedDuration::from_hours(24));
    world.invite(&ada, "EMS", "David").await;
    chloe
        .post(&world, "/alerts/test", json!({}))
        .await
        .expect(202);
    ada.put(&world, "/alerts", alerts("immediate"))
        .await
        .expect(200);
    world.star(&ada, "c-1").await;
    world.pass(SignedDuration::from_secs(1));
    world.publish("TenderReceived", tender("c-1", "d-2"));
    let mut due = world.due().await;
    vigie_aws::Consumer::consume(&world.scheduler, json!({}))
        .await
        .expect("a sweep");
    due.extend(world.due().await);
    world.empty_inbox();
    ses_calls(&world);
    (Arc::new(world), due)
}

#[tokio::test]
async fn without_time_no_sort_of_mail_is_begun_and_each_goes_with_the_next_receive() {
    let (world, due) = each_sort().await;
    let sorts: Vec<_> = due
        .iter()
        .map(|event| format!("{} {}", event["detail-type"], event["detail"]["mail"]))
        .collect();
    assert!(sorts.len() >= 5, "{sorts:?}");
    let mailer = within(&world, Duration::ZERO);
    let mut back = Vec::new();
    // What is read takes some of the time.
    world
        .wire
        .rule("slow", |_| Some(Fate::Late(Duration::from_millis(1))));
    for event in &due {
        if ended(&mailer, sqs(event, 1)).await == End::Back {
            back.push(event);
        }
    }
    world.wire.lift("slow");
    assert_eq!(ses_calls(&world), 0);
    for event in &back {
        assert_eq!(work(&world, event, 2).await, End::Acknowledged, "{event}");
    }
    let subjects: Vec<_> = world.mails().into_iter().map(|mail| mail.subject).collect();
    for expected in [
        "Nouveau dépôt",
        "Vos alertes du",
        "Des agents ne reçoivent plus",
        "Alerte d’essai",
        "compte",
    ] {
        assert!(
            subjects.iter().any(|subject| subject.contains(expected)),
            "{expected}: {subjects:?} of {sorts:?}"
        );
    }
}
