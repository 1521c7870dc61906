//! SES's events about accepted mails, in any order, late and more than once. Deliveries move on and
//! never back. An address that mails do not reach is not mailed until somebody confirms one; then
//! the missed alerts are told.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use vigie_domain::id::AccountId;
use vigie_tests::{fake_aws::Mail, feedback::said_of};

use crate::histories::{
    compare,
    pause::{day, item_of},
    play::Play,
    portal::{consultation_id, delivery_of},
    stage,
    steps::{Receipt, Trouble},
    terms::{Address, Agent, Came, Consultation, Said, Told},
};

/// A mail that SES accepted, to whom and when.
#[derive(Clone, Debug)]
pub struct Sent {
    pub mail: Mail,
    pub to: Agent,
    /// The facts that it told.
    told: Vec<Named>,
    /// Closings of which it told one.
    unclear: Missed,
    /// Times at which its step began and was over.
    from: Timestamp,
    at: Timestamp,
}

/// A fact that a mail told: its consultation, its place there, and the name of the delivery.
type Named = (Consultation, usize, String);

/// Alerts that an agent missed.
pub type Missed = BTreeSet<(Consultation, String)>;

/// Days for which a mail that came back counts.
const MONTH: i32 = 30;

/// On so many days mails came back, and the address is dead.
const DAYS: usize = 3;

impl Play {
    /// Keeps a mail for what SES will say of it, and for the link in it.
    pub fn kept(&mut self, mail: Mail) -> Result<(), String> {
        let (to, (told, unclear)) = (compare::agent(&mail)?, self.names(&mail)?);
        for (.., name) in &told {
            self.came.entry((to, name.clone())).or_insert(Came::Sent);
        }
        self.sent.push(Sent {
            mail,
            to,
            told,
            unclear,
            from: self.began,
            at: self.stage.world.now(),
        });
        Ok(())
    }

    /// Names the deliveries of what a mail really tells, by its text: what the table says of a mail
    /// of several may be wrong. Which of several closings is told is not said there, so these are
    /// not compared.
    fn names(&self, mail: &Mail) -> Result<(Vec<Named>, Missed), String> {
        let told = compare::told(mail)?;
        let (mut names, mut unclear) = (Vec::new(), Missed::new());
        for Told {
            consultation, news, ..
        } in &told
        {
            let facts = self.model.consultations[*consultation]
                .facts
                .iter()
                .map(|recorded| &recorded.fact)
                .enumerate();
            let facts = facts.filter(|(_, fact)| fact.kind().is_some());
            let named = facts.map(|(i, fact)| {
                (
                    *consultation,
                    i,
                    delivery_of(*consultation, fact),
                    item_of(&fact.id()),
                )
            });
            let meant: Vec<_> = match compare::is_of_several(mail) {
                true => named.filter(|(.., item)| item == news).collect(),
                // A mail that tells one fact is named by its delivery.
                false => named
                    .filter(|(.., name, _)| *name == mail.tags["delivery"])
                    .collect(),
            };
            match &meant[..] {
                [(consultation, fact, name, _)] => names.push((*consultation, *fact, name.clone())),
                [] => return Err(format!("nothing of ours: {}", mail.text)),
                several => unclear.extend(several.iter().map(|(of, fact, ..)| {
                    (*of, self.model.consultations[*of].facts[*fact].fact.id())
                })),
            }
        }
        Ok((names, unclear))
    }

    /// Applies the events that SES sent before the mailer was asked again.
    pub fn heard(&mut self) {
        for mail in std::mem::take(&mut self.post.heard) {
            let (to, told) = (
                stage::agent_of(&mail.to),
                self.names(&mail).unwrap_or_default(),
            );
            for (.., name) in told.0 {
                if let Some(came) = to.and_then(|to| self.came.get_mut(&(to, name))) {
                    *came = came.after(Said::Delivered);
                    self.model
                        .counts
                        .add("heard of before they were recorded", 1);
                }
            }
        }
    }

    /// SES says something of mails: to both. What is told then: all of it is heard before the
    /// mailer is asked.
    pub fn receive(&mut self, of: usize, receipts: &[Receipt]) -> Vec<Told> {
        let now = self.stage.world.now();
        let Some(to) = self.sent.iter().rev().nth(of).map(|sent| sent.to) else {
            return Vec::new();
        };
        let mut back = Vec::new();
        for Receipt {
            back: number,
            said,
            days_ago,
            times,
        } in receipts
        {
            let Some(sent) = self
                .sent
                .iter()
                .rev()
                .filter(|sent| sent.to == to)
                .nth(*number)
                .cloned()
            else {
                continue;
            };
            let at = (now - SignedDuration::from_hours(24 * days_ago)).max(sent.at);
            let event = said_of(&sent.mail, said.sample(), sent.at, at);
            self.stage
                .world
                .aws
                .with(|traffic| traffic.events.extend((0..*times).map(|_| event.clone())));
            self.model.counts.add("receipts", *times);
            back.extend(self.told_of(&sent, *said, at));
        }
        self.decided_anew = back.iter().any(|(consultation, _)| {
            self.model.consultations[*consultation]
                .passed_on
                .values()
                .any(|by| *by == to)
        });
        back.into_iter()
            .flat_map(|(consultation, fact)| self.model.came_back(consultation, fact, to, now))
            .collect()
    }

