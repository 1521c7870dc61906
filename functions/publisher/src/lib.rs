//! The table's stream, as events on the bus: every write is told, and nothing is written twice to
//! tell it. Ids only.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod account;
mod consultation;
mod record;

use serde_json::Value;
use vigie_aws::{
    Consumer, Platform,
    bus::{Bus, Event},
};
use vigie_domain::canary::is_canary;
use vigie_runtime::{Error, config::ConfigError};
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

fn events_of(record: &Record) -> Vec<Event> {
    let (pk, sk) = record.keys();
    match keys::parse(pk, sk) {
        ItemKind::Account(id) => account::account(record, id),
        ItemKind::LinkRequest(id, request) => account::link_request(record, id, request),
        ItemKind::AccountAudit(id, entry) => account::audited(record, id, entry),
        ItemKind::Delivery(id, _) => account::delivery(record, id),
        ItemKind::Consultation(id) => consultation::consultation(record, id),
        ItemKind::Fact(id, kind, key) => consultation::fact(record, id, kind, key),
        ItemKind::Favourite(id, account) => consultation::favourite(record, id, account),
        _ => Vec::new(),
    }
}

impl Consumer for Publisher {
    /// Publishes the batch as a whole. Events published twice are recognised, and a batch that
    /// fails is halved until only the failing record is left.
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        self.bus.publish(&events(event)?).await?;
        Ok(serde_json::json!({"batchItemFailures": []}))
    }

    async fn warm(&self) {}
}
