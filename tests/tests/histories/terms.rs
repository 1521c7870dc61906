//! The words of docs/domain.md that the model needs. On purpose none of them is the code's.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};

/// An agent, by number.
pub type Agent = usize;
/// An entity, by number.
pub type Entity = usize;
/// A consultation, by number.
pub type Consultation = usize;

/// The seven kinds of alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    TenderReceived,
    ConsultationClosed,
    MessageReceived,
    QuestionReceived,
    NoticePublished,
    NoticeRejected,
    ApprovalRequested,
}

/// All of them, with their names.
pub const KINDS: [(Kind, &str); 7] = [
    (Kind::TenderReceived, "tenderReceived"),
    (Kind::ConsultationClosed, "consultationClosed"),
    (Kind::MessageReceived, "messageReceived"),
    (Kind::QuestionReceived, "questionReceived"),
    (Kind::NoticePublished, "noticePublished"),
    (Kind::NoticeRejected, "noticeRejected"),
    (Kind::ApprovalRequested, "approvalRequested"),
];

/// Ways in which an agent wants a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Off,
    Immediate,
    Daily,
}

impl Mode {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        ["off", "immediate", "daily"][self as usize]
    }
}

/// Phases, in the order in which a procedure goes through them; it can be cancelled from any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Drafting,
    Consultation,
    Opening,
    Decision,
    Archived,
    Cancelled,
}

impl Phase {
    /// Its name in events.
    pub fn name(self) -> &'static str {
        [
            "drafting",
            "consultation",
            "opening",
            "decision",
            "archived",
            "cancelled",
        ][self as usize]
    }

    /// The next one.
    pub fn next(self) -> Self {
        match self {
            Self::Drafting => Self::Consultation,
            Self::Consultation => Self::Opening,
            Self::Opening => Self::Decision,
            Self::Decision | Self::Archived => Self::Archived,
            Self::Cancelled => Self::Cancelled,
        }
    }
}

/// The rules of automatic favourites, in the guide's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Mine,
    OwnEntity,
    DependentEntities,
    TransverseEntities,
}

/// All of them, with their names.
pub const RULES: [(Rule, &str); 4] = [
    (Rule::Mine, "mine"),
    (Rule::OwnEntity, "ownEntity"),
    (Rule::DependentEntities, "dependentEntities"),
    (Rule::TransverseEntities, "transverseEntities"),
];

impl Rule {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        RULES[self as usize].1
    }
}

/// Standing rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    pub own: bool,
    pub dependent: bool,
    pub transverse: bool,
}

/// Why somebody may see a consultation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    Author,
    Guest,
    OwnEntity,
    DependentEntity,
    TransverseEntity,
}

/// States of an address, by whether it can be mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    Confirmed,
    Unconfirmed,
    Undeliverable,
}

impl Address {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        ["confirmed", "unconfirmed", "undeliverable"][self as usize]
    }
}

/// SES's events about an accepted mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Sent,
    Delayed,
    Delivered,
    /// It came back for a reason that may pass.
    Transient,
    /// The same, for all anybody knows.
    Undetermined,
    /// A notice of absence.
    Answered,
    /// It came back for good.
    Permanent,
    Complaint,
    /// Unfit to be sent.
    Rejected,
}

impl Said {
    /// The sample of it in `events/feedback`.
    pub fn sample(self) -> &'static str {
        [
            "sent",
            "delayed",
            "delivered",
            "bounced-transient",
            "bounced-undetermined",
            "absence-notice",
            "bounced-permanent",
            "complaint",
            "rejected",
        ][self as usize]
    }
}

/// Progress of a delivery. It moves on and never back, but for a mail that SES finds unfit before
/// any server took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Came {
    Failed,
    Sent,
    Delayed,
    Delivered,
    Bounced,
    Complained,
}

