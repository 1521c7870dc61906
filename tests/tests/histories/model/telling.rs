//! Facts, and who is told of them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::histories::{
    model::{Model, Recorded, Star, WAITING, Waiting},
    pause::{day, returns_at, told_daily},
    terms::{Address, Agent, Consultation, Fact, Mode, Phase, Sight, Told},
};

impl Model {
    /// A fact arrives; what is mailed then. Again changes nothing.
    pub fn happened(
        &mut self,
        consultation: Consultation,
        fact: Fact,
        now: Timestamp,
    ) -> Vec<Told> {
        let known = &mut self.consultations[consultation];
        if known
            .facts
            .iter()
            .any(|recorded| recorded.fact.id() == fact.id())
        {
            return Vec::new();
        }
        let alike = |recorded: &&Recorded| match (&recorded.fact, &fact) {
            (
                Fact::Deposit {
                    electronic: there, ..
                },
                Fact::Deposit { electronic, .. },
            ) => there == electronic,
            _ => false,
        };
        let total = 1 + known.facts.iter().filter(alike).count() as u64;
        let in_time = known
            .heard
            .is_none_or(|heard| now.duration_since(heard) < WAITING);
        known.facts.push(Recorded {
            fact,
            at: now,
            total,
            waiting: (!known.stars_given || known.awaits_somebody()) && in_time,
            looked_at: false,
        });
        self.fan_out(
            consultation,
            self.consultations[consultation].facts.len() - 1,
            now,
        )
    }

    /// Tells the consultation's followers of the fact: now, or when the waiting mails go on.
    pub(super) fn fan_out(
        &mut self,
        consultation: Consultation,
        fact: usize,
        now: Timestamp,
    ) -> Vec<Told> {
        let known = &self.consultations[consultation];
        if known.newest.is_none() {
            return Vec::new();
        }
        let given = known
            .stars
            .iter()
            .filter(|(_, star)| matches!(star, Star::Given { .. }));
        let followers: BTreeSet<_> = given.map(|(agent, _)| *agent).collect();
        if let Some(held) = &mut self.held {
            held.push(Waiting::Fact(consultation, fact, followers));
            return Vec::new();
        }
        self.tell(consultation, fact, &followers, None, now)
    }

    /// A delegate's copy did not arrive: those whom it was for are told after all.
    pub(crate) fn came_back(
        &mut self,
        consultation: Consultation,
        fact: usize,
        delegate: Agent,
        now: Timestamp,
    ) -> Vec<Told> {
        if let Some(held) = &mut self.held {
            held.push(Waiting::Back(consultation, fact, delegate));
            return Vec::new();
        }
        let known = &mut self.consultations[consultation];
        let id = known.facts[fact].fact.id();
        let theirs: BTreeSet<_> = known
            .passed_on
            .iter()
            .filter(|((_, of), by)| *of == id && **by == delegate)
            .map(|((of, _), _)| *of)
            .collect();
        for absentee in &theirs {
            known.passed_on.remove(&(*absentee, id.clone()));
            known.decided.remove(&(*absentee, id.clone()));
        }
        self.counts.add("came back from a delegate", theirs.len());
        self.tell(consultation, fact, &theirs, Some(delegate), now)
    }

    /// True if a delegate can have the alert instead: not if it must not, or its copy came
    /// back.
    pub(crate) fn may_have(&self, delegate: Agent, consultation: Consultation, id: &str) -> bool {
        self.had(delegate, consultation, id) != Some(false)
            && !self.consultations[consultation]
                .back
                .contains(&(delegate, id.to_owned()))
    }

    /// True if a fact is of a favourite: one's own star tells nothing recorded before it, unless a
    /// rule gives it too.
    pub(crate) fn follows(
        &self,
        agent: Agent,
        consultation: Consultation,
        recorded: &Recorded,
    ) -> bool {
        match self.consultations[consultation].stars.get(&agent) {
            Some(Star::Given { since, by_rule, .. }) => *by_rule || *since <= recorded.at,
            _ => false,
        }
    }

