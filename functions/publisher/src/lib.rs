//! The table's stream, as events on the bus: every write is told, and nothing is written twice to
//! tell it. Ids only.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod record;

use serde_json::{Value, json};
use vigie_aws::{
    Consumer, Platform,
    bus::{Bus, Event},
};
use vigie_domain::{
    self as domain,
    canary::is_canary,
    directory::agent::AgentName,
    event::{KeyText, KindName, change},
    id::{AccountId, ConsultationId, EntityId, LoginId, RequestId},
};
use vigie_runtime::{Error, config::ConfigError, log};
use vigie_store::keys::{self, ItemKind};

use crate::record::{Batch, Record, Unreadable};

/// Publishes what the stream tells.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// The bus.
    pub bus: Bus,
}

impl Publisher {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self {
            bus: platform.bus()?,
        })
    }
}

/// The events of a stream batch, in its order. A record that cannot be read is one too: it would
/// hold up all that comes after it for a day.
///
/// # Errors
/// It is no stream batch.
pub fn events(batch: Value) -> Result<Vec<Event>, serde_json::Error> {
    let batch: Batch = serde_json::from_value(batch)?;
    let mut events = Vec::new();
    for record in batch.records {
        match Record::read(&record) {
            Ok(record) if record.is_expiry() || is_of_the_canary(&record) => {}
            Ok(change) => match told(&change) {
                Ok(told) => events.extend(told),
                Err(_) => events.push(set_aside(&record, Unreadable::Item)),
            },
            Err(reason) => events.push(set_aside(&record, reason)),
        }
    }
    Ok(events)
}

/// Says where a record stands that cannot be read, with the refused events. Its images stay in the
/// stream and in the table.
fn set_aside(record: &Value, reason: Unreadable) -> Event {
    let change = &record["dynamodb"];
    let original = json!({
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "dynamodb": {"Keys": change["Keys"], "SequenceNumber": change["SequenceNumber"]},
    });
    log::count("UnreadableItem", 1);
    log::error(
        "a record of the stream is set aside",
        json!({"sequenceNumber": change["SequenceNumber"]}),
    );
    let rejected = domain::event::Rejected::Whole {
        reason: format!("a record of the stream: {reason}"),
        original,
    };
    domain::event::Event::from(rejected).into()
}

/// True if a change is the canary's and is told to nobody outside, so that counts of mails
/// or stars leave the canary out. Events of its consultations are published.
fn is_of_the_canary(record: &Record) -> bool {
    let (pk, sk) = record.keys();
    match keys::parse(pk, sk) {
        ItemKind::Account(id)
        | ItemKind::LinkRequest(id, _)
        | ItemKind::AccountAudit(id, _)
        | ItemKind::Delivery(id, _)
        | ItemKind::Favourite(id, _)
        | ItemKind::Entity(id)
        | ItemKind::Agent(id, _) => is_canary(id),
        _ => false,
    }
}

/// Returns the events of a record.
///
/// # Errors
/// Its item cannot be read.
fn told(record: &Record) -> Result<Vec<Event>, Box<dyn std::error::Error>> {
    let (pk, sk) = record.keys();
    let events = match keys::parse(pk, sk) {
        ItemKind::Account(_) => change::account(record.change(&record.images()?)),
        ItemKind::Address(_) => change::guard(record.change(&record.images()?)),
        ItemKind::LinkRequest(id, request) => {
            let (id, request) = (AccountId::parse(id)?, RequestId::parse(request)?);
            one(change::link_request(
                record.change(&record.images()?),
                &id,
                &request,
            ))
        }
        ItemKind::RecoveryAsks(login) => {
            let login = LoginId::parse(login)?;
            change::recovery_asks(record.change(&record.images()?), &login)
        }
        ItemKind::AccountAudit(id, entry) => {
            let (id, entry) = (AccountId::parse(id)?, RequestId::parse(entry)?);
            one(change::audited(
                record.change(&record.images()?),
                &id,
                &entry,
            ))
        }
        ItemKind::Delivery(id, _) => {
            change::delivery(record.change(&record.images()?), &AccountId::parse(id)?)
        }
        ItemKind::Consultation(id) => {
            let id = ConsultationId::parse(id)?;
            one(change::consultation(record.change(&record.images()?), &id))
        }
        ItemKind::Entity(id) => {
            let id = EntityId::parse(id)?;
            change::entity(record.change(&record.images()?), &id)
        }
        ItemKind::Inviting(id) => {
            let id = EntityId::parse(id)?;
            one(change::inviting(record.change(&record.images()?), &id))
        }
        ItemKind::AgentName(name) => {
            let name = AgentName::parse(name)?;
            one(change::agent_name(record.change(&record.images()?), &name))
        }
        ItemKind::Agent(id, _) | ItemKind::Child(id, _) => {
            let id = EntityId::parse(id)?;
            one(change::left(record.change(&record.images()?), &id))
        }
        ItemKind::Fact(id, kind, key) => {
            let (kind, key) = (
                KindName::new(kind.to_owned())?,
                KeyText::new(key.to_owned())?,
            );
            let id = ConsultationId::parse(id)?;
            one(change::fact(
                record.change(&record.images()?),
                &id,
                &kind,
                &key,
            ))
        }
        ItemKind::Favourite(id, account) => {
            let (id, account) = (ConsultationId::parse(id)?, AccountId::parse(account)?);
            one(change::favourite(
                record.change(&record.images()?),
                &id,
                &account,
            ))
        }
        _ => Vec::new(),
    };
    Ok(events.into_iter().map(Event::from).collect())
}

fn one(event: Option<domain::event::Event>) -> Vec<domain::event::Event> {
    event.into_iter().collect()
}

impl Consumer for Publisher {
    /// Publishes the batch as a whole. Events published twice are recognised, and a batch that
    /// fails is halved until only the failing record is left.
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        self.bus.publish(&events(event)?).await?;
        Ok(json!({"batchItemFailures": []}))
    }

    async fn warm(&self) {}
}
