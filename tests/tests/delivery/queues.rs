//! Alerts and mails about accounts wait in queues of their own, and share the rate of SES.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use tokio::{task::LocalSet, time::Instant};
use vigie_mailer::{Mailer, Pace};
use vigie_tests::{World, scenario::tender, world::route};

use crate::delivery::{End, alert, ended, sqs};

/// Agents that another organisation imports.
const IMPORTED: usize = 60;
const FOLLOWERS: usize = 20;

/// Workers at a queue, as the template has them.
const WORKERS: u32 = 2;

fn paced(world: &World) -> Mailer {
    let (pace, account_pace) = Pace::divide(400, WORKERS, WORKERS);
    Mailer {
        pace,
        account_pace,
        ..world.another_mailer()
    }
}

/// Works off what is due, as the queues' workers do: each takes the next message of its queue when
/// it is done with one. How many mails of the import went before the last alert.
async fn before_the_alert(queue_of: fn(&Value) -> &'static str) -> usize {
    let world = World::new().await;
    let (ada, grace) = (
        world.organisation("EMS").await,
        world.organisation("COLMAR").await,
    );
    world.consultation("c-1", "EMS", &ada, &[]).await;
    world.crowd("EMS", "c-1", FOLLOWERS).await;
    world.empty_inbox();
    for i in 0..IMPORTED {
        world.invite(&grace, "COLMAR", &format!("Agent{i}")).await;
    }
    let mut due = world.due().await;
    world.publish("TenderReceived", tender("c-1", "d-1"));
    due.extend(world.due().await);
    let mut queues: BTreeMap<_, VecDeque<Value>> = BTreeMap::new();
    for event in due {
        queues.entry(queue_of(&event)).or_default().push_back(event);
    }

    let (world, work) = (Arc::new(world), LocalSet::new());
    for queue in queues.into_values().map(Mutex::new).map(Arc::new) {
        for _ in 0..WORKERS {
            let (queue, mailer) = (Arc::clone(&queue), paced(&world));
            work.spawn_local(async move {
                while let Some(event) = next(&queue) {
                    assert_eq!(ended(&mailer, sqs(&event, 1)).await, End::Acknowledged);
                }
            });
        }
    }
    work.await;
    let mails = world.mails();
    assert_eq!(mails.len(), IMPORTED + FOLLOWERS);
    let last = mails
        .iter()
        .rposition(|mail| mail.subject.contains("dépôt"))
        .expect("an alert");
    mails[..last]
        .iter()
        .filter(|mail| mail.to.starts_with("agent"))
        .count()
}

fn next(queue: &Mutex<VecDeque<Value>>) -> Option<Value> {
    queue.lock().expect("a lock").pop_front()
}

#[tokio::test]
async fn an_import_does_not_stand_before_another_organisation_s_alert() {
    let before = before_the_alert(|event| route(event).expect("a queue")).await;
    assert!(
        before < IMPORTED / 4,
        "{before} mails of the import went first"
    );
}

/// The reason for two queues: in one queue with the import, the alert goes only after it.
#[tokio::test]
async fn in_one_queue_it_would() {
    let before = before_the_alert(|_| "mailer").await;
    assert!(
        before > IMPORTED * 3 / 4,
        "{before} mails of the import went first"
    );
}

/// So many places, so many mails a second: a place is not free before the time of its mails is
/// over, and not taken longer by what the same process sent for the other queue.
#[tokio::test]
async fn a_worker_keeps_its_place_until_the_time_of_its_mails_is_over() {
    let (world, _, due) = alert(3).await;
    let mailer = Mailer {
        pace: Pace::new(10, 1),
        account_pace: Pace::new(1, 10),
        ..world.another_mailer()
    };
    mailer.account_pace.book(1);
    let begun = Instant::now();
    assert_eq!(ended(&mailer, sqs(&due[0], 1)).await, End::Acknowledged);
    let mails = u32::try_from(world.mails().len()).expect("few");
    assert!(
        begun.elapsed() >= Duration::from_millis(100) * mails,
        "{:?}",
        begun.elapsed()
    );
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}
