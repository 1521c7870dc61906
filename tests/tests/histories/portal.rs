//! The procurement portal: what it has saved and sent so far, so that it can send it again as it
//! was.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date, tz::Offset};
use serde_json::{Value, json};
use vigie_domain::{consultation::fact, id::ConsultationId};
use vigie_store::Subject;

use crate::histories::{
    stage,
    steps::{AGENTS, At, CONSULTATIONS, Due, Moved, NEWCOMERS, People},
    terms::{Agent, Consultation, Entity, Fact, Kind, Named, Phase, Revision, WITHDRAWALS},
};

/// The portal's own memory.
#[derive(Clone, Debug, Default)]
pub struct Portal {
    revisions: [Vec<Revision>; CONSULTATIONS],
    deposits: BTreeMap<(Consultation, u8), Fact>,
}

/// Detail types of other facts, the alert that each is told by, and the names of its two ids.
const NEWS: [(&str, Kind, &str, &str); 6] = [
    ("MessageReceived", Kind::MessageReceived, "messageId", ""),
    ("QuestionReceived", Kind::QuestionReceived, "questionId", ""),
    (
        "NoticePublished",
        Kind::NoticePublished,
        "noticeId",
        "edition",
    ),
    (
        "NoticeRejected",
        Kind::NoticeRejected,
        "noticeId",
        "attempt",
    ),
    (
        "ApprovalRequested",
        Kind::ApprovalRequested,
        "requestId",
        "level",
    ),
    (
        "ValidationRequested",
        Kind::ApprovalRequested,
        "requestId",
        "level",
    ),
];

/// Detail types of requests, and of what ends each.
const SIGN_OFFS: [(&str, &str); 2] = [
    ("ApprovalRequested", "ApprovalGiven"),
    ("ValidationRequested", "ValidationGiven"),
];

/// The kind of alert by which a fact of this id is told.
pub fn kind_of(id: &str) -> Kind {
    let name = id.split('-').next().unwrap_or_default();
    match name {
        "d" => Kind::TenderReceived,
        "closed" => Kind::ConsultationClosed,
        _ => {
            NEWS.iter()
                .find(|(detail_type, ..)| *detail_type == name)
                .expect("a type")
                .1
        }
    }
}

/// Beginning of the link in a fact's mail: the fact's id follows.
pub const FACT_URL: &str = "https://faits.example.fr/";

impl Portal {
    /// A new revision. Phases go forward, and a deadline changes only until tenders are opened.
    pub fn save(
        &mut self,
        consultation: Consultation,
        (moved, due): (Moved, Due),
        people: People,
        entity: Option<Entity>,
        changes: &[usize],
        now: Timestamp,
    ) -> Revision {
        let before = self.revisions[consultation].last();
        let phase = match (before, moved) {
            (None, Moved::Stays) => Phase::Drafting,
            (None, moved) => moved.from(Phase::Drafting),
            (Some(before), moved) => moved.from(before.phase),
        };
        let kept = before.and_then(|revision| revision.deadline);
        let deadline = match due {
            _ if phase > Phase::Consultation && before.is_some() => kept,
            Due::Stays => kept,
            Due::None => None,
            Due::In(minutes) => Some(now + SignedDuration::from_mins(minutes)),
            Due::Former => {
                let others = self.revisions[consultation]
                    .iter()
                    .rev()
                    .filter_map(|revision| revision.deadline);
                others
                    .clone()
                    .find(|deadline| Some(*deadline) != kept)
                    .or(kept)
            }
        };
        let revision = Revision {
            number: before.map_or(1, |revision| revision.number + 1),
            phase,
            entity: entity
                .or(before.map(|revision| revision.entity))
                .unwrap_or(consultation + 1),
            author: before.map_or_else(
                || author(consultation, people, changes),
                |revision| revision.author,
            ),
            guests: (0..AGENTS)
                .filter(|agent| people.guests >> agent & 1 == 1)
                .map(|agent| guest(agent, people, changes))
                .collect(),
            deadline,
        };
        self.revisions[consultation].push(revision.clone());
        revision
    }

    /// A revision so many before the newest, or the first, if there is one.
    pub fn revision(&self, consultation: Consultation, back: usize) -> Option<Revision> {
        let revisions = &self.revisions[consultation];
        revisions
            .iter()
            .rev()
            .nth(back)
            .or(revisions.first())
            .cloned()
    }

