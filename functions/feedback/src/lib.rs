//! SES's events about mails: deliveries move on, and an address that mails do not reach is marked.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use serde_json::Value;
use vigie_aws::{
    Consumer, Platform,
    bus::Bus,
    queue::{Failure, Message, each_message},
};
use vigie_domain::delivery::feedback::{Feedback, Unread, Verdict};
use vigie_runtime::{
    Error,
    clock::Clock,
    config::{ConfigError, required},
    ids, log,
};
use vigie_store::Store;

/// Reads what SES says of mails.
#[derive(Clone, Debug)]
pub struct FeedbackOfMails {
    /// The table.
    pub store: Store,
    /// The bus, for what is refused.
    pub bus: Bus,
    /// The time at which something is heard.
    pub clock: Clock,
    /// Takes events of the local bus too: on AWS only AWS itself can send as `aws.ses`.
    pub local: bool,
}

impl FeedbackOfMails {
    /// Builds the function from the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self {
            store: Store::from_env(platform.aws.dynamodb())?,
            bus: platform.bus()?,
            clock: platform.clock.clone(),
            local: required("VIGIE_STAGE")? == "local",
        })
    }

    async fn take(&self, message: &Message) -> Result<(), Failure> {
        if message.source != "aws.ses" && !(self.local && message.source == "local.ses") {
            return Err(Failure::Reject("not of SES".to_owned()));
        }
        let feedback = match Feedback::read(&message.detail_type, &message.detail) {
            Ok(feedback) => feedback,
            Err(Unread::NotOurs) => {
                log::count("ForeignFeedback", 1);
                return Ok(());
            }
            Err(Unread::Malformed(what)) => {
                return Err(Failure::Reject(format!("{what} is missing")));
            }
        };
        self.act_on(&feedback).await?;
        if feedback.verdict.ends() {
            log::count("MailsHeardOf", 1);
        }
        Ok(())
    }

    async fn act_on(&self, feedback: &Feedback) -> Result<(), Failure> {
        if let (Verdict::Bounced, Some(asked), Some(address)) =
            (feedback.verdict, &feedback.asked, &feedback.address)
        {
            self.store
                .asked_count_bounce(feedback, asked, address)
                .await?;
        }
        self.store
            .feedback_move_on(feedback, self.clock.now())
            .await?;
        if matches!(feedback.verdict, Verdict::Rejected | Verdict::NotRendered) {
            log::count("FailedForGood", 1);
        }
        let Some(address) = &feedback.address else {
            return Ok(());
        };
        if let (Verdict::Complained, Some(asked)) = (feedback.verdict, &feedback.asked) {
            return Ok(self.store.asked_refuse(feedback, asked, address).await?);
        }
        let dead = match feedback.verdict {
            Verdict::BouncedForNow => {
                self.store
                    .feedback_count_soft_bounce(feedback, address)
                    .await?
            }
            verdict => verdict.condemns(),
        };
        if dead {
            self.store
                .feedback_condemn(feedback, address, ids::request())
                .await?;
        }
        Ok(())
    }
}

impl Consumer for FeedbackOfMails {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        Ok(each_message(event, &self.bus, async |message| self.take(message).await).await?)
    }

    async fn warm(&self) {
        self.store.warm().await;
    }
}