    /// In the model: a former address is nobody's, and one that was confirmed since the mail was
    /// sent works. Returns what did not arrive.
    fn told_of(&mut self, sent: &Sent, said: Said, at: Timestamp) -> Vec<(Consultation, usize)> {
        let mut did_not_arrive = Vec::new();
        let now = self.stage.world.now();
        for (consultation, fact, name) in &sent.told {
            let newest = self.sent.iter().rfind(|other| {
                other.to == sent.to && other.told.iter().any(|told| told.2 == *name)
            });
            let is_newest = newest.is_some_and(|newest| newest.mail.id == sent.mail.id);
            // That a mail was unfit says nothing of the one that was sent after it.
            if said == Said::Rejected && !is_newest {
                continue;
            }
            let delivery = (sent.to, name.clone());
            let came = self.came.entry(delivery.clone()).or_insert(Came::Sent);
            let before = *came;
            // Events come in any order: that SES took a mail does not take back that it was unfit.
            let stays = matches!(said, Said::Sent | Said::Delayed)
                && before == Came::Failed
                && self.unfit.get(&delivery) == Some(&sent.mail.id);
            if !stays {
                *came = came.after(said);
            }
            if *came == Came::Failed && said == Said::Rejected {
                self.unfit.insert(delivery, sent.mail.id.clone());
            }
            if *came == Came::Bounced {
                self.bounced.entry((sent.to, name.clone())).or_insert(now);
            }
            let known = &mut self.model.consultations[*consultation];
            let alert = (sent.to, known.facts[*fact].fact.id());
            if matches!(*came, Came::Bounced | Came::Failed) {
                known.back.insert(alert);
                did_not_arrive.extend(
                    (before != *came && !self.model.agents[sent.to].erased)
                        .then_some((*consultation, *fact)),
                );
            } else {
                known.back.remove(&alert);
            }
        }
        self.judge_address(sent, said, at);
        did_not_arrive
    }

    fn judge_address(&mut self, sent: &Sent, said: Said, at: Timestamp) {
        let account = &mut self.model.agents[sent.to];
        let current =
            stage::address(sent.to, account.changes) == sent.mail.to && account.confirmed < sent.at;
        if !current || account.erased {
            self.model
                .counts
                .add("receipts of an address that does not count", 1);
            return;
        }
        let dead = match said {
            Said::Permanent | Said::Complaint => true,
            Said::Transient | Said::Undetermined => {
                account.came_back.insert(day(at));
                let newest = account.came_back.last().copied();
                account
                    .came_back
                    .retain(|day| newest.is_some_and(|newest| (newest - *day).get_days() < MONTH));
                account.came_back.len() >= DAYS
            }
            _ => false,
        };
        if dead && account.address != Address::Undeliverable {
            account.address = Address::Undeliverable;
            account.came_back.clear();
            self.model
                .counts
                .add("addresses that mails do not reach", 1);
            let soft = matches!(said, Said::Transient | Said::Undetermined);
            self.model.counts.add(
                "addresses that mails did not reach on three days",
                usize::from(soft),
            );
            self.notices += 1;
        }
    }

    /// In the model: an address that is confirmed works.
    pub fn lifted(&mut self, agent: Agent, now: Timestamp) {
        let (surely, perhaps) = self.came_back_since(agent, self.model.agents[agent].confirmed);
        let account = &mut self.model.agents[agent];
        account.confirmed = now;
        account.came_back.clear();
        if account.address == Address::Undeliverable {
            self.model
                .counts
                .add("alerts missed meanwhile", account.missed.len());
            self.model
                .counts
                .add("alerts that came back and are missed", surely.len());
            let missed = std::mem::take(&mut account.missed);
            self.reprieved
                .push((agent, missed.union(&surely).cloned().collect(), perhaps));
            self.model.counts.add("addresses that work again", 1);
        }
        self.model.agents[agent].address = Address::Confirmed;
    }

    /// Returns the alerts to an agent that came back since a time, and those of which only the step
    /// is known.
    fn came_back_since(&self, agent: Agent, since: Timestamp) -> (Missed, Missed) {
        let (mut surely, mut perhaps) = (Missed::new(), Missed::new());
        let first = since - SignedDuration::from_hours(24 * i64::from(MONTH));
        for sent in self
            .sent
            .iter()
            .filter(|sent| sent.to == agent && sent.at >= first)
        {
            perhaps.extend(sent.unclear.iter().cloned());
            for (consultation, fact, name) in &sent.told {
                let alert = (agent, name.clone());
                let heard = self
                    .bounced
                    .get(&alert)
                    .is_some_and(|heard| *heard >= since);
                if heard && self.came.get(&alert) == Some(&Came::Bounced) {
                    let id = self.model.consultations[*consultation].facts[*fact]
                        .fact
                        .id();
                    let of = if sent.from >= first {
                        &mut surely
                    } else {
                        &mut perhaps
                    };
                    of.insert((*consultation, id));
                }
            }
        }
        (surely, perhaps)
    }

