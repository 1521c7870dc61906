//! The table's stream, as events on the bus: what was written is told, and nothing is written twice to tell it. Ids only.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod account;
mod consultation;
mod record;

use serde_json::Value;
use vigie_platform::{
    bus::{Bus, Event},
    config::ConfigError,
    runtime::{Consumer, Error, Platform},
    store::Store,
};

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
        Ok(Self { bus: platform.bus()? })
    }
}

/// The events of a stream batch, in its order.
///
/// # Errors
/// It is no stream batch.
pub fn events(batch: Value) -> Result<Vec<Event>, serde_json::Error> {
    let batch: Batch = serde_json::from_value(batch)?;
    Ok(batch.records.iter().filter(|record| !record.is_expiry()).flat_map(events_of).collect())
}

fn events_of(record: &Record) -> Vec<Event> {
    match record.keys() {
        (pk, "ACCOUNT") => pk.strip_prefix("ACCOUNT#").map(|id| account::account(record, id)),
        (pk, sk) if sk.starts_with("LINKREQUEST#") => pk.strip_prefix("ACCOUNT#").map(|id| account::link_request(record, id, sk)),
        (pk, sk) if sk.starts_with("AUDIT#") => pk.strip_prefix("ACCOUNT#").map(|id| account::audited(record, id, sk)),
        (pk, sk) if sk.starts_with("DELIVERY#") => pk.strip_prefix("ACCOUNT#").map(|id| account::delivery(record, id)),
        (pk, "CONSULTATION") => pk.strip_prefix("CONSULTATION#").map(|id| consultation::consultation(record, id)),
        (pk, sk) if sk.starts_with("FACT#") => pk.strip_prefix("CONSULTATION#").map(|id| consultation::fact(record, id, sk)),
        (pk, sk) if sk.starts_with("FAVOURITE#") => pk.strip_prefix("CONSULTATION#").map(|id| consultation::favourite(record, id, sk)),
        _ => None,
    }
    .unwrap_or_default()
}

impl Consumer for Publisher {
    /// The batch as a whole: what was published twice is recognised, and a batch that fails is halved until only what fails
    /// is left.
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        self.bus.publish(&events(event)?).await?;
        Ok(serde_json::json!({"batchItemFailures": []}))
    }

    fn store(&self) -> Option<&Store> {
        None
    }
}
