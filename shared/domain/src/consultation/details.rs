//! The details of facts, as the portal's events tell them. The fields are those of
//! docs/contract.md, "Events in".

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    id::FactKey,
    text::untrusted::{ExternalUrl, Untrusted},
};

/// The channel by which a tender was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DepositChannel {
    /// On the portal.
    Electronic,
    /// On paper: counted, not alerted.
    Paper,
}

/// The channel by which the tender documents were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WithdrawalChannel {
    /// By a firm that said who it is.
    Identified,
    /// Without a name.
    Anonymous,
    /// On paper.
    Paper,
}

macro_rules! details {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[$meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[expect(
            missing_docs,
            reason = "the fields are the table of events in docs/contract.md, word for word"
        )]
        pub struct $name {
            $($(#[$meta])* pub $field: $type,)*
        }
    )*};
}

details! {
    /// A tender that came in.
    Deposit {
        deposit_id: FactKey,
        deposit_number: Untrusted<100>,
        received_at: Timestamp,
        channel: DepositChannel,
        #[serde(default)]
        lots: Vec<Untrusted<200>>,
        /// The number of lots beyond those that are kept.
        #[serde(default, skip_serializing_if = "is_none")]
        lots_omitted: u32,
    }
    /// Tender documents that were taken.
    Withdrawal {
        withdrawal_id: FactKey,
        at: Timestamp,
        channel: WithdrawalChannel,
    }
    /// A firm's answer to a message.
    Message {
        message_id: FactKey,
        received_at: Timestamp,
        message_type: Untrusted<5000>,
        #[serde(default)]
        url: Option<ExternalUrl>,
    }
    /// A firm's question.
    Question {
        question_id: FactKey,
        received_at: Timestamp,
        has_attachment: bool,
        #[serde(default)]
        url: Option<ExternalUrl>,
    }
    /// A notice that the gazette published.
    Notice {
        notice_id: FactKey,
        notice_number: Untrusted<100>,
        edition: Untrusted<5000>,
        #[serde(default)]
        published_on: Option<Date>,
        #[serde(default)]
        url: Option<ExternalUrl>,
        #[serde(default)]
        pdf_url: Option<ExternalUrl>,
    }
    /// A notice that the gazette refused.
    RefusedNotice {
        notice_id: FactKey,
        attempt: u32,
        reasons: Vec<Untrusted<5000>>,
        /// The number of reasons beyond those that are kept.
        #[serde(default, skip_serializing_if = "is_none")]
        reasons_omitted: u32,
        #[serde(default)]
        url: Option<ExternalUrl>,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_none(number: &u32) -> bool {
    *number == 0
}
