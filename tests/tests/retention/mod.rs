//! Deletions by the clock: consultations that have been over for 13 months, invitations that nobody
//! accepted in 30 days.

mod consultations;
mod invitations;

use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_tests::World;

/// Two sweeps at once. One may meet the other and leave its entry to the next.
async fn sweep_twice_at_once(world: &World) {
    let sweep = || world.scheduler.consume(json!({}));
    let (a, b) = tokio::join!(sweep(), sweep());
    assert!(a.is_ok() || b.is_ok());
    world.settle().await;
}

/// Every item, as text, that names something.
async fn traces(world: &World, name: &str) -> Vec<String> {
    // The audit keeps ids for a year, with the organisation and with who did it; the account's own
    // copies go.
    let is_audit = |item: &Value| {
        item["sk"]
            .as_str()
            .is_some_and(|sk| sk.starts_with("AUDIT#"))
            && item["pk"] != format!("ACCOUNT#{}", name)
    };
    let items = world
        .table
        .items()
        .await
        .into_iter()
        .map(|item| serde_dynamo::from_item::<_, Value>(item).expect("JSON"));
    let items = items
        .filter(|item| !is_audit(item))
        .map(|item| item.to_string());
    items.filter(|item| item.contains(name)).collect()
}

/// The open work of a kind, by what it is about.
async fn open(world: &World, kind: &str) -> Vec<String> {
    let items = world.table.items().await.into_iter();
    let mut found: Vec<_> = items
        .filter(|item| item["pk"].as_s().is_ok_and(|pk| pk.starts_with("OPEN#")))
        .map(|item| item["sk"].as_s().expect("a key").clone())
        .filter(|sk| sk.contains(&format!("#{kind}#")))
        .collect();
    found.sort();
    found
}
