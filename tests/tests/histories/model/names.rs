//! People of a consultation, by their accounts or by the portal's own names; who is not known yet
//! is awaited.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::histories::{
    model::{Known, Model},
    terms::{Address, Agent, Consultation, Named, Revision, Told},
};

/// The people whom a revision names.
#[derive(Clone, Debug, Default)]
pub(crate) struct People {
    pub(crate) author: Option<Agent>,
    pub(crate) guests: BTreeSet<Agent>,
    pub(crate) awaited_author: Option<Named>,
    pub(crate) awaited_guests: BTreeSet<Named>,
    /// True once it is known of which organisation they are: by their consultation's entity.
    placed: bool,
}

impl People {
    pub(crate) fn awaits_nobody(&self) -> bool {
        self.awaited_author.is_none() && self.awaited_guests.is_empty()
    }

    /// Lists those who are known.
    pub(crate) fn named(&self) -> impl Iterator<Item = Agent> + '_ {
        self.author.iter().chain(&self.guests).copied()
    }

    pub(crate) fn names(&self, agent: Agent) -> bool {
        self.named().any(|named| named == agent)
    }
}

impl Known {
    /// True if somebody may still come to whom what happens now is to be told; another account may
    /// become that of an agent whom the portal names by its own id.
    pub(crate) fn awaits_somebody(&self) -> bool {
        let names_agents = self.newest.as_ref().is_some_and(Revision::names_agents);
        !self.people.awaits_nobody() || self.star_of.is_some() || names_agents
    }
}

impl Model {
    /// Whoever has a name now: the account that is the agent's, or whose present address it is,
    /// once its owner has confirmed that.
    fn known(&self, named: Named) -> Option<Agent> {
        let (agent, has) = match named {
            Named::Account(agent) => return Some(agent),
            Named::Agent(agent) => (agent, self.agents[agent].declared),
            Named::Address(agent, changes) => {
                let account = &self.agents[agent];
                let confirmed = account.address != Address::Unconfirmed;
                (agent, confirmed && account.changes == changes)
            }
        };
        let account = &self.agents[agent];
        (has && account.there && !account.erased).then_some(agent)
    }

    /// The people of a revision that comes now.
    pub(super) fn people(&self, revision: &Revision) -> People {
        let mut people = People {
            placed: self.directory.is_there(revision.entity),
            ..People::default()
        };
        let known = |named: Named| {
            let by_account = matches!(named, Named::Account(_));
            self.known(named).filter(|_| by_account || people.placed)
        };
        let author = known(revision.author);
        let guests: BTreeSet<_> = revision.guests.iter().filter_map(|of| known(*of)).collect();
        let awaited = revision.guests.iter().filter(|of| known(**of).is_none());
        let awaited = awaited.copied().collect();
        people.awaited_author = Some(revision.author).filter(|_| author.is_none());
        people.author = author;
        people.guests = guests;
        people.awaited_guests = awaited;
        people
    }

    /// Puts those whom a consultation awaits and who are known by now into their places. True if
    /// what waited is to be told: one of them follows it, or has their star only now.
    pub(super) fn put_into_place(&mut self, consultation: Consultation, now: Timestamp) -> bool {
        let known = &self.consultations[consultation];
        let (Some(newest), before) = (known.newest.clone(), known.people.clone()) else {
            return false;
        };
        let mut people = before.clone();
        people.placed |= self.directory.is_there(newest.entity);
        if !people.placed {
            return false;
        }
        if let Some(author) = people.awaited_author.and_then(|named| self.known(named)) {
            people.author = Some(author);
            people.awaited_author = None;
        }
        for named in &before.awaited_guests {
            if let Some(guest) = self.known(*named) {
                people.guests.insert(guest);
                people.awaited_guests.remove(named);
                let by = match named {
                    Named::Agent(_) => "guests who came by the portal's id",
                    _ => "guests who came by their address",
                };
                self.counts.add(by, 1);
            }
        }
        let known = &mut self.consultations[consultation];
        let follows = |agent: Agent| known.stars.contains_key(&agent);
        let mut ready = people
            .named()
            .any(|agent| !before.names(agent) && follows(agent));
        known.people = people.clone();
        let starred = known.star_of.and_then(|named| self.known(named));
        if let Some(agent) = starred {
            let known = &mut self.consultations[consultation];
            known.star_of = None;
            known.late_authors.insert(agent);
            self.counts.add("authors who came after the first save", 1);
            if let Some(rule) = self.rule(agent, people.author, newest.entity) {
                self.give(agent, consultation, rule, now);
            }
            ready = true;
        }
        ready
    }

    /// Somebody came, or an entity did: whatever waited for that goes on.
    pub(crate) fn come(&mut self, now: Timestamp) -> Vec<Told> {
        let (mut told, kept) = (Vec::new(), self.pause.held.len());
        for consultation in 0..self.consultations.len() {
            let known = &self.consultations[consultation];
            let people = &known.people;
            let there = |revision: &Revision| self.directory.is_there(revision.entity);
            let placed = people.placed || known.newest.as_ref().is_some_and(there);
            let awaited = people.awaited_author.iter().chain(&people.awaited_guests);
            let comes = awaited.clone().any(|named| self.known(*named).is_some());
            if !people.placed && placed && awaited.count() > 0 {
                self.counts
                    .add("entities that came after what names people in them", 1);
            }
            self.consultations[consultation].people.placed = placed;
            if placed && comes && self.put_into_place(consultation, now) {
                told.extend(self.tell_waiting(consultation, now));
            }
        }
        let kept = self.pause.held.len() - kept;
        self.counts
            .add("alerts that waited for somebody", told.len() + kept);
        told
    }
}
