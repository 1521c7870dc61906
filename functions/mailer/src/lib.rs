//! Mails: alerts, daily mails, and mails about accounts. Each room decides by the domain's rules
//! and composes; `send` is the one way out. See docs/decisions/003-deliveries.md.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod account;
mod alert;
mod away;
mod daily;
mod links;
mod send;

use std::time::Duration;

use serde_json::Value;
use vigie_aws::{
    Consumer, Platform,
    bus::Bus,
    queue::{Failure, Message, each_message},
    ses::Ses,
    tokens::Tokens,
};
use vigie_domain::contact::email::Email;
use vigie_mail::{Letterhead, Particulars};
use vigie_operator::Operator;
use vigie_runtime::{
    Error,
    clock::{self, Clock},
    config::{optional, required, required_number},
};
use vigie_store::Store;

use crate::send::Sender;
pub use crate::send::pace::Pace;

/// Sends as mails what is due.
#[derive(Debug)]
pub struct Mailer {
    /// The table.
    pub store: Store,
    /// The bus, for what is refused.
    pub bus: Bus,
    /// SES.
    pub ses: Ses,
    /// Tells the time.
    pub clock: Clock,
    /// The keys of mailed links.
    pub tokens: Tokens,
    /// The operator as its mails name it, and the address of the portal, to which mailed links
    /// lead.
    pub letterhead: Letterhead,
    /// The mailbox for mails that ask to be unsubscribed, if somebody reads them.
    pub unsubscribe_mailbox: Option<String>,
    /// The number of times that the queue hands out a message before its dead-letter queue gets it.
    pub max_receives: u32,
    /// Keeps alerts and daily mails to their part of the SES account's rate.
    pub pace: Pace,
    /// Keeps mails about accounts to theirs.
    pub account_pace: Pace,
}

/// Time that a message may take: the function is ended after 30 s.
const RUNNING: Duration = Duration::from_secs(25);

impl Mailer {
    /// From the environment, and the operator's file.
    ///
    /// # Errors
    /// Something is missing, or the file cannot be read.
    pub fn new(platform: &Platform) -> Result<Self, Error> {
        let operator = Operator::beside_program()?;
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
            letterhead: Letterhead::new(&required("PORTAL_URL")?, Particulars::default()),
            unsubscribe_mailbox: optional("UNSUBSCRIBE_MAILBOX"),
            max_receives: required_number("MAX_RECEIVES")?,
            pace,
            account_pace,
        }
        .of(&operator))
    }

    /// Mails in an operator's name: it stands beside the sender's address and at the head of each
    /// mail, and answers go where it helps people.
    #[must_use]
    pub fn of(self, operator: &Operator) -> Self {
        let colour = operator.colours.map(|colours| colours.light.to_string());
        let from = Particulars {
            name: operator.name.as_deref(),
            colour: colour.as_deref(),
            mail: operator.help.mail.as_ref().map(Email::as_str),
            telephone: operator.help.telephone.as_deref(),
        };
        let reply_to = from.mail.map(str::to_owned);
        Self {
            ses: self.ses.shown_as(from.name.unwrap_or_default(), reply_to),
            letterhead: Letterhead::new(&self.letterhead.portal_url, from),
            ..self
        }
    }

    /// Keeps its place at the queue until the time of its mails is over: so many places, so many
    /// mails a second, whichever process has them.
    async fn take(&self, message: &Message) -> Result<(), Failure> {
        let taken = clock::instant();
        let pace = if matches!(&*message.detail_type, "AccountMailDue" | "RecoveryDue") {
            &self.account_pace
        } else {
            &self.pace
        };
        let sender = Sender {
            store: &self.store,
            ses: &self.ses,
            clock: &self.clock,
            pace,
            last: message.receives >= self.max_receives,
            until: pace.until(taken),
        };
        // Before anything is read: recipients are judged when the mail is sent.
        pace.wait(sender.until).await;
        let result = self.handle(message, sender).await;
        pace.wait(taken + RUNNING).await;
        result
    }

    async fn handle(&self, message: &Message, sender: Sender<'_>) -> Result<(), Failure> {
        match message.detail_type.as_str() {
            "AlertDue" => self.alert(&message.detail_of()?, sender).await,
            "DailyDue" => self.daily(&message.detail_of()?, sender).await,
            "AccountMailDue" => self.account_mail(&message.detail_of()?, sender).await,
            "RecoveryDue" => self.recovery_asked(&message.detail_of()?, sender).await,
            _ => Err(Failure::unknown()),
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