    /// Judged when the mail is sent: active ∧ address confirmed and deliverable ∧ may see it ∧
    /// favourite ∧ kind not off. Who is away or wants it daily has it later, or somebody else has
    /// it.
    pub(super) fn tell(
        &mut self,
        consultation: Consultation,
        fact: usize,
        followers: &BTreeSet<Agent>,
        aside: Option<Agent>,
        now: Timestamp,
    ) -> Vec<Told> {
        let recorded = self.consultations[consultation].facts[fact].clone();
        let Some(kind) = recorded.fact.kind() else {
            return Vec::new();
        };
        if self.is_past(consultation, &recorded.fact) {
            self.counts.add("ended before they were told", 1);
            return Vec::new();
        }
        let id = recorded.fact.id();
        let (mut told, mut away) = (Vec::new(), Vec::new());
        for &agent in followers {
            let account = &self.agents[agent];
            // Whoever did not ask for it is not recorded as left out.
            if account.erased
                || !self.follows(agent, consultation, &recorded)
                || account.kinds[kind as usize] == Mode::Off
            {
                continue;
            }
            let daily = account.kinds[kind as usize] == Mode::Daily;
            let Some(why) = self.reached(agent, consultation) else {
                // It may be they who are awaited.
                let mailed = account.active && account.address == Address::Confirmed;
                let people = &self.consultations[consultation].people;
                if !mailed || people.awaits_nobody() {
                    self.left_out(agent, consultation, &id);
                }
                continue;
            };
            if self.consultations[consultation]
                .decided
                .contains_key(&(agent, id.clone()))
            {
                continue;
            }
            if self.away(agent, day(now)).is_some() {
                away.push(agent);
            } else if daily {
                self.keep(
                    agent,
                    consultation,
                    fact,
                    false,
                    told_daily(recorded.at, now),
                );
            } else {
                self.consultations[consultation]
                    .decided
                    .insert((agent, id.clone()), true);
                let news = self.news(consultation, &recorded);
                told.push(Told {
                    to: agent,
                    consultation,
                    news,
                    why: Some(why),
                    together: false,
                });
            }
        }
        for agent in away {
            match self.stands_in(agent, consultation, day(now)) {
                Some(delegate)
                    if Some(delegate) != aside && self.may_have(delegate, consultation, &id) =>
                {
                    if self.had(delegate, consultation, &id).is_none() {
                        self.consultations[consultation]
                            .decided
                            .insert((delegate, id.clone()), true);
                        let news = self.news(consultation, &recorded);
                        told.push(Told {
                            to: delegate,
                            consultation,
                            news,
                            why: None,
                            together: false,
                        });
                    }
                    self.consultations[consultation]
                        .decided
                        .insert((agent, id.clone()), false);
                    self.consultations[consultation]
                        .passed_on
                        .insert((agent, id.clone()), delegate);
                }
                _ => {
                    let due = self.away(agent, day(now)).map_or(now, returns_at);
                    self.keep(agent, consultation, fact, true, due);
                }
            }
        }
        told
    }

    /// Why an agent that can be mailed may see a consultation.
    pub(crate) fn reached(&self, agent: Agent, consultation: Consultation) -> Option<Sight> {
        let account = &self.agents[agent];
        self.sight(agent, consultation)
            .filter(|_| account.active && account.address == Address::Confirmed && !account.erased)
    }

    /// Closes the alerts that an agent asked for and must not have; those it would have had at a
    /// working address are missed.
    pub(crate) fn left_out(&mut self, agent: Agent, consultation: Consultation, id: &str) {
        let account = &mut self.agents[agent];
        let decided = &mut self.consultations[consultation].decided;
        if !decided.contains_key(&(agent, id.to_owned()))
            && account.active
            && account.address == Address::Undeliverable
        {
            account.missed.insert((consultation, id.to_owned()));
        }
        decided.entry((agent, id.to_owned())).or_insert(false);
    }

    /// Returns the decision about the agent and the fact, if there was one: true if the agent was
    /// told.
    pub(crate) fn had(&self, agent: Agent, consultation: Consultation, id: &str) -> Option<bool> {
        self.consultations[consultation]
            .decided
            .get(&(agent, id.to_owned()))
            .copied()
    }

    /// Returns the mail's text about a fact, as far as it is compared.
    fn news(&self, consultation: Consultation, recorded: &Recorded) -> String {
        let deadline = self.consultations[consultation]
            .newest
            .as_ref()
            .and_then(|revision| revision.deadline);
        match &recorded.fact {
            Fact::Deposit {
                id, received_at, ..
            } => {
                let late = deadline.map_or("no deadline", |deadline| {
                    if *received_at > deadline {
                        "late"
                    } else {
                        "in time"
                    }
                });
                format!("{id}, {} so far, {late}", recorded.total)
            }
            Fact::Closed { tally, .. } => format!("closed with {tally:?}"),
            fact => fact.id(),
        }
    }

    /// True if a request has ended, or what reminds of one is about a consultation that is over:
    /// nobody is told.
    pub(crate) fn is_past(&self, consultation: Consultation, fact: &Fact) -> bool {
        let known = &self.consultations[consultation];
        let ended = |id: &String| {
            known.facts.iter().any(
                |recorded| matches!(&recorded.fact, Fact::End { ends, .. } if ends.contains(id)),
            )
        };
        match fact {
            Fact::News { id, .. } => ended(id),
            Fact::Reminded { of, .. } => {
                let newest = known.newest.as_ref();
                ended(of) || newest.is_none_or(|newest| newest.phase >= Phase::Archived)
            }
            _ => false,
        }
    }
}
