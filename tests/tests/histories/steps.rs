//! The steps that a history is made of, and the trouble that a step meets. All refer to small
//! numbers, so that a history that fails shrinks to a short one.

use vigie_tests::{fake_aws::Fault, table::Cut};

use crate::histories::{
    model::Word,
    terms::{Agent, Consultation, Entity, Phase, RULES, Rights, Said},
};

/// Number of agents.
pub const AGENTS: usize = 8;
/// First of those who come by the portal's word; the others are there from the beginning.
pub const NEWCOMERS: usize = 6;
/// Number of entities.
pub const ENTITIES: usize = 7;
/// First of those that come by the portal's word; the others are there from the beginning.
pub const DECLARED: usize = 5;
/// Number of consultations.
pub const CONSULTATIONS: usize = 3;

/// The guests of a save, a bit each, and how its people are named.
#[derive(Clone, Copy, Debug)]
pub struct People {
    pub guests: u8,
    /// Two bits for each guest, and three for the author behind them.
    pub names: u32,
}

/// All who are there from the beginning, by their accounts.
pub const EVERYBODY: People = People {
    guests: 0b11_1111,
    names: 0,
};

/// A step of a history.
#[derive(Clone, Debug)]
pub enum Step {
    /// The portal saves a consultation; an event that does not arrive is overtaken, and may come by
    /// [`Step::Again`].
    Save {
        consultation: Consultation,
        phase: Moved,
        deadline: Due,
        people: People,
        entity: Option<Entity>,
        arrives: bool,
    },
    /// The portal sends a revision again, so many before its newest.
    Again {
        consultation: Consultation,
        back: usize,
    },
    /// A tender; the same number is the same fact, as it was when it was sent first.
    Deposit {
        consultation: Consultation,
        number: u8,
        at: At,
    },
    /// Tender documents taken.
    Withdrawal {
        consultation: Consultation,
        number: u8,
    },
    /// Another fact: which kind, and which of four.
    News {
        consultation: Consultation,
        what: usize,
        number: u8,
    },
    /// One of two requests ends, of an approval or of a validation: one of its two levels, or all.
    End {
        consultation: Consultation,
        what: usize,
        number: u8,
        all: bool,
    },
    /// The portal says where one of its own entities lies, and what it is linked to (a bit each),
    /// or removes it. A word that does not arrive may come by [`Step::EntityAgain`].
    Entity {
        entity: Entity,
        wanted: Option<(Entity, u8)>,
        arrives: bool,
    },
    /// The portal sends a word on an entity again, so many before its newest.
    EntityAgain {
        entity: Entity,
        back: usize,
    },
    /// The portal says how an agent is. A word that does not arrive may come by
    /// [`Step::AgentAgain`].
    Agent {
        agent: Agent,
        word: Word,
        arrives: bool,
    },
    /// The portal says that an agent's last day is so many days ahead.
    Leaves {
        agent: Agent,
        days: i8,
        arrives: bool,
    },
    /// The portal sends a word on an agent again, so many before its newest.
    AgentAgain {
        agent: Agent,
        back: usize,
    },
    /// An agent who was invited accepts, and wants all alerts.
    Join {
        agent: Agent,
    },
    Star {
        agent: Agent,
        consultation: Consultation,
    },
    /// One of the agent's favourites, if it has any; otherwise the consultation of that number.
    Unstar {
        agent: Agent,
        which: usize,
    },
    /// The agent chooses: kinds that it wants (a bit each), rules that it wants.
    Alerts {
        agent: Agent,
        kinds: u8,
        /// The daily ones among the wanted kinds.
        daily: u8,
        rules: [bool; RULES.len()],
    },
    /// One click in the newest mail of a sort, or of any to the agent.
    Unsubscribe {
        agent: Agent,
        sort: Option<Sort>,
    },
    Rights {
        agent: Agent,
        rights: Rights,
    },
    Active {
        agent: Agent,
        active: bool,
    },
    /// The agent's address counts as confirmed or not, unless mails do not reach it.
    Address {
        agent: Agent,
        confirmed: bool,
    },
    MoveAgent {
        agent: Agent,
        entity: Entity,
    },
    Erase {
        agent: Agent,
    },
    /// The agent is away from so many days ahead, for so many days; somebody may be asked to stand
    /// in, and may answer.
    Away {
        absent: Absent,
        answer: Option<bool>,
    },
    Back {
        agent: Agent,
    },
    /// Whoever was asked to stand in for the agent answers.
    Answer {
        agent: Agent,
        agree: bool,
    },
    /// The agent changes its absence, and whoever was asked answers at once, after so many calls of
    /// the table.
    AwayAtOnce {
        absent: Absent,
        agree: bool,
        calls: usize,
    },
    /// The agent changes its address, and confirms the new one.
    Change {
        agent: Agent,
    },
    /// Makes the agent an administrator of its entity and those below, or an agent again.
    Role {
        agent: Agent,
        administrator: bool,
    },
    /// An agent tries what only administrators may.
    Govern {
        by: Agent,
        agent: Agent,
        active: bool,
    },
    /// One account asks another to be linked, which accepts.
    Associate {
        one: Agent,
        other: Agent,
    },
    Dissociate {
        one: Agent,
        other: Agent,
    },
    /// An agent stars for another one, which a link lets it do.
    StarFor {
        by: Agent,
        agent: Agent,
        consultation: Consultation,
    },
    /// It is 7:00 in Paris, and the clock strikes, so many times at once.
    Morning {
        at_once: usize,
    },
    /// Two facts, of the second of which the mails wait; it is 7:00, and after so many calls of the
    /// sweep these are dealt with.
    MorningAtOnce {
        calls: usize,
        consultation: Consultation,
        what: usize,
        number: u8,
    },
    /// After so many seconds the clock strikes; after so many calls of the sweep the portal saves a
    /// consultation.
    SweepAtOnce {
        after: i64,
        calls: usize,
        consultation: Consultation,
        deadline: Due,
    },
    MoveEntity {
        entity: Entity,
        parent: Entity,
    },
    Link {
        from: Entity,
        to: Entity,
    },
    Unlink {
        from: Entity,
        to: Entity,
    },
    /// Time passes, in seconds, and nothing sweeps.
    Pass {
        seconds: i64,
    },
    /// After so many seconds the clock strikes, so many times at once.
    Sweep {
        after: i64,
        at_once: usize,
    },
    /// SES says something, in this order, of mails to whom the one went that was sent so many
    /// before the newest.
    Receipts {
        of: usize,
        receipts: Vec<Receipt>,
    },
    /// One of those whose address does not work, if there are any, confirms it again.
    Reconfirm {
        which: usize,
    },
    /// From now on mails wait between `alerts` and `mailer`.
    Hold,
    /// They go on.
    LetGo,
}

