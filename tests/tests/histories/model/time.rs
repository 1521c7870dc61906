//! Time: closings, reminders, and mails that wait.

use jiff::Timestamp;

use crate::histories::{
    model::{GRACE, Model, Recorded, Waiting},
    pause::{seven, working_day_before},
    terms::{Consultation, Fact, Phase, Tally, Told},
};

impl Model {
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
    pub(super) fn pass(&mut self, consultation: Consultation, now: Timestamp) {
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
        let mut told = self.departed(now);
        told.extend(self.struck(now));
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
