//! Rows that an import begins.

use std::time::Duration;

use vigie_tests::{World, wire::Service};

use crate::promises::{Late, last};

/// Of the function's ten seconds; the client sends the rest again.
#[tokio::test]
async fn an_import_begins_no_row_after_six_seconds() {
    let (world, ada) = World::with("EMS").await;
    let rows: String = (0..80)
        .map(|i| format!("A{i};B;a{i}@agents.example.fr\n"))
        .collect();
    let calls = Late::by(&world, Service::Table, Duration::from_millis(100));
    let asked = world
        .request("POST", "/v1/entities/EMS/agents/import?dryRun=false")
        .by(&ada.login);
    let report = asked
        .raw("text/csv", &format!("prénom;nom;courriel\n{rows}"))
        .send()
        .await
        .expect(200)
        .json;
    let done = report["created"].as_u64().expect("a number");
    assert!(done > 0 && report["notTried"] == 80 - done, "{report}");
    // Counted from when the caller was let in.
    let latest = last(&calls.calls_of(|operation| operation == "TransactWriteItems"));
    assert!((5.9..=6.5).contains(&latest), "{latest}");
}
