//! Part of the model: deferred alerts for a daily mail or a return, the people who stand in, and
//! the time when alerts are told.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan as _, civil::Date};
use vigie_domain::paris::PARIS;

use crate::histories::{
    model::{Model, Waiting},
    terms::{Agent, Consultation, Mode, Told},
};

/// An absence, its days inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    pub from: Date,
    pub until: Date,
    /// Delegate, with true if it agreed.
    pub delegate: Option<(Agent, bool)>,
}

/// A fact that is held for an agent.
pub type Kept = (Agent, Consultation, String);

/// A deferred alert.
#[derive(Clone, Debug, Default)]
pub struct Pause {
    /// Each with its fact, and whether it is for a return.
    pub held: BTreeMap<Kept, (usize, bool)>,
    /// Time at which something is to be told to whom.
    dues: BTreeSet<(Timestamp, Agent)>,
    /// Alerts due to an agent both on their own account and for somebody whom they stand in for:
    /// told once, for whichever is first.
    pub for_either: BTreeSet<(Agent, Consultation, String)>,
}

/// The day in Paris.
pub fn day(at: Timestamp) -> Date {
    at.to_zoned_datetime(PARIS).date()
}

/// 7:00 in Paris.
pub fn seven(day: Date) -> Timestamp {
    day.at(7, 0, 0, 0)
        .to_zoned_datetime(PARIS)
        .expect("a time")
        .timestamp()
}

/// The last day before that is in no weekend, nor a legal holiday of the weeks that histories last.
pub fn working_day_before(day: Date) -> Date {
    let works = |day: &Date| {
        let date = (day.month(), day.day());
        day.weekday().to_monday_zero_offset() < 5 && date != (12, 25) && date != (1, 1)
    };
    let days = (1..).map(|days: i64| day - days.days());
    days.into_iter().find(works).expect("a day")
}

/// 7:00 on the day after.
pub fn returns_at(absence: &Absence) -> Timestamp {
    seven(absence.until + 1.day())
}

/// 7:00 on the day after it was recorded, or the next 7:00 if that is over.
pub fn told_daily(recorded: Timestamp, now: Timestamp) -> Timestamp {
    let days = (1..).map(|days| seven(day(recorded) + days.days()));
    days.into_iter().find(|seven| *seven >= now).expect("a day")
}

impl Model {
    /// The absence that a day lies in.
    pub fn away(&self, agent: Agent, day: Date) -> Option<&Absence> {
        self.agents[agent]
            .absence
            .as_ref()
            .filter(|absence| absence.from <= day && day <= absence.until)
    }

    /// Returns true if the delegate was asked, agreed, can be mailed, is not away and may see the
    /// consultation.
    pub(crate) fn stands_in(
        &self,
        agent: Agent,
        consultation: Consultation,
        day: Date,
    ) -> Option<Agent> {
        let delegate = self
            .away(agent, day)?
            .delegate
            .filter(|(_, agreed)| *agreed)?
            .0;
        self.reached(delegate, consultation)
            .filter(|_| self.away(delegate, day).is_none())
            .map(|_| delegate)
    }

    pub(crate) fn keep(
        &mut self,
        agent: Agent,
        consultation: Consultation,
        fact: usize,
        for_return: bool,
        due: Timestamp,
    ) {
        let id = self.consultations[consultation].facts[fact].fact.id();
        self.pause
            .held
            .insert((agent, consultation, id), (fact, for_return));
        self.pause.dues.insert((due, agent));
    }

    /// Puts an absence, or ends it, in the days as they are asked for; a delegate who agreed to
    /// days that these lie within is not asked again. Whether anybody was asked.
    pub fn absent(
        &mut self,
        agent: Agent,
        wanted: Option<(Date, Date, Option<Agent>)>,
        now: Timestamp,
    ) -> bool {
        let before = self.agents[agent].absence.clone();
        let mut asked = false;
        let after = wanted.map(|(from, until, delegate)| {
            let known = before
                .as_ref()
                .filter(|known| known.from <= from && until <= known.until)
                .and_then(|known| known.delegate);
            let delegate = delegate.map(|delegate| {
                known
                    .filter(|(known, _)| *known == delegate)
                    .unwrap_or_else(|| {
                        asked = true;
                        (delegate, false)
                    })
            });
            Absence {
                from,
                until,
                delegate,
            }
        });
        if asked || after != before {
            self.agents[agent].absence = after;
            let due = self
                .away(agent, day(now))
                .map_or_else(|| told_daily(now, now), returns_at);
            self.pause.dues.insert((due, agent));
        }
        asked
    }

