//! Carries out what the portal declared, as far as what it needs is there.

use jiff::{SignedDuration, Timestamp};

use crate::histories::{
    model::{Account, Model, Wanted},
    pause::day,
    terms::{Agent, Entity, Told},
};

/// The time for which an invitation works.
const INVITATION: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Model {
    /// Makes an agent's account what the newest words say, as far as what it needs is there.
    pub(super) fn settle_agent(&mut self, agent: Agent, now: Timestamp) {
        let Some(words) = self.directory.words.get(&agent) else {
            return;
        };
        let Some((revision, word)) = words.saved else {
            return;
        };
        let active = words.works(day(now));
        let account = &self.agents[agent];
        let lies_there = account.there && account.entity == word.entity;
        let open = lies_there || self.directory.takes_in(word.entity);
        if account.erased || (!account.declared && !open) {
            return;
        }
        let what = if !account.there {
            "agents who came"
        } else if !account.declared {
            "accounts that became agents"
        } else if open && !lies_there {
            "agents whom the portal moved"
        } else {
            "agents of whom the portal spoke again"
        };
        self.counts.add(what, 1);
        self.directory.changes += 1;
        let account = &mut self.agents[agent];
        account.there = true;
        account.declared = true;
        if open {
            account.entity = word.entity;
        }
        account.rights = word.rights;
        account.administrator = word.administrator;
        account.active = active;
        let words = self.directory.words.entry(agent).or_default();
        if word.invite && active && !account.joined && words.invited < revision {
            words.invited = revision;
            if account.invited_until.is_none_or(|until| until <= now) {
                account.invited_until = Some(now + INVITATION);
            }
        }
    }

    /// Something in the tree is another than before.
    pub fn moved(&mut self, now: Timestamp) -> Vec<Told> {
        self.directory.changes = 0;
        self.settle(now)
    }

    /// Whatever waited for what is there now goes on, until nothing changes any more.
    pub(super) fn settle(&mut self, now: Timestamp) -> Vec<Told> {
        loop {
            let before = self.directory.changes;
            let declared: Vec<_> = self.directory.declared.keys().copied().collect();
            for entity in declared {
                self.settle_entity(entity);
            }
            let speaks_of: Vec<_> = self.directory.words.keys().copied().collect();
            for agent in speaks_of {
                let words = &self.directory.words[&agent];
                let Some((_, word)) = words.saved else {
                    continue;
                };
                let account = &self.agents[agent];
                let waits = !account.declared || account.entity != word.entity;
                if waits && !account.erased && self.directory.takes_in(word.entity) {
                    self.counts.add("agents who waited for their entity", 1);
                    self.settle_agent(agent, now);
                }
            }
            if self.directory.changes == before {
                return self.come(now);
            }
        }
    }

    fn settle_entity(&mut self, entity: Entity) {
        let (_, wanted) = self.directory.declared[&entity].clone();
        match wanted {
            None if self.directory.there[entity] => self.remove(entity),
            None => {}
            Some(wanted) => self.place(entity, &wanted),
        }
    }

    /// Removes an entity in which nothing lies any more.
    fn remove(&mut self, entity: Entity) {
        let lies = |of: &Account| of.there && !of.erased && of.entity == entity;
        if self.agents.iter().any(lies) || self.parents.contains(&Some(entity)) {
            self.counts
                .add("looks at an entity that is to go and does not", 1);
            return;
        }
        self.directory.there[entity] = false;
        self.parents[entity] = None;
        let stays = |(from, to): &(Entity, Entity)| *from != entity && *to != entity;
        self.links.retain(stays);
        self.directory.links.retain(stays);
        self.directory.changes += 1;
        self.counts.add("entities that went", 1);
    }

    /// Gives an entity its place and its links, as far as the others are there.
    fn place(&mut self, entity: Entity, wanted: &Wanted) {
        let parent = wanted.parent;
        if !self.directory.there[entity] || self.parents[entity] != Some(parent) {
            let cycle = parent == entity || self.is_below(parent, entity);
            if self.directory.takes_in(parent) && !cycle {
                let what = if self.directory.there[entity] {
                    "entities that the portal moved"
                } else {
                    "entities that came"
                };
                self.counts.add(what, 1);
                self.directory.there[entity] = true;
                self.parents[entity] = Some(parent);
                self.directory.changes += 1;
            } else if self.directory.there[entity] && cycle {
                self.counts.add("looks at an entity below itself", 1);
            }
        }
        if !self.directory.there[entity] {
            return;
        }
        let former: Vec<_> = self.directory.links.iter().copied().collect();
        for link in former {
            if link.0 == entity && !wanted.links.contains(&link.1) {
                self.directory.links.remove(&link);
                self.links.remove(&link);
                self.directory.changes += 1;
            }
        }
        for &to in &wanted.links {
            let link = (entity, to);
            if to != entity && self.directory.takes_in(to) && self.links.insert(link) {
                self.directory.links.insert(link);
                self.directory.changes += 1;
                self.counts.add("links that the portal made", 1);
            }
        }
    }
}
