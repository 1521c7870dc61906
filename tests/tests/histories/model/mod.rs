//! The promises of docs/domain.md, as a small model in memory: who sees what, whose favourite it
//! is, who is told. Written from that text, not from the code. Where the text leaves open what
//! happens, docs/decisions decides, and the place says so.

mod directory;
mod names;
mod settling;
mod stars;
mod telling;
mod time;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, civil::Date};

pub use directory::{Wanted, Word};

use crate::histories::{
    counts::Counts,
    model::{directory::Directory, names::People},
    pause::{Absence, Pause},
    terms::{
        Address, Agent, Consultation, Entity, Fact, KINDS, Mode, Named, RULES, Revision, Rights,
        Rule, Sight,
    },
};

/// Time from a consultation's deadline to its closing, so that facts in flight arrive
/// (docs/decisions/006-scheduled-work.md).
pub const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// Longest wait of a fact for automatic favourites
/// (docs/decisions/005-favourites-and-waiting-facts.md).
const WAITING: SignedDuration = SignedDuration::from_hours(14 * 24);

/// An agent and its choices.
#[derive(Clone, Debug)]
pub struct Account {
    /// True if there is an account.
    pub there: bool,
    /// True if a login acts for it.
    pub joined: bool,
    /// True if the portal declared it: what it is besides its choices is the portal's.
    pub declared: bool,
    /// The end of an invitation that waits.
    pub invited_until: Option<Timestamp>,
    pub entity: Entity,
    pub active: bool,
    pub erased: bool,
    pub address: Address,
    pub rights: Rights,
    pub kinds: [Mode; KINDS.len()],
    pub rules: [bool; RULES.len()],
    /// Number of changes of its address.
    pub changes: usize,
    pub administrator: bool,
    pub absence: Option<Absence>,
    /// Times at which it caused mails, lately.
    pub asked: Vec<Timestamp>,
    /// Time at which it last confirmed an address.
    pub confirmed: Timestamp,
    /// Days on which mails came back for a reason that may pass.
    pub came_back: BTreeSet<Date>,
    /// Alerts it would have had, if its address worked.
    pub missed: BTreeSet<(Consultation, String)>,
}

#[derive(Clone, Debug)]
enum Star {
    Given {
        since: Timestamp,
        automatic: Option<Rule>,
        /// A rule gave it, or would have to who had given it themselves.
        by_rule: bool,
    },
    /// Unstarred: no rule gives it again.
    Taken,
}

#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) fact: Fact,
    /// Time at which Vigie heard of it.
    pub(crate) at: Timestamp,
    /// For a deposit: the number of deposits by its channel, with it.
    total: u64,
    /// Came before the automatic favourites, and is told again once they are given
    /// (docs/decisions/005-favourites-and-waiting-facts.md).
    waiting: bool,
    /// The day to remind of it came.
    looked_at: bool,
}

/// A consultation as Vigie knows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Time at which it was heard of first.
    heard: Option<Timestamp>,
    newest: Option<Revision>,
    people: People,
    /// The author of the first save, if nobody knew them then: the star is theirs by rule.
    star_of: Option<Named>,
    /// First heard of beyond `opening`: an archive, never closed
    /// (docs/decisions/006-scheduled-work.md).
    imported: bool,
    stars_given: bool,
    /// Authors who came after the first save.
    late_authors: BTreeSet<Agent>,
    stars: BTreeMap<Agent, Star>,
    pub(crate) facts: Vec<Recorded>,
    /// Deadlines that really passed and are not closed yet.
    passed: BTreeSet<Timestamp>,
    /// Decisions, by agent and fact, with true if the agent was told: nobody is told twice, and an
    /// agent who may not have an alert does not get it later.
    pub(crate) decided: BTreeMap<(Agent, String), bool>,
    /// Names who was told instead of whom, by the absentee and the fact.
    pub(crate) passed_on: BTreeMap<(Agent, String), Agent>,
    /// Alerts that an agent was mailed and that came back, or were not sent after all.
    pub(crate) back: BTreeSet<(Agent, String)>,
}

/// Everything.
#[derive(Clone, Debug)]
pub struct Model {
    /// The parent of each entity that is there; the first is the root.
    pub parents: Vec<Option<Entity>>,
    /// From → to: agents of `from` may follow `to`.
    pub links: BTreeSet<(Entity, Entity)>,
    pub agents: Vec<Account>,
    /// Accounts that are linked, both ways.
    pub associated: BTreeSet<(Agent, Agent)>,
    pub(crate) consultations: Vec<Known>,
    /// Mails that wait between `alerts` and `mailer`; `None` if they do not wait.
    pub(crate) held: Option<Vec<Waiting>>,
    pub(crate) pause: Pause,
    pub directory: Directory,
    /// Number of times that each event happened.
    pub counts: Counts,
}

/// A message that waits for the mailer.
#[derive(Clone, Debug)]
pub(crate) enum Waiting {
    /// A fact, and who followed when it happened.
    Fact(Consultation, usize, BTreeSet<Agent>),
    /// Deferred alerts of an agent.
    Daily(Agent),
    /// A fact that a delegate was mailed and never had.
    Back(Consultation, usize, Agent),
}

impl Model {
    /// Nothing happened yet.
    pub fn new(parents: Vec<Option<Entity>>, agents: Vec<Account>, consultations: usize) -> Self {
        let consultations = vec![Known::default(); consultations];
        Self {
            parents,
            links: BTreeSet::new(),
            agents,
            associated: BTreeSet::new(),
            consultations,
            held: None,
            pause: Pause::default(),
            directory: Directory::default(),
            counts: Counts::default(),
        }
    }

    /// True if the entity lies below another, at any depth.
    pub fn is_below(&self, entity: Entity, above: Entity) -> bool {
        let mut next = self.parents[entity];
        while let Some(parent) = next {
            if parent == above {
                return true;
            }
            next = self.parents[parent];
        }
        false
    }

    /// "May see" = author, guest, or permanent guest for the consultation's entity.
    pub fn sight(&self, agent: Agent, consultation: Consultation) -> Option<Sight> {
        let known = &self.consultations[consultation];
        let (revision, people) = (known.newest.as_ref()?, &known.people);
        let Account { entity, rights, .. } = self.agents[agent];
        let ways = [
            (people.author == Some(agent), Sight::Author),
            (people.guests.contains(&agent), Sight::Guest),
            (rights.own && entity == revision.entity, Sight::OwnEntity),
            (
                rights.dependent && self.is_below(revision.entity, entity),
                Sight::DependentEntity,
            ),
            (
                rights.transverse && self.links.contains(&(entity, revision.entity)),
                Sight::TransverseEntity,
            ),
        ];
        ways.into_iter()
            .find_map(|(applies, sight)| applies.then_some(sight))
    }

    /// Rules that are on without the right that they need.
    pub fn lacks_right(&self, agent: Agent, rules: [bool; RULES.len()]) -> bool {
        let rights = self.agents[agent].rights;
        let held = [true, rights.own, rights.dependent, rights.transverse];
        rules.into_iter().zip(held).any(|(on, held)| on && !held)
    }
}