    /// A tender; the first time decides when it was handed in. Two in six are on paper.
    pub fn deposit(
        &mut self,
        consultation: Consultation,
        number: u8,
        at: At,
        now: Timestamp,
    ) -> Fact {
        let deadline = self.revisions[consultation]
            .last()
            .and_then(|revision| revision.deadline);
        let received_at = match (at, deadline) {
            (At::Deadline(millis), Some(deadline)) => {
                deadline + SignedDuration::from_millis(millis)
            }
            _ => now,
        };
        let fact = Fact::Deposit {
            id: format!("d-{number}"),
            electronic: number < 4,
            received_at,
        };
        self.deposits
            .entry((consultation, number))
            .or_insert(fact)
            .clone()
    }

    /// Tender documents taken.
    pub fn withdrawal(number: u8) -> Fact {
        Fact::Withdrawal {
            id: format!("w-{number}"),
            channel: usize::from(number) % WITHDRAWALS.len(),
        }
    }

    /// Another fact. Those with two ids are told apart by both. Most requests want an answer within
    /// days; sent again, for another day than before.
    pub fn news(what: usize, number: u8, today: Date) -> Fact {
        let (detail_type, kind, _, second) = NEWS[what];
        let days = [2, 1, 3].get(usize::from(number));
        let wanted = days
            .filter(|_| kind == Kind::ApprovalRequested)
            .map(|days| today + days.days());
        let id = if second.is_empty() {
            format!("{detail_type}-{number}")
        } else {
            format!("{detail_type}-{}-{}", number / 2, number % 2)
        };
        Fact::News { id, kind, wanted }
    }

    /// The end of a request's level, or of both its levels.
    pub fn end(what: usize, number: u8, all: bool) -> Fact {
        let (asks, ends) = SIGN_OFFS[what];
        let (request, level) = (number / 2, number % 2);
        let of = |level: u8| format!("{asks}-{request}-{level}");
        if all {
            let id = format!("{ends}-{request}");
            let ends = vec![of(0), of(1)];
            return Fact::End { id, ends };
        }
        Fact::End {
            id: format!("{ends}-{request}-{level}"),
            ends: vec![of(level)],
        }
    }
}

/// The author of a consultation, named as at its first save ever after.
fn author(consultation: Consultation, people: People, changes: &[usize]) -> Named {
    match people.names >> (2 * AGENTS) & 7 {
        4 => Named::Agent(consultation),
        5 => Named::Address(consultation, changes[consultation]),
        6 | 7 => Named::Agent(NEWCOMERS + consultation % (AGENTS - NEWCOMERS)),
        _ => Named::Account(consultation),
    }
}

/// A guest. The portal knows no account of who comes by its word.
fn guest(agent: Agent, people: People, changes: &[usize]) -> Named {
    match people.names >> (2 * agent) & 3 {
        3 => Named::Address(agent, changes[agent]),
        0 | 1 if agent < NEWCOMERS => Named::Account(agent),
        _ => Named::Agent(agent),
    }
}

/// Names as events have them.
pub fn consultation_id(consultation: Consultation) -> String {
    format!("c-{consultation}")
}

/// Returns its id on the wire.
pub fn entity_id(entity: Entity) -> String {
    format!("E-{entity}")
}

/// Returns the portal's own id of an agent: any text.
pub fn agent_id(agent: Agent) -> String {
    format!("matricule n° {agent}")
}

/// A save, as an event. Odd revisions write their deadline as a buyer overseas does: the instant
/// decides.
pub fn saved(
    consultation: Consultation,
    revision: &Revision,
    accounts: &[String],
) -> (String, Value) {
    let offset =
        Offset::from_hours(if revision.number % 2 == 1 { 4 } else { 1 }).expect("an offset");
    let mut detail = json!({
        "consultationId": consultation_id(consultation),
        "revision": revision.number,
        "reference": consultation_id(consultation),
        "title": format!("Révision {}", revision.number),
        "organisation": "Organisme",
        "entityId": entity_id(revision.entity),
        "author": person(revision.author, accounts),
        "phase": revision.phase.name(),
        "guests": revision.guests.iter().map(|guest| person(*guest, accounts)).collect::<Vec<_>>(),
    });
    if let Some(deadline) = revision.deadline {
        detail["submissionDeadline"] = json!(deadline.display_with_offset(offset).to_string());
    }
    ("ConsultationSaved".to_owned(), detail)
}

