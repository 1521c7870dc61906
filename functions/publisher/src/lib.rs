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
    event::{
        KeyText, KindName,
        change::{self, account, directory},
    },
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
        ItemKind::Account(_) => record.told(account::changed)?,
        ItemKind::Address(_) => record.told(directory::guard)?,
        ItemKind::LinkRequest(id, request) => {
            let (id, request) = (AccountId::parse(id)?, RequestId::parse(request)?);
            record.told(|change| change::link_request(change, &id, &request))?
        }
        ItemKind::RecoveryAsks(login) => {
            let login = LoginId::parse(login)?;
            record.told(|change| change::recovery_asks(change, &login))?
        }
        ItemKind::AccountAudit(id, entry) => {
            let (id, entry) = (AccountId::parse(id)?, RequestId::parse(entry)?);
            record.told(|change| change::audited(change, &id, &entry))?
        }
        ItemKind::Delivery(id, _) => {
            let id = AccountId::parse(id)?;
            record.told(|change| change::delivery(change, &id))?
        }
        ItemKind::Consultation(id) => {
            let id = ConsultationId::parse(id)?;
            record.told(|change| change::consultation(change, &id))?
        }
        ItemKind::Entity(id) => {
            let id = EntityId::parse(id)?;
            record.told(|change| directory::entity(change, &id))?
        }
        ItemKind::Inviting(id) => {
            let id = EntityId::parse(id)?;
            record.told(|change| directory::inviting(change, &id))?
        }
        ItemKind::AgentName(name) => {
            let name = AgentName::parse(name)?;
            record.told(|change| account::agent_name(change, &name))?
        }
        ItemKind::Agent(id, _) | ItemKind::Child(id, _) => {
            let id = EntityId::parse(id)?;
            record.told(|change| directory::left(change, &id))?
        }
        ItemKind::Fact(id, kind, key) => {
            let (kind, key) = (
                KindName::new(kind.to_owned())?,
                KeyText::new(key.to_owned())?,
            );
            let id = ConsultationId::parse(id)?;
            record.told(|change| change::fact(change, &id, &kind, &key))?
        }
        ItemKind::Favourite(id, account) => {
            let (id, account) = (ConsultationId::parse(id)?, AccountId::parse(account)?);
            record.told(|change| change::favourite(change, &id, &account))?
        }
        _ => Vec::new(),
    };
    Ok(events.into_iter().map(Event::from).collect())
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
