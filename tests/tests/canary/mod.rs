//! The canary: a synthetic tender that goes the whole way and back, seen by nobody, and leaving
//! nothing.

mod flight;
mod hidden;

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_domain::canary::{ADDRESS, NAME};
use vigie_tests::{World, fake_aws::Mail};

/// One strike of the canary's clock, and what it answers; nothing else happens yet.
async fn strike(world: &World) -> Value {
    world.canary.consume(json!({})).await.expect("a flight")
}

/// A minute: the clocks strike, everything that follows is done, and SES's simulator takes the
/// canary's mails and says so. Those mails.
async fn minute(world: &World) -> Vec<Mail> {
    world.pass(SignedDuration::from_mins(1));
    strike(world).await;
    world.settle().await;
    world.sweep().await;
    let mails = world.mails_to(ADDRESS);
    world.empty_inbox();
    for mail in &mails {
        world.ses_says(mail, "sent").await;
        world.ses_says(mail, "delivered").await;
    }
    mails
}

/// So many minutes.
async fn minutes(world: &World, count: usize) -> Vec<Mail> {
    let mut mails = Vec::new();
    for _ in 0..count {
        mails.extend(minute(world).await);
    }
    mails
}

/// Lets the time come that it is at an hour of the present day in Paris.
fn at(world: &World, hour: i8, minute: i8) {
    let now = world.now().to_zoned_datetime(vigie_domain::paris::PARIS);
    let then = now
        .with()
        .hour(hour)
        .minute(minute)
        .build()
        .expect("a time");
    let wait = then.duration_since(&now);
    assert!(wait.is_positive(), "time goes forward");
    world.pass(wait);
}

/// The trips that an answer tells of, of one kind.
fn trips<'a>(answer: &'a Value, leg: &str) -> Vec<&'a Value> {
    answer["trips"]
        .as_array()
        .expect("trips")
        .iter()
        .filter(|trip| trip["leg"] == leg)
        .collect()
}

/// Every item, as text, that names the canary or its address.
async fn traces(world: &World) -> Vec<String> {
    let items = world.table.items().await.into_iter().map(|item| {
        serde_dynamo::from_item::<_, Value>(item)
            .expect("JSON")
            .to_string()
    });
    items.filter(|item| item.contains(NAME)).collect()
}
