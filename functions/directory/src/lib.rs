//! The portal's directory: entities and agents as it declares them, by its own names. What waits
//! for something else lies in the table, and goes on when the stream tells that it came.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use serde_json::Value;
use vigie_aws::{
    Consumer, Platform,
    bus::Bus,
    queue::{Failure, Message, each_message},
};
use vigie_runtime::{Error, clock::Clock, config::ConfigError};
use vigie_store::Store;

/// Keeps the portal's directory.
#[derive(Clone, Debug)]
pub struct Directory {
    /// The table.
    pub store: Store,
    /// The bus, for what is refused and for what goes on later.
    pub bus: Bus,
    /// Tells the time.
    pub clock: Clock,
}

impl Directory {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self {
            store: Store::from_env(platform.aws.dynamodb())?,
            bus: platform.bus()?,
            clock: platform.clock.clone(),
        })
    }
}

impl Consumer for Directory {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        Ok(each_message(event, &self.bus, async |_: &Message| {
            Err(Failure::Reject("unknown detail-type".to_owned()))
        })
        .await?)
    }

    async fn warm(&self) {
        self.store.warm().await;
    }
}
