//! Facts of a consultation, as the portal's events tell them. A fact is recognised by its business
//! key, however often and under whatever event id it is sent.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    account::preferences::Kind,
    consultation::sign_off::{End, SignOff},
    id::{ConsultationId, FactKey, digest},
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

/// An occurrence on a consultation. The fields are those of docs/contract.md, "Events in".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[expect(
    missing_docs,
    reason = "the fields are the table of events in docs/contract.md, word for word"
)]
pub enum Fact {
    TenderReceived {
        deposit_id: FactKey,
        deposit_number: Untrusted<100>,
        received_at: Timestamp,
        channel: DepositChannel,
        #[serde(default)]
        lots: Vec<Untrusted<200>>,
        /// The number of lots beyond those that are kept.
        #[serde(default, skip_serializing_if = "is_none")]
        lots_omitted: u32,
    },
    DocumentsWithdrawn {
        withdrawal_id: FactKey,
        at: Timestamp,
        channel: WithdrawalChannel,
    },
    MessageReceived {
        message_id: FactKey,
        received_at: Timestamp,
        message_type: Untrusted<5000>,
        #[serde(default)]
        url: Option<ExternalUrl>,
    },
    QuestionReceived {
        question_id: FactKey,
        received_at: Timestamp,
        has_attachment: bool,
        #[serde(default)]
        url: Option<ExternalUrl>,
    },
    NoticePublished {
        notice_id: FactKey,
        notice_number: Untrusted<100>,
        edition: Untrusted<5000>,
        #[serde(default)]
        published_on: Option<Date>,
        #[serde(default)]
        url: Option<ExternalUrl>,
        #[serde(default)]
        pdf_url: Option<ExternalUrl>,
    },
    NoticeRejected {
        notice_id: FactKey,
        attempt: u32,
        reasons: Vec<Untrusted<5000>>,
        /// The number of reasons beyond those that are kept.
        #[serde(default, skip_serializing_if = "is_none")]
        reasons_omitted: u32,
        #[serde(default)]
        url: Option<ExternalUrl>,
    },
    ApprovalRequested(SignOff),
    ValidationRequested(SignOff),
    ApprovalGiven(End),
    ValidationGiven(End),
    /// An approval is still awaited: no event of the portal, but of the clock, as the next two.
    ApprovalReminded(SignOff),
    ValidationReminded(SignOff),
    /// The deadline has passed.
    ConsultationClosed {
        deadline: Timestamp,
        counts: Counts,
    },
}

/// The detail-types that carry a fact, and the tag of each in [`Fact`].
const DETAIL_TYPES: [(&str, &str); 10] = [
    ("TenderReceived", "tenderReceived"),
    ("DocumentsWithdrawn", "documentsWithdrawn"),
    ("MessageReceived", "messageReceived"),
    ("QuestionReceived", "questionReceived"),
    ("NoticePublished", "noticePublished"),
    ("NoticeRejected", "noticeRejected"),
    ("ApprovalRequested", "approvalRequested"),
    ("ValidationRequested", "validationRequested"),
    ("ApprovalGiven", "approvalGiven"),
    ("ValidationGiven", "validationGiven"),
];

/// A fact as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedFact {
    /// The fact.
    pub fact: Fact,
    /// When Vigie heard of it.
    pub recorded_at: Timestamp,
    /// For a deposit: the number of deposits by its channel so far, itself among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// It came before the automatic favourites, and is fanned out again once those are there.
    #[serde(default)]
    pub waiting: bool,
}

