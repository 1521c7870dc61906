//! The portal's directory: entities and agents as its newest words say, in whatever order they
//! come.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan as _, civil::Date};
use vigie_domain::paris::PARIS;

use crate::histories::{
    model::{Account, Model},
    steps::{DECLARED, ENTITIES},
    terms::{Address, Agent, Entity, KINDS, Mode, Rights, Told},
};

/// The place of a declared entity, and the entities that it is linked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub parent: Entity,
    pub links: BTreeSet<Entity>,
}

/// An agent, as one word of the portal says that they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    pub entity: Entity,
    pub rights: Rights,
    pub administrator: bool,
    pub active: bool,
    pub invite: bool,
}

/// The newest words on an agent, each with its revision.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub(super) saved: Option<(u64, Word)>,
    left: Option<(u64, Date)>,
    /// The newest one when they erased their account.
    erased: Option<u64>,
    /// The newest one that invited them.
    pub(super) invited: u64,
}

impl Words {
    fn newest(&self) -> Option<u64> {
        let left = self.left.map(|(revision, _)| revision);
        self.saved
            .map(|(revision, _)| revision)
            .max(left)
            .max(self.erased)
    }

    /// True if they are to work on a day: until their last one is over, unless they were declared
    /// again since.
    pub(super) fn works(&self, today: Date) -> bool {
        let Some((revision, saved)) = self.saved else {
            return false;
        };
        let left = self.left.filter(|(left, _)| *left >= revision);
        saved.active && left.is_none_or(|(_, last)| today <= last)
    }
}

/// All that the portal declared.
#[derive(Clone, Debug)]
pub struct Directory {
    pub(super) there: [bool; ENTITIES],
    /// The newest word on each entity, with its revision; nothing is wanted of one that it removed.
    pub(super) declared: BTreeMap<Entity, (u64, Option<Wanted>)>,
    /// The portal's own links.
    pub(super) links: BTreeSet<(Entity, Entity)>,
    pub(super) words: BTreeMap<Agent, Words>,
    /// Time at which somebody's last day is over.
    departures: BTreeSet<(Timestamp, Agent)>,
    /// Number of changes by the last word.
    pub changes: usize,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            there: std::array::from_fn(|entity| entity < DECLARED),
            declared: BTreeMap::new(),
            links: BTreeSet::new(),
            words: BTreeMap::new(),
            departures: BTreeSet::new(),
            changes: 0,
        }
    }
}

impl Directory {
    /// True if an entity is there.
    pub fn is_there(&self, entity: Entity) -> bool {
        self.there[entity]
    }

    /// True if it is there and takes others in: the portal did not remove it.
    pub fn takes_in(&self, entity: Entity) -> bool {
        self.there[entity] && !self.is_removed(entity)
    }

    fn is_removed(&self, entity: Entity) -> bool {
        matches!(self.declared.get(&entity), Some((_, None)))
    }

    /// True if the portal wants a link.
    pub fn wants(&self, (from, to): (Entity, Entity)) -> bool {
        let declared = self.declared.get(&from);
        declared.is_some_and(|(_, wanted)| {
            wanted
                .as_ref()
                .is_some_and(|wanted| wanted.links.contains(&to))
        })
    }

    /// Makes a link an administrator's.
    pub fn take_over(&mut self, link: (Entity, Entity)) {
        self.links.remove(&link);
    }

    /// True if a word on an agent was kept, and carried out on no account yet.
    pub fn has_word_on(&self, agent: Agent) -> bool {
        self.words
            .get(&agent)
            .is_some_and(|words| words.saved.is_some())
    }

    /// True if a word on somebody who erased their account changes nothing.
    pub fn is_before_erasure(&self, agent: Agent, revision: u64) -> bool {
        let erased = self.words.get(&agent).and_then(|words| words.erased);
        erased.is_some_and(|erased| revision <= erased)
    }