/// A person, as in an event.
fn person(named: Named, accounts: &[String]) -> Value {
    match named {
        Named::Account(agent) => json!(accounts[agent]),
        Named::Agent(agent) => json!({"agentId": agent_id(agent)}),
        Named::Address(agent, changes) => json!({"email": stage::address(agent, changes)}),
    }
}

/// A fact, as an event.
pub fn happened(consultation: Consultation, fact: &Fact) -> (String, Value) {
    let (detail_type, mut detail) = match fact {
        Fact::Deposit {
            id,
            electronic,
            received_at,
        } => {
            let channel = if *electronic { "electronic" } else { "paper" };
            (
                "TenderReceived",
                json!({"depositId": id, "depositNumber": id, "receivedAt": received_at, "channel": channel, "lots": ["1"]}),
            )
        }
        Fact::Withdrawal { id, channel } => (
            "DocumentsWithdrawn",
            json!({"withdrawalId": id, "at": "2026-11-24T09:00:00+01:00", "channel": WITHDRAWALS[*channel]}),
        ),
        Fact::News { id, wanted, .. } => {
            let (name, ids) = id.split_once('-').expect("an id");
            let (detail_type, _, first, second) = NEWS
                .iter()
                .find(|(detail_type, ..)| *detail_type == name)
                .expect("a type");
            let mut detail = json!({
                "receivedAt": "2026-11-24T09:00:00+01:00", "messageType": "Complément", "hasAttachment": true, "noticeNumber": "26-1",
                "publishedOn": "2026-11-24", "reasons": ["Code CPV absent"], "requestedBy": "Zélie Xantippe", "wantedOn": wanted, "url": format!("{FACT_URL}{id}"),
            });
            let (one, two) = ids.split_once('-').unwrap_or((ids, ""));
            detail[first] = json!(format!("i-{one}"));
            if !second.is_empty() {
                detail[second] = json!(two.parse::<u32>().expect("a number"));
            }
            (*detail_type, detail)
        }
        Fact::End { id, .. } => {
            let mut parts = id.split('-');
            let (ends, request) = (parts.next(), parts.next().expect("a request"));
            let level: Option<u32> = parts.next().map(|level| level.parse().expect("a number"));
            let (_, detail_type) = SIGN_OFFS
                .iter()
                .find(|(_, detail_type)| Some(*detail_type) == ends)
                .expect("a type");
            let outcome = if level == Some(0) { "given" } else { "refused" };
            (
                *detail_type,
                json!({"requestId": format!("i-{request}"), "level": level, "at": "2026-11-24T09:00:00+01:00", "outcome": outcome}),
            )
        }
        Fact::Closed { .. } | Fact::Reminded { .. } => {
            unreachable!("the clock tells that, not the portal")
        }
    };
    detail["consultationId"] = json!(consultation_id(consultation));
    (detail_type.to_owned(), detail)
}

/// Returns the name of the delivery by which a fact is told.
pub fn delivery_of(consultation: Consultation, fact: &Fact) -> String {
    let id = ConsultationId::parse(&consultation_id(consultation)).expect("an id");
    let (kind, key) = match fact {
        Fact::Closed { deadline, .. } => ("consultationClosed", deadline.to_string()),
        Fact::Reminded { of, kind } => {
            let asked = Fact::News {
                id: of.clone(),
                kind: *kind,
                wanted: None,
            };
            let (detail_type, detail) = happened(consultation, &asked);
            let (_, fact) = fact::Fact::from_event(&detail_type, &detail)
                .expect("a type of ours")
                .expect("a fact");
            let reminder = match detail_type.as_str() {
                "ApprovalRequested" => "approvalReminded",
                _ => "validationReminded",
            };
            (reminder, fact.key())
        }
        fact => {
            let (detail_type, detail) = happened(consultation, fact);
            let (_, fact) = fact::Fact::from_event(&detail_type, &detail)
                .expect("a type of ours")
                .expect("a fact");
            (fact.kind(), fact.key())
        }
    };
    Subject::alert(&id, kind, &key).hash
}
