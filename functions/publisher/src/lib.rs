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
    change,
    event::{KeyText, KindName},
    id::{AccountId, ConsultationId, RequestId},
};
use vigie_runtime::{Error, config::ConfigError, log};
use vigie_store::keys::{self, ItemKind};

use crate::record::{Batch, Record};

/// The function.
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

/// The events of a stream batch, in its order.
///
/// # Errors
/// It is no stream batch.
pub fn events(batch: Value) -> Result<Vec<Event>, serde_json::Error> {
    let batch: Batch = serde_json::from_value(batch)?;
    let told = batch
        .records
        .iter()
        .filter(|record| !record.is_expiry() && !is_of_the_canary(record));
    Ok(told.flat_map(events_of).collect())
}

/// Returns true if a change is the canary's and is told to nobody outside, so that counts of mails
/// or stars leave the canary out. Events of its consultations are published.
fn is_of_the_canary(record: &Record) -> bool {
    let (pk, sk) = record.keys();
    match keys::parse(pk, sk) {
        ItemKind::Account(id)
        | ItemKind::LinkRequest(id, _)
        | ItemKind::AccountAudit(id, _)
        | ItemKind::Delivery(id, _) => is_canary(id),
        ItemKind::Favourite(consultation, _) => is_canary(consultation),
        _ => false,
    }
}

/// Returns the events of a record; none of an item that cannot be read, which is counted: it must
/// not hold back the others.
fn events_of(record: &Record) -> Vec<Event> {
    told(record).unwrap_or_else(|error| {
        let (pk, sk) = record.keys();
        log::error(
            "a change that cannot be read is told to nobody",
            json!({"key": format!("{pk} {sk}"), "reason": error.to_string()}),
        );
        log::count("UnreadableItem", 1);
        Vec::new()
    })
}

fn told(record: &Record) -> Result<Vec<Event>, Box<dyn std::error::Error>> {
    let (pk, sk) = record.keys();
    let events = match keys::parse(pk, sk) {
        ItemKind::Account(_) => change::account(record.change(&record.read()?)),
        ItemKind::LinkRequest(id, request) => {
            let (id, request) = (AccountId::parse(id)?, RequestId::parse(request)?);
            one(change::link_request(
                record.change(&record.read()?),
                &id,
                &request,
            ))
        }
        ItemKind::AccountAudit(id, entry) => {
            let (id, entry) = (AccountId::parse(id)?, RequestId::parse(entry)?);
            one(change::audited(record.change(&record.read()?), &id, &entry))
        }
        ItemKind::Delivery(id, _) => {
            change::delivery(record.change(&record.read()?), &AccountId::parse(id)?)
        }
        ItemKind::Consultation(id) => {
            let id = ConsultationId::parse(id)?;
            one(change::consultation(record.change(&record.read()?), &id))
        }
        ItemKind::Fact(id, kind, key) => {
            let (kind, key) = (
                KindName::new(kind.to_owned())?,
                KeyText::new(key.to_owned())?,
            );
            let id = ConsultationId::parse(id)?;
            one(change::fact(
                record.change(&record.read()?),
                &id,
                &kind,
                &key,
            ))
        }
        ItemKind::Favourite(id, account) => {
            let (id, account) = (ConsultationId::parse(id)?, AccountId::parse(account)?);
            one(change::favourite(
                record.change(&record.read()?),
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
