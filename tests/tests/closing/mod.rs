//! The closing digest: once per deadline that really passed, with what was recorded until then.

mod deadlines;
mod overtaken;
mod sweeps;

use std::sync::Arc;

use serde_json::{Value, json};
use vigie_tests::{
    World,
    fake_aws::Mail,
    scenario::{Person, saved, tender},
};

/// The deadline of these tests: three hours after the world begins.
const DEADLINE: &str = "2026-11-24T12:00:00+01:00";

/// A released consultation `c-1` of `EMS-DSI` with that deadline; its author follows it and wants
/// every alert.
async fn followed() -> (Arc<World>, Person, Person) {
    let (world, ada) = World::with("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    let author = world.agent(&ada, "EMS-DSI", "Author").await;
    world.wants_everything(&author).await;
    closes(&world, 1, &author, "drafting", DEADLINE).await;
    closes(&world, 2, &author, "consultation", DEADLINE).await;
    world.empty_inbox();
    (Arc::new(world), ada, author)
}

fn closing_at(revision: u64, author: &Person, phase: &str, deadline: &str) -> Value {
    let mut detail = saved("c-1", revision, "EMS-DSI", &author.id, phase, &[]);
    detail["submissionDeadline"] = json!(deadline);
    detail
}

/// The portal saves `c-1` with a deadline.
async fn closes(world: &World, revision: u64, author: &Person, phase: &str, deadline: &str) {
    let detail = closing_at(revision, author, phase, deadline);
    world.send("ConsultationSaved", detail).await;
}

/// A deposit at a time.
fn deposit(id: &str, channel: &str, at: &str) -> Value {
    let mut detail = tender("c-1", id);
    detail["channel"] = json!(channel);
    detail["receivedAt"] = json!(at);
    detail
}

fn withdrawal(id: &str, channel: &str) -> Value {
    json!({"consultationId": "c-1", "withdrawalId": id, "at": "2026-11-24T09:00:00+01:00", "channel": channel})
}

/// The digests sent so far.
fn digests(world: &World) -> Vec<Mail> {
    world
        .mails()
        .into_iter()
        .filter(|mail| mail.subject.contains("Clôture"))
        .collect()
}

/// The number in a row of the digest.
#[track_caller]
fn row(mail: &Mail, label: &str) -> u64 {
    let line = mail
        .text
        .lines()
        .find_map(|line| line.trim().strip_prefix(&format!("{label}\u{a0}: ")));
    let line = line.unwrap_or_else(|| panic!("no {label}: {}", mail.text));
    line.parse().unwrap_or_else(|e| panic!("{line}: {e}"))
}

/// Counts the open closings.
async fn closings(world: &World) -> usize {
    let items = world.table.items().await;
    items
        .iter()
        .filter(|item| item["pk"].as_s().is_ok_and(|pk| pk.starts_with("OPEN#")))
        .filter(|item| item["sk"].as_s().is_ok_and(|sk| sk.contains("#closing#")))
        .count()
}
