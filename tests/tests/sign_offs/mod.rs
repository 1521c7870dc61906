//! Approvals and validations that a consultation waits for: what ends a request, and the one
//! reminder of what still waits.

mod ends;
mod reminders;

use std::sync::Arc;

use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{Person, saved},
};

/// Approval and validation: the detail-types that ask and end, the kind of a reminder, and the
/// subjects.
const BOTH: [SignOff; 2] = [
    SignOff {
        asks: "ApprovalRequested",
        ends: "ApprovalGiven",
        reminder: "approvalReminded",
        asked: "[21-166157] À approuver",
        reminds: "[21-166157] Rappel\u{a0}: à approuver pour le ",
    },
    SignOff {
        asks: "ValidationRequested",
        ends: "ValidationGiven",
        reminder: "validationReminded",
        asked: "[21-166157] À valider",
        reminds: "[21-166157] Rappel\u{a0}: à valider pour le ",
    },
];

#[derive(Clone, Copy)]
struct SignOff {
    asks: &'static str,
    ends: &'static str,
    reminder: &'static str,
    asked: &'static str,
    reminds: &'static str,
}

const APPROVAL: SignOff = BOTH[0];

/// A released consultation `c-1` of `EMS-DSI`, on Tuesday 24 November 2026 at 9:00; its author
/// follows it and wants every alert.
async fn followed() -> (Arc<World>, Person, Person) {
    let (world, ada) = World::with("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    let author = world.agent(&ada, "EMS-DSI", "Author").await;
    world.wants_everything(&author).await;
    for (revision, phase) in [(1, "drafting"), (2, "consultation")] {
        world
            .send("ConsultationSaved", save(revision, &author, phase))
            .await;
    }
    world.empty_inbox();
    (Arc::new(world), ada, author)
}

/// A save without a deadline, so that nothing is due but reminders.
fn save(revision: u64, author: &Person, phase: &str) -> Value {
    let mut detail = saved("c-1", revision, "EMS-DSI", &author.id, phase, &[]);
    detail["submissionDeadline"] = Value::Null;
    detail
}

fn request(id: &str, level: &Value, wanted_on: &str) -> Value {
    json!({"consultationId": "c-1", "requestId": id, "level": level, "requestedBy": "Hélène Weber", "wantedOn": wanted_on})
}

/// An end of a level; of all with `null`.
fn end(id: &str, level: &Value, outcome: &str) -> Value {
    json!({"consultationId": "c-1", "requestId": id, "level": level, "at": "2026-11-24T09:00:00+01:00", "outcome": outcome})
}

/// Lets the clock come to a time, and strike.
async fn at(world: &World, time: &str) {
    world.sweep_at(time).await;
}

/// The subjects of the mails sent so far.
fn subjects(world: &World) -> Vec<String> {
    let mut subjects: Vec<_> = world.mails().into_iter().map(|mail| mail.subject).collect();
    subjects.sort();
    subjects
}