    /// The clock strikes: whatever is due is told.
    pub(crate) fn struck(&mut self, now: Timestamp) -> Vec<Told> {
        let due: BTreeSet<_> = self
            .pause
            .dues
            .iter()
            .filter(|(due, _)| *due <= now)
            .map(|(_, agent)| *agent)
            .collect();
        self.pause.dues.retain(|(due, _)| *due > now);
        let mut told = Vec::new();
        for agent in due {
            self.counts.add("entries dropped", 1);
            match &mut self.held {
                Some(held) => held.push(Waiting::Daily(agent)),
                None => told.extend(self.daily(agent, now)),
            }
        }
        told
    }

    /// Judges again the deferred alerts recorded before today, and tells them as one mail.
    pub(crate) fn daily(&mut self, agent: Agent, now: Timestamp) -> Vec<Told> {
        if self.agents[agent].erased {
            return Vec::new();
        }
        let (today, mut told) = (day(now), Vec::new());
        let away = self.away(agent, today).cloned();
        let held: Vec<_> = self
            .pause
            .held
            .iter()
            .filter(|((of, ..), _)| *of == agent)
            .map(|(kept, held)| (kept.clone(), *held))
            .collect();
        if let Some(absence) = away
            .as_ref()
            .filter(|_| held.iter().any(|(_, (_, for_return))| *for_return))
        {
            self.counts.add("kept for the next return", 1);
            self.pause.dues.insert((returns_at(absence), agent));
        }
        for (kept, (fact, for_return)) in held {
            let (_, consultation, id) = kept.clone();
            let recorded = self.consultations[consultation].facts[fact].clone();
            if day(recorded.at) >= today || (away.is_some() && for_return) {
                continue;
            }
            self.pause.held.remove(&kept);
            let kind = recorded.fact.kind().expect("it is told");
            if self.is_past(consultation, &recorded.fact) {
                self.counts.add("ended before a daily mail", 1);
                continue;
            }
            if !self.follows(agent, consultation, &recorded)
                || self.agents[agent].kinds[kind as usize] == Mode::Off
            {
                continue;
            }
            let known = |model: &mut Self, of: Agent, told: bool| {
                *model.consultations[consultation]
                    .decided
                    .entry((of, id.clone()))
                    .or_insert(told)
            };
            let Some(why) = self.reached(agent, consultation) else {
                self.left_out(agent, consultation, &id);
                continue;
            };
            let item = |to, why| Told {
                to,
                consultation,
                news: item_of(&id),
                why,
                together: true,
            };
            if away.is_none() {
                if self.had(agent, consultation, &id).is_none() {
                    known(self, agent, true);
                    self.counts.add(
                        if for_return {
                            "told on return"
                        } else {
                            "told daily"
                        },
                        1,
                    );
                    told.push(item(agent, Some(why)));
                } else {
                    self.pause
                        .for_either
                        .insert((agent, consultation, item_of(&id)));
                }
                continue;
            }
            match self.stands_in(agent, consultation, today) {
                Some(delegate) if self.may_have(delegate, consultation, &id) => {
                    if self.had(delegate, consultation, &id).is_none() {
                        known(self, delegate, true);
                        self.counts.add("told daily to a delegate", 1);
                        told.push(item(delegate, None));
                    } else {
                        self.pause
                            .for_either
                            .insert((delegate, consultation, item_of(&id)));
                    }
                    known(self, agent, false);
                    self.consultations[consultation]
                        .passed_on
                        .insert((agent, id.clone()), delegate);
                }
                _ => {
                    let due = away.as_ref().map_or(now, returns_at);
                    self.keep(agent, consultation, fact, true, due);
                }
            }
        }
        told
    }
}

/// A fact in a mail of several; which deadline passed is not said there.
pub fn item_of(id: &str) -> String {
    if id.starts_with("closed") {
        "closed".to_owned()
    } else {
        id.to_owned()
    }
}
