//! Favourites: stars that agents give, and those that rules give at the first save.

use jiff::Timestamp;

use crate::histories::{
    model::{Account, Model, Recorded, Star, WAITING},
    terms::{Agent, Consultation, Entity, Listed, Phase, RULES, Revision, Rule, Told},
};

impl Model {
    /// The agent stars or unstars; what the API answers.
    pub fn star(
        &mut self,
        agent: Agent,
        consultation: Consultation,
        give: bool,
        now: Timestamp,
    ) -> u16 {
        if !self.agents[agent].active {
            return 403;
        }
        if self.sight(agent, consultation).is_none() {
            return 404;
        }
        let stars = &mut self.consultations[consultation].stars;
        match (give, stars.get(&agent)) {
            (true, Some(Star::Given { .. })) | (false, None | Some(Star::Taken)) => {}
            (true, _) => drop(stars.insert(
                agent,
                Star::Given {
                    since: now,
                    automatic: None,
                    by_rule: false,
                },
            )),
            (false, _) => drop(stars.insert(agent, Star::Taken)),
        }
        204
    }

    /// The list of an agent's favourites, newest first; nothing that it may not see now.
    pub fn favourites(&self, agent: Agent) -> Vec<Listed> {
        let mut list: Vec<_> = (0..self.consultations.len())
            .filter_map(|consultation| self.listed(agent, consultation))
            .collect();
        list.sort_by_key(|star| (star.since, star.consultation));
        list.reverse();
        list
    }

    fn listed(&self, agent: Agent, consultation: Consultation) -> Option<Listed> {
        let known = &self.consultations[consultation];
        let Some(Star::Given {
            since, automatic, ..
        }) = known.stars.get(&agent)
        else {
            return None;
        };
        self.sight(agent, consultation)?;
        let revision = known.newest.as_ref()?;
        let (number, phase, deadline) = (revision.number, revision.phase, revision.deadline);
        Some(Listed {
            consultation,
            since: *since,
            late: automatic.is_some() && known.late_authors.contains(&agent),
            automatic: *automatic,
            revision: number,
            phase,
            deadline,
        })
    }

    /// A revision arrives; what is mailed then. An older one rolls nothing back, and a drafting one
    /// gives the automatic favourites, once.
    pub fn saved(
        &mut self,
        consultation: Consultation,
        revision: &Revision,
        now: Timestamp,
    ) -> Vec<Told> {
        self.pass(consultation, now);
        let people = self.people(revision);
        let known = &mut self.consultations[consultation];
        let newer = known
            .newest
            .as_ref()
            .is_none_or(|newest| newest.number < revision.number);
        let mut ready = false;
        if newer {
            // Whoever is named for the first time may be one of those who were awaited.
            ready = !known.people.awaits_nobody()
                && people.named().any(|agent| !known.people.names(agent));
            known.imported |= known.newest.is_none() && revision.phase > Phase::Opening;
            known.heard.get_or_insert(now);
            known.newest = Some(revision.clone());
            known.people = people.clone();
        }
        if revision.phase == Phase::Drafting && !known.stars_given {
            known.stars_given = true;
            known.star_of = people.awaited_author;
            for agent in 0..self.agents.len() {
                if let Some(rule) = self.rule(agent, people.author, revision.entity) {
                    self.give(agent, consultation, rule, now);
                }
            }
            ready = true;
        }
        if revision.is_by_name() {
            ready |= self.put_into_place(consultation, now);
        }
        if ready {
            self.tell_waiting(consultation, now)
        } else {
            Vec::new()
        }
    }

    /// Gives a star by a rule, unless the agent unstarred the consultation.
    pub(super) fn give(
        &mut self,
        agent: Agent,
        consultation: Consultation,
        rule: Rule,
        now: Timestamp,
    ) {
        let stars = &mut self.consultations[consultation].stars;
        match stars.entry(agent).or_insert(Star::Given {
            since: now,
            automatic: Some(rule),
            by_rule: false,
        }) {
            Star::Given { by_rule, .. } => *by_rule = true,
            Star::Taken => {}
        }
    }

    /// Tells what waited for automatic favourites, or for somebody whom the consultation names.
    pub(super) fn tell_waiting(&mut self, consultation: Consultation, now: Timestamp) -> Vec<Told> {
        let known = &self.consultations[consultation];
        if known
            .heard
            .is_some_and(|heard| now.duration_since(heard) >= WAITING)
        {
            return Vec::new();
        }
        let still =
            |recorded: &Recorded| recorded.waiting && now.duration_since(recorded.at) < WAITING;
        let waiting: Vec<_> = known
            .facts
            .iter()
            .enumerate()
            .filter(|(_, recorded)| still(recorded))
            .map(|(fact, _)| fact)
            .collect();
        waiting
            .into_iter()
            .flat_map(|fact| self.fan_out(consultation, fact, now))
            .collect()
    }

    /// The rule that gives the agent a star at this save in drafting, if any. An account that is
    /// switched off has none.
    pub(super) fn rule(&self, agent: Agent, author: Option<Agent>, of: Entity) -> Option<Rule> {
        let Account {
            entity,
            rights,
            rules,
            active,
            ..
        } = self.agents[agent];
        let applies = [
            author == Some(agent),
            rights.own && entity == of,
            rights.dependent && self.is_below(of, entity),
            rights.transverse && self.links.contains(&(entity, of)),
        ];
        let account = &self.agents[agent];
        let works = account.there && active && !account.erased;
        let given = |i: &usize| works && rules[*i] && applies[*i];
        (0..RULES.len()).find(given).map(|i| RULES[i].0)
    }
}
