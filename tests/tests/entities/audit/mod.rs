//! The audit: who did what to whom, in ids only, a year back, for the administrators of the tree
//! and in one's own export.

mod entries;
mod mails;
mod readers;

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{World, scenario::Person};

use crate::entities::{at, organisation};

/// All pages, newest first.
async fn audit(world: &World, by: &Person, entity: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world
            .get(
                &by.login,
                &format!("{}/audit?limit={limit}{cursor}", at(entity)),
            )
            .await
            .expect(200)
            .json;
        let found = page["items"].as_array().expect("items");
        assert!(found.len() <= limit);
        items.extend(found.iter().cloned());
        let Some(next) = page["cursor"].as_str() else {
            return items;
        };
        assert_ne!(cursor, format!("&cursor={next}"), "it does not go on");
        cursor = format!("&cursor={next}");
    }
}

fn whats(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item["what"].as_str().expect("a word"))
        .collect()
}

#[tokio::test]
async fn what_was_told_is_kept_a_year() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    world.invite(&ada, "EMS-DSI", "Nadia").await;
    let kept = (world.now() + SignedDuration::from_hours(365 * 24))
        .as_second()
        .to_string();
    let entries: Vec<_> = world
        .table
        .items()
        .await
        .into_iter()
        .filter(|item| item["sk"].as_s().is_ok_and(|sk| sk.starts_with("AUDIT#")))
        .collect();
    assert!(entries.len() > 6 && entries.iter().all(|item| item["ttl"].as_n() == Ok(&kept)));
}

/// An invitation that nobody accepted goes by the clock: no person did it.
#[tokio::test]
async fn what_the_clock_erases_is_told_without_an_actor() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let invited = world.invite(&ada, "EMS-DSI", "Nadia").await;
    world.settle().await;
    world.pass(SignedDuration::from_hours(31 * 24));
    world.sweep().await;
    let newest = audit(&world, &ada, "EMS", 1).await.remove(0);
    assert_eq!(
        (
            &newest["what"],
            &newest["actorAccountId"],
            &newest["targetAccountId"]
        ),
        (&json!("invitationExpired"), &Value::Null, &json!(invited))
    );
}
