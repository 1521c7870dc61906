//! Facts of a consultation, as the portal's events tell them. A fact is recognised by its business
//! key, however often and under whatever event id it is sent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    account::preferences::Kind,
    consultation::{
        details::{
            Deposit, DepositChannel, Message, Notice, Question, RefusedNotice, Withdrawal,
            WithdrawalChannel,
        },
        sign_off::{End, SignOff},
    },
    id::{ConsultationId, EntityId, digest},
    json::Json,
    text::FieldError,
};

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
    TenderReceived(Deposit),
    DocumentsWithdrawn(Withdrawal),
    MessageReceived(Message),
    QuestionReceived(Question),
    NoticePublished(Notice),
    NoticeRejected(RefusedNotice),
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

/// A fact as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedFact {
    /// The fact.
    pub fact: Fact,
    /// Time at which Vigie heard of it.
    pub recorded_at: Timestamp,
    /// For a deposit: the number of deposits by its channel so far, itself among them; none where
    /// some are of one organisation or another and it is not known of which the consultation is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// It came before the automatic favourites, and is fanned out again once those are there.
    #[serde(default)]
    pub waiting: bool,
    /// The organisation in which its event said that the consultation lies: told of that one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation_id: Option<EntityId>,
}

impl RecordedFact {
    /// True if its event said that the consultation lies in another organisation than it does, as
    /// far as that is known.
    #[must_use]
    pub fn is_of_another(&self, organisation: Option<&EntityId>) -> bool {
        let said = self.organisation_id.as_ref();
        said.zip(organisation)
            .is_some_and(|(said, own)| said != own)
    }
}

impl Fact {
    /// The name of its kind, in keys and events: `tenderReceived`, …, `consultationClosed`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::TenderReceived(_) => "tenderReceived",
            Self::DocumentsWithdrawn(_) => "documentsWithdrawn",
            Self::MessageReceived(_) => "messageReceived",
            Self::QuestionReceived(_) => "questionReceived",
            Self::NoticePublished(_) => "noticePublished",
            Self::NoticeRejected(_) => "noticeRejected",
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
            Self::TenderReceived(deposit) => deposit.deposit_id.to_string(),
            Self::DocumentsWithdrawn(taken) => taken.withdrawal_id.to_string(),
            Self::MessageReceived(message) => message.message_id.to_string(),
            Self::QuestionReceived(question) => question.question_id.to_string(),
            Self::NoticePublished(notice) => {
                format!(
                    "{}+{}",
                    notice.notice_id,
                    digest(&[notice.edition.as_str()])
                )
            }
            Self::NoticeRejected(refused) => format!("{}+{}", refused.notice_id, refused.attempt),
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
            Self::TenderReceived(deposit) => {
                (deposit.channel == DepositChannel::Electronic).then_some(Kind::TenderReceived)
            }
            Self::DocumentsWithdrawn(_) | Self::ApprovalGiven(_) | Self::ValidationGiven(_) => None,
            Self::MessageReceived(_) => Some(Kind::MessageReceived),
            Self::QuestionReceived(_) => Some(Kind::QuestionReceived),
            Self::NoticePublished(_) => Some(Kind::NoticePublished),
            Self::NoticeRejected(_) => Some(Kind::NoticeRejected),
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
        matches!(self, Self::TenderReceived(_))
    }

    /// Reads the fact in the repaired detail of an event, and what it is about; `None` if the
    /// detail-type carries none.
    ///
    /// # Errors
    /// The field that is missing or wrong.
    #[must_use]
    pub fn from_event(
        detail_type: &str,
        detail: &Value,
    ) -> Option<Result<(About, Self), FieldError>> {
        let read: fn(&Json) -> Result<Self, FieldError> = match detail_type {
            "TenderReceived" => |json| told(json, Self::TenderReceived),
            "DocumentsWithdrawn" => |json| told(json, Self::DocumentsWithdrawn),
            "MessageReceived" => |json| told(json, Self::MessageReceived),
            "QuestionReceived" => |json| told(json, Self::QuestionReceived),
            "NoticePublished" => |json| told(json, Self::NoticePublished),
            "NoticeRejected" => |json| told(json, Self::NoticeRejected),
            "ApprovalRequested" => |json| told(json, Self::ApprovalRequested),
            "ValidationRequested" => |json| told(json, Self::ValidationRequested),
            "ApprovalGiven" => |json| told(json, Self::ApprovalGiven),
            "ValidationGiven" => |json| told(json, Self::ValidationGiven),
            _ => return None,
        };
        let json = Json::from(detail);
        let about = json.to_type::<About>();
        Some(about.and_then(|about| Ok((about, read(&json)?))))
    }
}

fn told<T: DeserializeOwned>(json: &Json, fact: fn(T) -> Fact) -> Result<Fact, FieldError> {
    json.to_type().map(fact)
}

/// The consultation that a fact is about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct About {
    /// Consultation as the portal names it.
    pub consultation_id: ConsultationId,
    /// Root of its organisation, if the event names it.
    #[serde(default)]
    pub organisation_id: Option<EntityId>,
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
            Fact::DocumentsWithdrawn(taken) => match taken.channel {
                WithdrawalChannel::Identified => &mut self.withdrawals.identified,
                WithdrawalChannel::Anonymous => &mut self.withdrawals.anonymous,
                WithdrawalChannel::Paper => &mut self.withdrawals.paper,
            },
            Fact::TenderReceived(deposit) => {
                let deposits = if deposit.received_at > deadline {
                    &mut self.late
                } else {
                    &mut self.deposits
                };
                match deposit.channel {
                    DepositChannel::Electronic => &mut deposits.electronic,
                    DepositChannel::Paper => &mut deposits.paper,
                }
            }
            _ => return,
        };
        *counter += 1;
    }
}