impl Fact {
    /// The name of its kind, in keys and events: `tenderReceived`, …, `consultationClosed`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::TenderReceived { .. } => "tenderReceived",
            Self::DocumentsWithdrawn { .. } => "documentsWithdrawn",
            Self::MessageReceived { .. } => "messageReceived",
            Self::QuestionReceived { .. } => "questionReceived",
            Self::NoticePublished { .. } => "noticePublished",
            Self::NoticeRejected { .. } => "noticeRejected",
            Self::ApprovalRequested(_) => "approvalRequested",
            Self::ValidationRequested(_) => "validationRequested",
            Self::ApprovalGiven(_) => "approvalGiven",
            Self::ValidationGiven(_) => "validationGiven",
            Self::ApprovalReminded(_) => "approvalReminded",
            Self::ValidationReminded(_) => "validationReminded",
            Self::ConsultationClosed { .. } => "consultationClosed",
        }
    }

    /// Returns the key that makes a re-send recognisable within its kind and consultation. It has
    /// at most 128 + 1 + 100 characters, and goes into events: free text is in it as a digest only.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::TenderReceived { deposit_id, .. } => deposit_id.to_string(),
            Self::DocumentsWithdrawn { withdrawal_id, .. } => withdrawal_id.to_string(),
            Self::MessageReceived { message_id, .. } => message_id.to_string(),
            Self::QuestionReceived { question_id, .. } => question_id.to_string(),
            Self::NoticePublished {
                notice_id, edition, ..
            } => format!("{notice_id}+{}", digest(&[edition.as_str()])),
            Self::NoticeRejected {
                notice_id, attempt, ..
            } => format!("{notice_id}+{attempt}"),
            Self::ApprovalRequested(asked)
            | Self::ValidationRequested(asked)
            | Self::ApprovalReminded(asked)
            | Self::ValidationReminded(asked) => asked.key(),
            Self::ApprovalGiven(end) | Self::ValidationGiven(end) => end.key(),
            Self::ConsultationClosed { deadline, .. } => deadline.to_string(),
        }
    }

    /// The alert that it gives rise to, if any: paper tenders and withdrawals are only counted, and
    /// what ends a request tells nothing.
    #[must_use]
    pub fn alert(&self) -> Option<Kind> {
        match self {
            Self::TenderReceived {
                channel: DepositChannel::Electronic,
                ..
            } => Some(Kind::TenderReceived),
            Self::TenderReceived {
                channel: DepositChannel::Paper,
                ..
            }
            | Self::DocumentsWithdrawn { .. }
            | Self::ApprovalGiven(_)
            | Self::ValidationGiven(_) => None,
            Self::MessageReceived { .. } => Some(Kind::MessageReceived),
            Self::QuestionReceived { .. } => Some(Kind::QuestionReceived),
            Self::NoticePublished { .. } => Some(Kind::NoticePublished),
            Self::NoticeRejected { .. } => Some(Kind::NoticeRejected),
            Self::ApprovalRequested(_)
            | Self::ValidationRequested(_)
            | Self::ApprovalReminded(_)
            | Self::ValidationReminded(_) => Some(Kind::ApprovalRequested),
            Self::ConsultationClosed { .. } => Some(Kind::ConsultationClosed),
        }
    }

    /// Returns the reminder of it, and when that is due: of a request whose answer is wanted on a
    /// day.
    #[must_use]
    pub fn reminder(&self) -> Option<(Self, Timestamp)> {
        let (asked, reminder): (_, fn(SignOff) -> Self) = match self {
            Self::ApprovalRequested(asked) => (asked, Self::ApprovalReminded),
            Self::ValidationRequested(asked) => (asked, Self::ValidationReminded),
            _ => return None,
        };
        Some((reminder(asked.clone()), asked.reminded_at()?))
    }

    /// True if it counts as a deposit, electronic or paper.
    #[must_use]
    pub fn is_deposit(&self) -> bool {
        matches!(self, Self::TenderReceived { .. })
    }

    /// The fact in an event's detail that was repaired, or `None` if the detail-type carries none.
    ///
    /// # Errors
    /// The fault in the detail, as a text that may quote it.
    pub fn from_event(
        detail_type: &str,
        detail: &serde_json::Value,
    ) -> Option<Result<(ConsultationId, Self), String>> {
        let (_, tag) = DETAIL_TYPES.iter().find(|(name, _)| *name == detail_type)?;
        Some(Self::parse(tag, detail))
    }

    fn parse(tag: &str, detail: &serde_json::Value) -> Result<(ConsultationId, Self), String> {
        let serde_json::Value::Object(fields) = detail else {
            return Err("detail is not an object".to_owned());
        };
        let consultation = fields
            .get("consultationId")
            .and_then(|id| id.as_str())
            .ok_or("consultationId is missing")?;
        let consultation =
            ConsultationId::parse(consultation).map_err(|e| format!("consultationId: {e}"))?;
        let mut tagged = fields.clone();
        tagged.insert("kind".to_owned(), tag.into());
        let fact: Self = serde_json::from_value(tagged.into()).map_err(|e| e.to_string())?;
        Ok((consultation, fact))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_none(number: &u32) -> bool {
    *number == 0
}

/// Counts how often the tender documents were taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawals {
    /// By firms that said who they are.
    pub identified: u64,
    /// Without a name.
    pub anonymous: u64,
    /// On paper.
    pub paper: u64,
}

impl Withdrawals {
    /// All of them.
    #[must_use]
    pub fn all(self) -> u64 {
        self.identified + self.anonymous + self.paper
    }
}

/// Counts the tenders that came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposits {
    /// On the portal.
    pub electronic: u64,
    /// On paper.
    pub paper: u64,
}

impl Deposits {
    /// All of them.
    #[must_use]
    pub fn all(self) -> u64 {
        self.electronic + self.paper
    }
}

/// The counts of a consultation when it closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Withdrawals of the tender documents, at any time.
    pub withdrawals: Withdrawals,
    /// Tenders that came in by the deadline.
    pub deposits: Deposits,
    /// Tenders that came in after it.
    pub late: Deposits,
}

impl Counts {
    /// Counts one recorded fact against the deadline in force; a deposit at the very instant of the
    /// deadline is in time.
    pub fn add(&mut self, fact: &Fact, deadline: Timestamp) {
        let counter = match fact {
            Fact::DocumentsWithdrawn {
                channel: WithdrawalChannel::Identified,
                ..
            } => &mut self.withdrawals.identified,
            Fact::DocumentsWithdrawn {
                channel: WithdrawalChannel::Anonymous,
                ..
            } => &mut self.withdrawals.anonymous,
            Fact::DocumentsWithdrawn {
                channel: WithdrawalChannel::Paper,
                ..
            } => &mut self.withdrawals.paper,
            Fact::TenderReceived {
                channel,
                received_at,
                ..
            } => {
                let deposits = if *received_at > deadline {
                    &mut self.late
                } else {
                    &mut self.deposits
                };
                match channel {
                    DepositChannel::Electronic => &mut deposits.electronic,
                    DepositChannel::Paper => &mut deposits.paper,
                }
            }
            _ => return,
        };
        *counter += 1;
    }
}