    /// The next time until then that somebody's last day is over.
    pub fn next_departure(&self, until: Timestamp) -> Option<Timestamp> {
        let first = self.departures.first().map(|(over, _)| *over);
        first.filter(|over| *over <= until)
    }
}

impl Model {
    /// A word of the portal on an entity.
    pub fn entity_declared(
        &mut self,
        entity: Entity,
        revision: u64,
        wanted: Option<Wanted>,
        now: Timestamp,
    ) -> Vec<Told> {
        let known = self.directory.declared.get(&entity);
        if known.is_some_and(|(known, _)| *known > revision) {
            self.counts.add("words on an entity that came late", 1);
            return Vec::new();
        }
        self.directory.declared.insert(entity, (revision, wanted));
        self.moved(now)
    }

    /// A word of the portal that says how an agent is.
    pub fn agent_saved(
        &mut self,
        agent: Agent,
        revision: u64,
        word: Word,
        now: Timestamp,
    ) -> Vec<Told> {
        let words = self.directory.words.entry(agent).or_default();
        let known = words.saved.map(|(known, _)| known).max(words.erased);
        if known.is_none_or(|known| known < revision) {
            words.saved = Some((revision, word));
        } else {
            self.counts.add("words on an agent that came late", 1);
        }
        self.spoken_of(agent, now)
    }

    /// A word of the portal that says that an agent leaves.
    pub fn agent_left(
        &mut self,
        agent: Agent,
        revision: u64,
        last: Date,
        now: Timestamp,
    ) -> Vec<Told> {
        let words = self.directory.words.entry(agent).or_default();
        let known = words.left.map(|(known, _)| known).max(words.erased);
        if known.is_none_or(|known| known < revision) {
            words.left = Some((revision, last));
        }
        self.spoken_of(agent, now)
    }

    fn spoken_of(&mut self, agent: Agent, now: Timestamp) -> Vec<Told> {
        let words = self.directory.words.entry(agent).or_default();
        let newest = words.saved.map(|(revision, _)| revision);
        let left = words.left.filter(|(left, _)| Some(*left) >= newest);
        if let Some((_, last)) = left {
            let over = (last + 1.day())
                .at(0, 0, 0, 0)
                .to_zoned_datetime(PARIS)
                .expect("a time")
                .timestamp();
            if over > now {
                self.directory.departures.insert((over, agent));
            }
        }
        self.directory.changes = 0;
        self.settle_agent(agent, now);
        self.settle(now)
    }

    /// Whoever erased their account: no word up to now brings them back.
    pub fn erased(&mut self, agent: Agent, now: Timestamp) -> Vec<Told> {
        if self.agents[agent].declared
            && let Some(words) = self.directory.words.get_mut(&agent)
        {
            *words = Words {
                erased: words.newest(),
                ..Words::default()
            };
        }
        self.settle(now)
    }

    /// Last days that are over.
    pub(super) fn departed(&mut self, now: Timestamp) -> Vec<Told> {
        while let Some((_, agent)) = self
            .directory
            .departures
            .first()
            .copied()
            .filter(|(over, _)| *over <= now)
        {
            self.directory.departures.pop_first();
            let before = self.agents[agent].active;
            self.settle_agent(agent, now);
            let left = before && !self.agents[agent].active;
            self.counts
                .add("last days that were over", usize::from(left));
        }
        self.settle(now)
    }
}

impl Account {
    /// Nobody yet: somebody whom the portal may declare one day.
    pub fn nobody(now: Timestamp) -> Self {
        Self {
            there: false,
            joined: false,
            declared: false,
            invited_until: None,
            entity: 0,
            active: false,
            erased: false,
            address: Address::Unconfirmed,
            rights: Rights::default(),
            kinds: [Mode::Off; KINDS.len()],
            rules: [true, false, false, false],
            changes: 0,
            administrator: false,
            absence: None,
            asked: Vec::new(),
            confirmed: now,
            came_back: BTreeSet::new(),
            missed: BTreeSet::new(),
        }
    }
}