impl Step {
    /// The agents for whom a login acts in the step.
    pub fn actors(&self) -> Vec<Agent> {
        match *self {
            Self::Star { agent, .. }
            | Self::Unstar { agent, .. }
            | Self::Alerts { agent, .. }
            | Self::Address { agent, .. }
            | Self::Erase { agent }
            | Self::Back { agent }
            | Self::Answer { agent, .. }
            | Self::Change { agent } => vec![agent],
            Self::Away { absent, .. } | Self::AwayAtOnce { absent, .. } => {
                absent.delegate.into_iter().chain([absent.agent]).collect()
            }
            Self::Govern { by, .. } => vec![by],
            Self::Associate { one, other } | Self::Dissociate { one, other } => vec![one, other],
            Self::StarFor { by, agent, .. } => vec![by, agent],
            _ => Vec::new(),
        }
    }
}

/// An absence as it is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Absent {
    pub agent: Agent,
    pub ahead: i8,
    pub days: i8,
    pub delegate: Option<Agent>,
}

/// SES's event about a mail to the agent, counted back from the newest; it happened so many days
/// ago, or at the sending if that is later, and is repeated so often.
#[derive(Clone, Copy, Debug)]
pub struct Receipt {
    pub back: usize,
    pub said: Said,
    pub days_ago: i64,
    pub times: usize,
}

/// A sort of mail, by its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Told what was held while the agent was away.
    Return,
    /// Told at 7:00.
    Daily,
    /// Went to who stands in.
    Delegate,
}

/// Changes of the phase; a first save begins with [`Phase::Drafting`] and goes on from there.
#[derive(Clone, Copy, Debug)]
pub enum Moved {
    Stays,
    Next,
    Leaps,
    Cancelled,
}

impl Moved {
    /// The phase after it.
    pub fn from(self, phase: Phase) -> Phase {
        match self {
            Self::Stays => phase,
            Self::Next => phase.next(),
            Self::Leaps => phase.next().next().next(),
            Self::Cancelled => Phase::Cancelled,
        }
    }
}

/// Changes of the deadline.
#[derive(Clone, Copy, Debug)]
pub enum Due {
    Stays,
    None,
    /// So many minutes from now; before, if negative.
    In(i64),
    /// The one before the last change, if there was one.
    Former,
}

/// Time at which a tender was handed in.
#[derive(Clone, Copy, Debug)]
pub enum At {
    Now,
    /// So many milliseconds after the deadline that the portal has, if any.
    Deadline(i64),
}

/// Faults while a step is dealt with.
#[derive(Clone, Debug)]
pub enum Trouble {
    None,
    /// Every message is handed out so many times, one after the other.
    Repeated(usize),
    /// Every message is handed to so many workers at once, beside whom SES does this. It is gone
    /// once any of them acknowledges it.
    AtOnce(usize, Vec<Fault>),
    /// SES does this with its next calls, or the mailer dies beside them.
    Ses(Vec<Fault>),
    /// The same, and SES's word that a mail was delivered comes before the mailer is asked again.
    Heard(Vec<Fault>),
    /// The bus takes nothing, so many times.
    BusDown(usize),
    /// A call of the table fails, this one from now on, before or after it was done: whoever made
    /// it is cut short there.
    Table(usize, Cut),
}

impl Trouble {
    /// Returns the number of chunks that may be mailed again for a fact: SES accepted, and nobody
    /// lived to record it.
    pub fn repeats(&self) -> usize {
        match self {
            Self::Ses(faults) | Self::AtOnce(_, faults) => faults
                .iter()
                .filter(|fault| matches!(fault, Fault::DiesAfter | Fault::AnswerLost))
                .count(),
            Self::Table(..) => 1,
            // SES's event saves a second mail.
            _ => 0,
        }
    }
}

/// A step and its trouble.
pub type Troubled = (Step, Trouble);