impl Came {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        [
            "FAILED",
            "SENT",
            "DELAYED",
            "DELIVERED",
            "BOUNCED",
            "COMPLAINED",
        ][self as usize]
    }

    /// Returns the progress after SES's event.
    pub fn after(self, said: Said) -> Self {
        match said {
            Said::Sent => self.max(Self::Sent),
            Said::Delayed => self.max(Self::Delayed),
            Said::Delivered => self.max(Self::Delivered),
            Said::Transient | Said::Undetermined | Said::Permanent => self.max(Self::Bounced),
            Said::Complaint => self.max(Self::Complained),
            Said::Rejected if self < Self::Delivered => Self::Failed,
            Said::Rejected | Said::Answered => self,
        }
    }
}

/// A person of a consultation, as the portal names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// By their account.
    Account(Agent),
    /// By its own id of the agent.
    Agent(Agent),
    /// By the address that they had after so many changes of it.
    Address(Agent, usize),
}

/// One save of a consultation on the portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    pub number: u64,
    pub phase: Phase,
    pub entity: Entity,
    pub author: Named,
    pub guests: BTreeSet<Named>,
    pub deadline: Option<Timestamp>,
}

impl Revision {
    /// True if somebody is named otherwise than by their account.
    pub fn is_by_name(&self) -> bool {
        let mut named = self.guests.iter().chain([&self.author]);
        named.any(|named| !matches!(named, Named::Account(_)))
    }

    /// True if it names an agent by the portal's own id.
    pub fn names_agents(&self) -> bool {
        let mut named = self.guests.iter().chain([&self.author]);
        named.any(|named| matches!(named, Named::Agent(_)))
    }
}

/// End of a reminder's id, after that of the request.
pub const REMINDED: &str = "-again";

/// Channels of a withdrawal.
pub const WITHDRAWALS: [&str; 3] = ["identified", "anonymous", "paper"];

/// A fact of a consultation; `id` makes a re-send recognisable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A tender.
    Deposit {
        id: String,
        electronic: bool,
        received_at: Timestamp,
    },
    /// Tender documents taken, by one of [`WITHDRAWALS`].
    Withdrawal { id: String, channel: usize },
    /// Anything else that is told at once. A request may want its answer on a day.
    News {
        id: String,
        kind: Kind,
        wanted: Option<Date>,
    },
    /// Ends of requests: those of these ids.
    End { id: String, ends: Vec<String> },
    /// A request still waits.
    Reminded { of: String, kind: Kind },
    /// The deadline has passed.
    Closed { deadline: Timestamp, tally: Tally },
}

impl Fact {
    /// Returns the key that makes it the same fact.
    pub fn id(&self) -> String {
        match self {
            Self::Deposit { id, .. }
            | Self::Withdrawal { id, .. }
            | Self::News { id, .. }
            | Self::End { id, .. } => id.clone(),
            Self::Reminded { of, .. } => format!("{of}{REMINDED}"),
            Self::Closed { deadline, .. } => format!("closed-{deadline}"),
        }
    }

    /// The alert that it is told by, if any: paper and withdrawals are only counted.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Deposit {
                electronic: true, ..
            } => Some(Kind::TenderReceived),
            Self::Deposit { .. } | Self::Withdrawal { .. } | Self::End { .. } => None,
            Self::News { kind, .. } | Self::Reminded { kind, .. } => Some(*kind),
            Self::Closed { .. } => Some(Kind::ConsultationClosed),
        }
    }
}

/// Counts of a closing digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tally {
    /// By channel.
    pub withdrawals: [u64; 3],
    /// Electronic, paper.
    pub deposits: [u64; 2],
    /// The same, late.
    pub late: [u64; 2],
}

/// An alert in somebody's inbox, as far as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    pub consultation: Consultation,
    /// The fact, with the numbers that the mail gives.
    pub news: String,
    pub to: Agent,
    /// Why the mail says that it came; nothing of a mail to who stands in for somebody.
    pub why: Option<Sight>,
    /// In a mail of several: without the numbers.
    pub together: bool,
}

/// A star as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub consultation: Consultation,
    pub since: Timestamp,
    /// True if a rule gave it when its author came: what is in the way then takes time.
    pub late: bool,
    pub automatic: Option<Rule>,
    /// The revision in force, its phase and its deadline.
    pub revision: u64,
    pub phase: Phase,
    pub deadline: Option<Timestamp>,
}
