//! Decides by the domain's rule when it sends, claims, sends in bulk, records. See
//! docs/decisions/003-deliveries.md.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod account_mail;
mod alert;
mod asked;
mod audited;
mod away;
mod bulk;
mod daily;
mod headers;
mod letter;
mod link_request;
mod outcome;
pub mod pace;
mod receive;
mod recipient;
mod undeliverable;
mod unreached;

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use vigie_aws::{
    Consumer, Platform,
    bus::Bus,
    queue::{Failure, Message, each_message},
    ses::Ses,
    tokens::Tokens,
};
use vigie_domain::event::{AccountMailDue, AlertDue, DailyDue};
use vigie_runtime::{
    Error,
    clock::{self, Clock},
    config::{ConfigError, optional, required, required_number},
};
use vigie_store::Store;

use crate::{pace::Pace, receive::Receive};

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
    /// The keys of mailed links.
    pub tokens: Tokens,
    /// The address of the portal, to which mailed links lead; no slash at its end.
    pub portal_url: String,
    /// The mailbox for mails that ask to be unsubscribed, if somebody reads them.
    pub unsubscribe_mailbox: Option<String>,
    /// The number of times that the queue hands out a message before its dead-letter queue gets it.
    pub max_receives: u32,
    /// Keeps alerts and daily mails to their part of the SES account's rate.
    pub pace: Pace,
    /// Keeps mails about accounts to theirs.
    pub account_pace: Pace,
    /// Waits this long for another worker's lease before looking again; twice, then the queue
    /// redelivers. A fact that meets its consultation's first save is fanned out twice, so two
    /// workers often want one delivery.
    pub patience: Duration,
}

/// Time after which a mail that another worker holds is looked at again.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Time that a message may take: the function is ended after 30 s.
const RUNNING: Duration = Duration::from_secs(25);

/// The result of one try at a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handled {
    /// Wholly.
    Done,
    /// Another worker holds what is left of it.
    Busy,
}

impl Mailer {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        let workers = [
            required_number("MAIL_WORKERS")?,
            required_number("ACCOUNT_MAIL_WORKERS")?,
        ];
        let (pace, account_pace) =
            Pace::divide(required_number("MAIL_RATE")?, workers[0], workers[1]);
        Ok(Self {
            store: Store::from_env(platform.aws.dynamodb())?,
            bus: platform.bus()?,
            ses: Ses::new(platform.aws.sesv2())?,
            clock: platform.clock.clone(),
            tokens: platform.tokens()?,
            portal_url: required("PORTAL_URL")?,
            unsubscribe_mailbox: optional("UNSUBSCRIBE_MAILBOX"),
            max_receives: required_number("MAX_RECEIVES")?,
            pace,
            account_pace,
            patience: PATIENCE,
        })
    }

    /// Keeps its place at the queue until the time of its mails is over: so many places, so many
    /// mails a second, whichever process has them.
    async fn take(&self, message: &Message) -> Result<(), Failure> {
        let taken = clock::instant();
        let pace = if message.detail_type == "AccountMailDue" {
            &self.account_pace
        } else {
            &self.pace
        };
        let receive = Receive {
            last: message.receives >= self.max_receives,
            until: pace.until(taken),
        };
        let result = self.done(message, receive).await;
        pace.wait(taken + RUNNING).await;
        result
    }

    async fn done(&self, message: &Message, receive: Receive) -> Result<(), Failure> {
        for _ in 0..2 {
            if self.handle(message, receive).await? == Handled::Done {
                return Ok(());
            }
            clock::wait(self.patience).await;
        }
        match self.handle(message, receive).await? {
            Handled::Done => Ok(()),
            Handled::Busy => Err(Failure::Retry("somebody else is sending".to_owned())),
        }
    }

    async fn handle(&self, message: &Message, receive: Receive) -> Result<Handled, Failure> {
        let reject = |e: serde_json::Error| Failure::Reject(e.to_string());
        match message.detail_type.as_str() {
            "AlertDue" => {
                self.alert(
                    &AlertDue::deserialize(&message.detail).map_err(reject)?,
                    receive,
                )
                .await
            }
            "DailyDue" => {
                self.daily(
                    &DailyDue::deserialize(&message.detail).map_err(reject)?,
                    receive,
                )
                .await
            }
            "AccountMailDue" => {
                self.account_mail(
                    &AccountMailDue::deserialize(&message.detail).map_err(reject)?,
                    receive,
                )
                .await
            }
            _ => Err(Failure::Reject("unknown detail-type".to_owned())),
        }
    }
}

impl Consumer for Mailer {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        Ok(each_message(event, &self.bus, async |message| self.take(message).await).await?)
    }

    async fn warm(&self) {
        self.store.warm().await;
    }
}