    /// The agent's address counts as confirmed or not; nothing must be cut short here.
    pub async fn confirm_behind_their_back(&mut self, agent: Agent, confirmed: bool) {
        let account = &mut self.model.agents[agent];
        if account.erased || account.address == Address::Undeliverable {
            return;
        }
        account.address = if confirmed {
            Address::Confirmed
        } else {
            Address::Unconfirmed
        };
        let world = &self.stage.world;
        world.table.mend();
        let status = AttributeValue::S(account.address.name().to_owned());
        world
            .set(
                &format!("ACCOUNT#{}", self.stage.accounts[agent]),
                "ACCOUNT",
                "emailStatus",
                status,
            )
            .await;
    }

    /// Deliveries came as far as the model says, addresses are what it says, and nobody was told
    /// otherwise.
    pub async fn agree_on_deliveries(&mut self, trouble: &Trouble) -> Result<(), String> {
        let world = &self.stage.world;
        for (agent, account) in self
            .model
            .agents
            .iter()
            .enumerate()
            .filter(|(_, account)| account.there && !account.erased)
        {
            let id = AccountId::parse(&self.stage.accounts[agent]).expect("an id");
            let stored = world
                .table
                .store()
                .account_read(&id)
                .await
                .map_err(|e| e.to_string())?
                .ok_or("no account")?;
            let status = serde_json::to_value(stored.email_status).expect("a status");
            if status != account.address.name() {
                return Err(format!(
                    "the address of agent {agent} is {status} instead of {}",
                    account.address.name()
                ));
            }
        }
        let items = world.table.items().await;
        let text = |item: &HashMap<String, AttributeValue>, name: &str| {
            item.get(name)
                .and_then(|value| value.as_s().ok())
                .cloned()
                .unwrap_or_default()
        };
        for ((agent, delivery), came) in self
            .came
            .iter()
            .filter(|((agent, _), _)| !self.model.agents[*agent].erased)
        {
            let (pk, sk) = (
                format!("ACCOUNT#{}", self.stage.accounts[*agent]),
                format!("DELIVERY#{delivery}"),
            );
            for item in items
                .iter()
                .filter(|item| text(item, "pk") == pk && text(item, "sk") == sk)
            {
                if text(item, "state") != came.name() {
                    return Err(format!(
                        "a delivery to agent {agent} is {} instead of {}",
                        text(item, "state"),
                        came.name()
                    ));
                }
            }
        }
        self.mailed_about_addresses(trouble)
    }

    /// Administrators were told once of each address that mails do not reach; whose address works
    /// again, of what was missed.
    fn mailed_about_addresses(&mut self, trouble: &Trouble) -> Result<(), String> {
        let (notices, reprieved) = (
            std::mem::take(&mut self.notices),
            std::mem::take(&mut self.reprieved),
        );
        // Waiting mails are told later, and after a worker's death nobody knows which ones it sent.
        if self.post.holds || !matches!(trouble, Trouble::None) {
            return Ok(());
        }
        let told = |to: &str, subject: &str| {
            self.about_accounts
                .iter()
                .filter(|mail| mail.to == to && mail.subject == subject)
                .cloned()
                .collect::<Vec<_>>()
        };
        let noticed = told(stage::ADMINISTRATOR, "Un agent ne reçoit plus ses alertes").len();
        // Within an hour of another one they are collected: `daily_and_absence` tells of the lists.
        if noticed > notices {
            return Err(format!(
                "the administrator was told {noticed} times of an address, and not {notices} times"
            ));
        }
        for (agent, missed, perhaps) in reprieved {
            let mails = told(
                &stage::address(agent, self.model.agents[agent].changes),
                "Vos alertes reprennent",
            );
            let [mail] = &mails[..] else {
                return Err(format!(
                    "agent {agent} had {} mails about what it missed",
                    mails.len()
                ));
            };
            let seen = missed
                .iter()
                .filter(|(consultation, _)| self.model.sight(agent, *consultation).is_some());
            let lines: usize = (0..crate::histories::steps::CONSULTATIONS)
                .map(|of| {
                    mail.text
                        .matches(&format!("[{}]", consultation_id(of)))
                        .count()
                })
                .sum();
            let more = perhaps
                .iter()
                .filter(|(consultation, _)| self.model.sight(agent, *consultation).is_some())
                .count();
            if !(seen.clone().count()..=seen.clone().count() + more).contains(&lines) {
                return Err(format!(
                    "agent {agent} missed {:?}, and is told of {lines}: {}",
                    seen.collect::<Vec<_>>(),
                    mail.text
                ));
            }
        }
        Ok(())
    }
}
