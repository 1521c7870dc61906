//! Decides by the domain's rule when it sends, claims, sends in bulk, records. See ARCHITECTURE.md, "Delivery".

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod account_mail;
mod alert;
pub mod pace;

use serde::Deserialize;
use serde_json::Value;
use vigie_domain::token::TokenKey;
use vigie_platform::{
    bus::Bus,
    clock::Clock,
    config::{ConfigError, required, required_number},
    queue::{Failure, Message, each_message},
    runtime::{Consumer, Error, Platform},
    ses::Ses,
    store::Store,
};

use crate::{account_mail::AccountMailDue, alert::AlertDue, pace::Pace};

/// The function.
#[derive(Debug)]
pub struct Mailer {
    /// The table.
    pub store: Store,
    /// The bus, for what is refused.
    pub bus: Bus,
    /// SES.
    pub ses: Ses,
    /// The time.
    pub clock: Clock,
    /// The key of mailed links.
    pub tokens: TokenKey,
    /// Where mailed links lead; no slash at its end.
    pub portal_url: String,
    /// How often the queue hands out a message before its dead-letter queue gets it.
    pub max_receives: u32,
    /// Keeps to the SES account's rate.
    pub pace: Pace,
}

impl Mailer {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self {
            store: platform.store()?,
            bus: platform.bus()?,
            ses: Ses::new(platform.aws.sesv2())?,
            clock: platform.clock.clone(),
            tokens: TokenKey::new(&required("TOKEN_KEY")?),
            portal_url: required("PORTAL_URL")?,
            max_receives: required_number("MAX_RECEIVES")?,
            pace: Pace::new(required_number("MAIL_RATE")?, required_number("MAIL_WORKERS")?),
        })
    }

    async fn take(&self, message: &Message) -> Result<(), Failure> {
        let reject = |e: serde_json::Error| Failure::Reject(e.to_string());
        let last = message.receives >= self.max_receives;
        match message.detail_type.as_str() {
            "AlertDue" => self.alert(&AlertDue::deserialize(&message.detail).map_err(reject)?, last).await,
            "AccountMailDue" => self.account_mail(&AccountMailDue::deserialize(&message.detail).map_err(reject)?, last).await,
            _ => Err(Failure::Reject("unknown detail-type".to_owned())),
        }
    }
}

impl Consumer for Mailer {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        Ok(each_message(event, &self.bus, async |message| self.take(message).await).await?)
    }

    fn store(&self) -> Option<&Store> {
        Some(&self.store)
    }
}
