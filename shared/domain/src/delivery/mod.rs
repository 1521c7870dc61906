//! Deliveries to accounts, as they are recorded (docs/decisions/003-deliveries.md).

pub mod alert;
pub mod asked;
pub mod daily_quota;
pub mod feedback;
pub mod unsubscribe;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ConsultationId};

/// The kind of the alert that an agent sends to their own address.
pub const TEST_ALERT: &str = "test";

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "DeliveryState")
)]
pub enum DeliveryState {
    /// Being sent by who holds the lease.
    Pending,
    /// SES accepted it.
    Sent,
    /// The receiving server does not take it yet.
    Delayed,
    /// The receiving server took it.
    Delivered,
    /// It came back.
    Bounced,
    /// The recipient called it unwanted.
    Complained,
    /// It was not sent, for a reason; retryable or not.
    Failed,
    /// The agent asked for it but must not have it, for a reason.
    Skipped,
}

/// A delivery as recorded.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its state.
    pub state: DeliveryState,
    /// Kind of alert, or of account mail.
    pub kind: String,
    /// The consultation of the fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consultation_id: Option<ConsultationId>,
    /// The key of the fact, or of the request.
    pub key: String,
    /// Time at which it was claimed last.
    pub at: Timestamp,
    /// Until when nobody else may claim it (seconds since the epoch).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<i64>,
    /// The reason for which it was sent, failed or skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// True if a failure may be tried again.
    #[serde(default)]
    pub retryable: bool,
    /// SES's name of the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The receiving server's code, such as `5.1.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Time at which the receiving server took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// Time at which it was heard that it came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounced_at: Option<Timestamp>,
    /// The absentees for whom it was mailed: written by whoever passes alerts on.
    #[serde(default, skip_serializing)]
    pub stands_in_for: BTreeSet<AccountId>,
}

impl DeliveryState {
    /// True if SES accepted the mail, whatever it said of it since.
    #[must_use]
    pub fn was_sent(self) -> bool {
        matches!(
            self,
            Self::Sent | Self::Delayed | Self::Delivered | Self::Bounced | Self::Complained
        )
    }
}

impl Delivery {
    /// True if it is still to be made.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match self.state {
            DeliveryState::Pending => true,
            DeliveryState::Failed => self.retryable,
            _ => false,
        }
    }
}
