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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum DepositChannel {
    /// On the portal.
    Electronic,
    /// On paper: counted, not alerted.
    Paper,
}

/// The channel by which the tender documents were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name {
            $($(#[$meta])* pub $field: $type,)*
        }
    )*};
}

details! {
    /// A tender that came in.
    Deposit {
        /// Business id: a re-send has the same.
        deposit_id: FactKey,
        /// As shown to agents.
        deposit_number: Untrusted<100>,
        /// Instant of the deposit.
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        received_at: Timestamp,
        /// Only electronic ones are alerted, paper is counted.
        channel: DepositChannel,
        /// Lots tendered for; absent or empty where there are none.
        #[serde(default)]
        lots: Vec<Untrusted<200>>,
        /// The number of lots beyond those that are kept.
        #[serde(default, skip_serializing_if = "is_none")]
        #[cfg_attr(feature = "schema", schemars(skip))]
        lots_omitted: u32,
    }
    /// Tender documents that were taken.
    Withdrawal {
        /// Business id: a re-send has the same.
        withdrawal_id: FactKey,
        /// Instant of the withdrawal.
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        at: Timestamp,
        /// By whom they were taken.
        channel: WithdrawalChannel,
    }
    /// A firm's answer to a message.
    Message {
        /// Business id: a re-send has the same.
        message_id: FactKey,
        /// Instant of the answer.
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        received_at: Timestamp,
        /// As shown to agents; never the text of the message.
        message_type: Untrusted<5000>,
        /// The message on the portal.
        #[serde(default)]
        url: Option<ExternalUrl>,
    }
    /// A firm's question.
    Question {
        /// Business id: a re-send has the same.
        question_id: FactKey,
        /// Instant of the question.
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        received_at: Timestamp,
        /// True if something is attached.
        has_attachment: bool,
        /// The question on the portal.
        #[serde(default)]
        url: Option<ExternalUrl>,
    }
    /// A notice that the gazette published.
    Notice {
        /// Business id, together with the edition.
        notice_id: FactKey,
        /// BOAMP number, such as 21-166157.
        notice_number: Untrusted<100>,
        /// BOAMP edition, such as 20260324A.
        edition: Untrusted<5000>,
        /// Day of publication.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
        published_on: Option<Date>,
        /// The notice.
        #[serde(default)]
        url: Option<ExternalUrl>,
        /// The notice as PDF.
        #[serde(default)]
        pdf_url: Option<ExternalUrl>,
    }
    /// A notice that the gazette refused.
    RefusedNotice {
        /// Business id, together with the attempt.
        notice_id: FactKey,
        /// The sending of the notice that was refused, counted.
        #[cfg_attr(feature = "schema", schemars(range(max = 4_294_967_295_u32)))]
        attempt: u32,
        /// As the BOAMP words them.
        reasons: Vec<Untrusted<5000>>,
        /// The number of reasons beyond those that are kept.
        #[serde(default, skip_serializing_if = "is_none")]
        #[cfg_attr(feature = "schema", schemars(skip))]
        reasons_omitted: u32,
        /// The page where it is corrected.
        #[serde(default)]
        url: Option<ExternalUrl>,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_none(number: &u32) -> bool {
    *number == 0
}
