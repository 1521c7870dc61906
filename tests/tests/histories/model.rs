//! The promises of docs/domain.md, as a small model in memory: who sees what, whose favourite it
//! is, who is told. Written from that text, not from the code. Where the text leaves open what
//! happens, docs/decisions decides, and the place says so.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::histories::{
    counts::Counts,
    pause::{Absence, Pause, day, returns_at, seven, told_daily, working_day_before},
    terms::{
        Address, Agent, Consultation, Entity, Fact, KINDS, Listed, Mode, Phase, RULES, Revision,
        Rights, Rule, Sight, Tally, Told,
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
    /// When it caused mails, lately.
    pub asked: Vec<Timestamp>,
    /// When it last confirmed an address.
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
    /// When Vigie heard of it.
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
    /// When it was heard of first.
    heard: Option<Timestamp>,
    newest: Option<Revision>,
    /// First heard of beyond `opening`: an archive, never closed
    /// (docs/decisions/006-scheduled-work.md).
    imported: bool,
    stars_given: bool,
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
    /// The parent of each entity; the first is the root.
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
        let revision = self.consultations[consultation].newest.as_ref()?;
        let Account { entity, rights, .. } = self.agents[agent];
        let ways = [
            (revision.author == agent, Sight::Author),
            (revision.guests.contains(&agent), Sight::Guest),
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
        let known = &mut self.consultations[consultation];
        match &known.newest {
            None => {
                known.imported = revision.phase > Phase::Opening;
                known.newest = Some(revision.clone());
                known.heard = Some(now);
            }
            Some(newest) if newest.number < revision.number => {
                known.newest = Some(revision.clone())
            }
            Some(_) => {}
        }
        if revision.phase != Phase::Drafting || known.stars_given {
            return Vec::new();
        }
        known.stars_given = true;
        for agent in 0..self.agents.len() {
            if let Some(rule) = self.rule(agent, revision) {
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
        }
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
    fn rule(&self, agent: Agent, revision: &Revision) -> Option<Rule> {
        let Account {
            entity,
            rights,
            rules,
            active,
            ..
        } = self.agents[agent];
        let applies = [
            revision.author == agent,
            rights.own && entity == revision.entity,
            rights.dependent && self.is_below(revision.entity, entity),
            rights.transverse && self.links.contains(&(entity, revision.entity)),
        ];
        let given = |i: &usize| active && rules[*i] && applies[*i] && !self.agents[agent].erased;
        (0..RULES.len()).find(given).map(|i| RULES[i].0)
    }

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
            waiting: !known.stars_given && in_time,
            looked_at: false,
        });
        self.fan_out(
            consultation,
            self.consultations[consultation].facts.len() - 1,
            now,
        )
    }

    /// Tells the consultation's followers of the fact: now, or when the waiting mails go on.
    fn fan_out(&mut self, consultation: Consultation, fact: usize, now: Timestamp) -> Vec<Told> {
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
    fn tell(
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
                self.left_out(agent, consultation, &id);
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

    /// The requests that came before 7:00 on the working day before their answer is wanted, once it
    /// is that time.
    fn due_reminders(&self, consultation: Consultation, now: Timestamp) -> Vec<usize> {
        let due = |recorded: &Recorded| match recorded.fact {
            Fact::News {
                wanted: Some(wanted),
                ..
            } if !recorded.looked_at => {
                let due = seven(working_day_before(wanted));
                recorded.at < due && due <= now
            }
            _ => false,
        };
        let facts = self.consultations[consultation].facts.iter().enumerate();
        facts
            .filter(|(_, recorded)| due(recorded))
            .map(|(i, _)| i)
            .collect()
    }

    /// True if a reminder is due of a consultation that is not known: it depends on the moment
    /// whether that is known by then.
    pub fn reminds_of_unknown(&self, consultation: Consultation, now: Timestamp) -> bool {
        self.consultations[consultation].newest.is_none()
            && !self.due_reminders(consultation, now).is_empty()
    }

    /// Reminds once of each request that waits.
    fn remind(&mut self, consultation: Consultation, now: Timestamp) -> Vec<Told> {
        let mut told = Vec::new();
        for i in self.due_reminders(consultation, now) {
            let recorded = &mut self.consultations[consultation].facts[i];
            recorded.looked_at = true;
            let Fact::News { id, kind, .. } = &recorded.fact else {
                continue;
            };
            let (of, kind) = (id.clone(), *kind);
            let reminder = Fact::Reminded { of, kind };
            if self.is_past(consultation, &reminder) {
                self.counts.add("ended before their day", 1);
            } else {
                told.extend(self.happened(consultation, reminder, now));
            }
        }
        told
    }

    /// Whatever the deadline in force was, if it has passed while the consultation was released and
    /// not cancelled, it has passed.
    fn pass(&mut self, consultation: Consultation, now: Timestamp) {
        let known = &mut self.consultations[consultation];
        let Some(newest) = known.newest.as_ref().filter(|_| !known.imported) else {
            return;
        };
        let released = !matches!(newest.phase, Phase::Drafting | Phase::Cancelled);
        if let Some(deadline) = newest
            .deadline
            .filter(|deadline| released && *deadline + GRACE <= now)
        {
            known.passed.insert(deadline);
        }
    }

    /// The clock strikes: one closing for each deadline that has passed; what is mailed then.
    pub fn swept(&mut self, now: Timestamp) -> Vec<Told> {
        let mut told = self.struck(now);
        for consultation in 0..self.consultations.len() {
            self.pass(consultation, now);
            for deadline in self.consultations[consultation].passed.clone() {
                let tally = self.tally(consultation, deadline);
                told.extend(self.happened(consultation, Fact::Closed { deadline, tally }, now));
            }
            told.extend(self.remind(consultation, now));
        }
        for agent in (0..self.agents.len()).filter(|agent| self.agents[*agent].erased) {
            for known in &mut self.consultations {
                known.stars.remove(&agent);
            }
            self.pause.held.retain(|(of, ..), _| *of != agent);
        }
        told
    }

    /// A deposit counts as late after the deadline that is closed, a withdrawal whenever it was.
    fn tally(&self, consultation: Consultation, deadline: Timestamp) -> Tally {
        let mut tally = Tally::default();
        for recorded in &self.consultations[consultation].facts {
            match recorded.fact {
                Fact::Withdrawal { channel, .. } => tally.withdrawals[channel] += 1,
                Fact::Deposit {
                    electronic,
                    received_at,
                    ..
                } => {
                    let counts = if received_at > deadline {
                        &mut tally.late
                    } else {
                        &mut tally.deposits
                    };
                    counts[usize::from(!electronic)] += 1;
                }
                _ => {}
            }
        }
        tally
    }

    /// From now on mails wait.
    pub fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Those that wait go on; what is mailed then.
    pub fn let_go(&mut self, now: Timestamp) -> Vec<Told> {
        let held = self.held.take().unwrap_or_default();
        held.into_iter()
            .flat_map(|waiting| match waiting {
                Waiting::Fact(consultation, fact, followers) => {
                    self.tell(consultation, fact, &followers, None, now)
                }
                Waiting::Back(consultation, fact, delegate) => {
                    self.came_back(consultation, fact, delegate, now)
                }
                Waiting::Daily(agent) => self.daily(agent, now),
            })
            .collect()
    }
}
