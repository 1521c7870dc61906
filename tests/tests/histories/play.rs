//! Plays a history in the world and in the model at once.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use vigie_tests::{Login, fake_aws::Mail};

use crate::histories::{
    compare,
    counts::Counts,
    directory::Words,
    model::Model,
    pause::day,
    portal::{self, Portal},
    post::Post,
    receipts::{Missed, Sent},
    stage::{self, Stage},
    steps::{AGENTS, CONSULTATIONS, Step, Trouble, Troubled},
    terms::{Address, Agent, Came, Consultation, Fact, REMINDED, Told},
};

/// A history under way.
pub struct Play {
    pub stage: Stage,
    pub model: Model,
    pub portal: Portal,
    /// What the portal declared.
    pub words: Words,
    pub post: Post,
    /// Alerts that SES accepted, oldest first.
    pub sent: Vec<Sent>,
    /// Mails about accounts, of the last step.
    pub about_accounts: Vec<Mail>,
    /// Number of notices about an address that administrators are to get in this step.
    pub notices: usize,
    /// Agents whose address works again since this step, with the alerts that it missed, and those
    /// that it may have missed.
    pub reprieved: Vec<(Agent, Missed, Missed)>,
    /// Time at which this step began.
    pub began: Timestamp,
    /// True if a delegate's copy comes back in this step.
    pub decided_anew: bool,
    /// A save came in the middle of a sweep: either may come first.
    pub woven: bool,
    /// Progress of deliveries, by their names.
    pub came: BTreeMap<(Agent, String), Came>,
    /// Time at which it was heard of them that they came back.
    pub bounced: BTreeMap<(Agent, String), Timestamp>,
    /// The mail that SES found unfit last, of a delivery to an agent.
    pub unfit: BTreeMap<(Agent, String), String>,
}

/// A difference between the world and the model.
#[derive(Debug)]
pub struct Differs {
    /// After which step.
    pub step: usize,
    pub why: String,
}

/// Plays a whole history.
pub async fn play(history: &[Troubled]) -> Result<Counts, Differs> {
    let (stage, model) = stage::begin().await;
    let mut play = Play {
        stage,
        model,
        portal: Portal::default(),
        words: Words::default(),
        post: Post::default(),
        sent: Vec::new(),
        about_accounts: Vec::new(),
        notices: 0,
        reprieved: Vec::new(),
        began: Timestamp::UNIX_EPOCH,
        decided_anew: false,
        woven: false,
        came: BTreeMap::new(),
        bounced: BTreeMap::new(),
        unfit: BTreeMap::new(),
    };
    // Waiting mails go on at the end.
    let end = (Step::LetGo, Trouble::None);
    for (i, troubled) in history.iter().chain([&end]).enumerate() {
        let at = |e| Differs {
            step: i,
            why: format!("after {troubled:?}: {e}"),
        };
        play.step(troubled).await.map_err(at)?;
        // One of the lists, and now and then all.
        let one = agent_of(&troubled.0).or_else(|| (i % 3 == 0).then_some(i % AGENTS));
        let all = i % 24 == 23 || i == history.len();
        for agent in if all {
            0..AGENTS
        } else {
            one.map_or(0..0, |one| one..one + 1)
        } {
            compare::favourites(&play, agent).await.map_err(at)?;
        }
    }
    let told = play.model.counts.of("alerts");
    compare::records(&play.stage.world, told)
        .await
        .map_err(|why| Differs {
            step: history.len(),
            why,
        })?;
    let lists = (0..AGENTS).flat_map(|agent| play.model.favourites(agent));
    let automatic = lists.filter(|star| star.automatic.is_some()).count();
    play.model.counts.add("automatic favourites", automatic);
    Ok(play.model.counts)
}

/// Returns the agent whom the step is about.
fn agent_of(step: &Step) -> Option<Agent> {
    match step {
        Step::Star { agent, .. }
        | Step::Unstar { agent, .. }
        | Step::Alerts { agent, .. }
        | Step::Rights { agent, .. }
        | Step::MoveAgent { agent, .. } => Some(*agent),
        // Its author.
        Step::Save { consultation, .. } | Step::Again { consultation, .. } => Some(*consultation),
        _ => None,
    }
}

impl Play {
    async fn step(&mut self, (step, trouble): &Troubled) -> Result<(), String> {
        let world = Arc::clone(&self.stage.world);
        self.post.trouble(&world, trouble);
        // Each step has an instant of its own.
        world.pass(SignedDuration::from_millis(1));
        self.began = world.now();
        let mut expected = self.act(step, world.now()).await?;
        // Trouble takes time: none where that might make another day, or another morning, of it.
        let hour = world
            .now()
            .to_zoned_datetime(vigie_domain::paris::PARIS)
            .hour();
        // And none where what SES says of one mail decides who is told of another: then all of it
        // is heard first.
        let trouble = if hour >= 22 || hour == 6 || std::mem::take(&mut self.decided_anew) {
            &Trouble::None
        } else {
            trouble
        };
        if matches!(trouble, Trouble::None) {
            self.post.calm(&world);
        }
        self.post.run(&world, trouble).await?;
        self.post.calm(&world);
        if matches!(step, Step::MorningAtOnce { .. } | Step::SweepAtOnce { .. }) {
            // Work that came in between is left to the next sweep.
            self.sweep(1).await?;
            let now = world.now();
            expected.extend(self.model.swept(now));
            self.post.run(&world, trouble).await?;
        }
        let times = |which: fn(&Told) -> bool| expected.iter().filter(|told| which(told)).count();
        self.model.counts.add("alerts", expected.len());
        self.model.counts.add(
            "closing digests",
            times(|told| told.news.starts_with("closed")),
        );
        self.model
            .counts
            .add("reminders", times(|told| told.news.ends_with(REMINDED)));
        self.model.counts.add(
            "told at once to a delegate",
            times(|told| told.why.is_none() && !told.together),
        );
        compare::mails(self, &expected, trouble.repeats())?;
        self.woven = false;
        self.heard();
        match step {
            Step::Unsubscribe { .. } | Step::Alerts { .. } => compare::choices(self).await,
            Step::Receipts { .. } | Step::Reconfirm { .. } | Step::Change { .. } => {
                self.agree_on_deliveries(trouble).await
            }
            Step::Entity { .. }
            | Step::EntityAgain { .. }
            | Step::Agent { .. }
            | Step::AgentAgain { .. }
            | Step::Leaves { .. }
            | Step::Join { .. }
            | Step::MoveEntity { .. }
            | Step::MoveAgent { .. }
            | Step::LetGo => self.agree_on_directory().await,
            _ => Ok(()),
        }
    }

    /// Does the step in both; what the model says is mailed.
    async fn act(&mut self, step: &Step, now: Timestamp) -> Result<Vec<Told>, String> {
        if step.actors().iter().any(|agent| !self.acts(*agent)) {
            return Ok(Vec::new());
        }
        match step.clone() {
            Step::Save {
                consultation,
                phase,
                deadline,
                people,
                entity,
                arrives,
            } => {
                let changes = self.model.agents.iter().map(|account| account.changes);
                let changes: Vec<_> = changes.collect();
                let phase = (phase, deadline);
                let revision = self
                    .portal
                    .save(consultation, phase, people, entity, &changes, now);
                // The first event of one consultation is always overtaken: the stars come late.
                if arrives && (consultation, revision.number) != (CONSULTATIONS - 1, 1) {
                    return Ok(self.save(consultation, &revision, now));
                }
            }
            Step::Again { consultation, back } => {
                if let Some(revision) = self.portal.revision(consultation, back) {
                    return Ok(self.save(consultation, &revision, now));
                }
            }
            Step::Deposit {
                consultation,
                number,
                at,
            } => {
                let fact = self.portal.deposit(consultation, number, at, now);
                return Ok(self.happen(consultation, fact, now));
            }
            Step::Withdrawal {
                consultation,
                number,
            } => return Ok(self.happen(consultation, Portal::withdrawal(number), now)),
            Step::News {
                consultation,
                what,
                number,
            } => {
                let news = Portal::news(what, number, day(now));
                return Ok(self.happen(consultation, news, now));
            }
            Step::End {
                consultation,
                what,
                number,
                all,
            } => return Ok(self.happen(consultation, Portal::end(what, number, all), now)),
            Step::Star {
                agent,
                consultation,
            } => self.star(agent, consultation, true, now).await?,
            Step::Unstar { agent, which } => {
                let favourites = self.model.favourites(agent);
                let starred = (!favourites.is_empty())
                    .then(|| favourites[which % favourites.len()].consultation);
                self.star(agent, starred.unwrap_or(which), false, now)
                    .await?;
            }
            Step::Alerts {
                agent,
                kinds,
                daily,
                rules,
            } => self.choose(agent, (kinds, daily), rules).await?,
            Step::Unsubscribe { agent, sort } => self.unsubscribe(agent, sort).await?,
            Step::Entity {
                entity,
                wanted,
                arrives,
            } => return Ok(self.declare_entity(entity, wanted, arrives, now)),
            Step::EntityAgain { entity, back } => return Ok(self.send_entity(entity, back, now)),
            Step::Agent {
                agent,
                word,
                arrives,
            } => return Ok(self.declare_agent(agent, word, arrives, now)),
            Step::Leaves {
                agent,
                days,
                arrives,
            } => return Ok(self.leaves(agent, days, arrives, now)),
            Step::AgentAgain { agent, back } => return Ok(self.send_agent(agent, back, now)),
            Step::Join { agent } => return self.join(agent, now).await,
            Step::Address { agent, confirmed } => {
                self.confirm_behind_their_back(agent, confirmed).await;
                return Ok(self.model.come(now));
            }
            Step::Erase { agent } => {
                let account = &self.model.agents[agent];
                if account.active && !account.erased && !self.is_to_become_agent(agent) {
                    self.asks(agent, "DELETE", "", json!({}), 204).await?;
                    self.model.agents[agent].erased = true;
                    return Ok(self.model.erased(agent, now));
                }
            }
            Step::Pass { seconds } => return self.pass(SignedDuration::from_secs(seconds)).await,
            Step::Sweep { after, at_once } => {
                let mut told = self.pass(SignedDuration::from_secs(after)).await?;
                told.extend(self.strike(at_once).await?);
                return Ok(told);
            }
            Step::Morning { at_once } => {
                let mut told = self.till_morning().await?;
                told.extend(self.strike(at_once).await?);
                return Ok(told);
            }
            Step::MorningAtOnce {
                calls,
                consultation,
                what,
                number,
            } => {
                let facts = [number, (number + 1) % 4]
                    .map(|number| (consultation, Portal::news(what, number, day(now))));
                return self.morning_at_once(calls, facts).await;
            }
            Step::SweepAtOnce {
                after,
                calls,
                consultation,
                deadline,
            } => {
                let mut told = self.pass(SignedDuration::from_secs(after)).await?;
                told.extend(self.sweep_at_once(calls, consultation, deadline).await?);
                return Ok(told);
            }
            Step::Receipts { of, receipts } => return Ok(self.receive(of, &receipts)),
            Step::Reconfirm { which } => {
                let dead =
                    |agent: &Agent| self.model.agents[*agent].address == Address::Undeliverable;
                let agents: Vec<_> = (0..AGENTS).filter(dead).collect();
                if !agents.is_empty() {
                    return self.confirm(agents[which % agents.len()], false, now).await;
                }
            }
            Step::Away { absent, answer } => {
                self.put_absence(absent, now, None).await?;
                if let Some(agree) = answer {
                    self.answer(absent.agent, agree, now).await?;
                }
            }
            Step::AwayAtOnce {
                absent,
                agree,
                calls,
            } => self.put_absence(absent, now, Some((agree, calls))).await?,
            Step::Back { agent } => {
                if !self.model.agents[agent].erased {
                    let expected = if self.model.agents[agent].active {
                        200
                    } else {
                        403
                    };
                    self.asks(agent, "PUT", "/absence", Value::Null, expected)
                        .await?;
                    if expected == 200 {
                        self.model.absent(agent, None, now);
                    }
                }
            }
            Step::Answer { agent, agree } => self.answer(agent, agree, now).await?,
            // The portal would know another address than it says.
            Step::Change { agent } if self.is_to_become_agent(agent) => {}
            Step::Change { agent } => return self.confirm(agent, true, now).await,
            Step::Rights { .. }
            | Step::Active { .. }
            | Step::MoveAgent { .. }
            | Step::Role { .. }
            | Step::MoveEntity { .. }
            | Step::Link { .. }
            | Step::Unlink { .. } => return self.administration(step.clone(), now).await,
            Step::Govern { by, agent, active } => self.govern(by, agent, active).await?,
            Step::Associate { one, other } => self.associate(one, other, now).await?,
            Step::Dissociate { one, other } => {
                let account = &self.model.agents[one];
                if one != other && account.active && !account.erased {
                    let path = self.path(one, &format!("/links/{}", self.stage.accounts[other]));
                    self.ask(&stage::login(one), "DELETE", &path, json!({}), 204)
                        .await?;
                    self.model
                        .associated
                        .retain(|pair| *pair != (one, other) && *pair != (other, one));
                }
            }
            Step::StarFor {
                by,
                agent,
                consultation,
            } => self.star_for(by, agent, consultation, now).await?,
            Step::Hold => {
                self.post.holds = true;
                self.model.hold();
            }
            Step::LetGo => {
                self.post.let_go(&self.stage.world);
                return Ok(self.model.let_go(now));
            }
        }
        Ok(Vec::new())
    }

    pub fn save(
        &mut self,
        consultation: Consultation,
        revision: &crate::histories::terms::Revision,
        now: Timestamp,
    ) -> Vec<Told> {
        let (detail_type, detail) = portal::saved(consultation, revision, &self.stage.accounts);
        self.stage.world.publish(&detail_type, detail);
        self.model.saved(consultation, revision, now)
    }

    pub fn happen(&mut self, consultation: Consultation, fact: Fact, now: Timestamp) -> Vec<Told> {
        let (detail_type, detail) = portal::happened(consultation, &fact);
        self.stage.world.publish(&detail_type, detail);
        self.model.happened(consultation, fact, now)
    }

    /// True if a login acts for the agent, or did.
    fn acts(&self, agent: Agent) -> bool {
        self.model.agents[agent].joined
    }

    /// True if an account is to become the portal's agent, once their entity is there.
    fn is_to_become_agent(&self, agent: Agent) -> bool {
        !self.model.agents[agent].declared && self.model.directory.has_word_on(agent)
    }

    /// Asks, and again as long as something is down. Who asks again may find it done: then what was
    /// asked for is not there any more.
    pub async fn ask(
        &self,
        login: &Login,
        method: &str,
        path: &str,
        body: Value,
        expected: u16,
    ) -> Result<(), String> {
        for tries in 0..4 {
            let answer = self
                .stage
                .world
                .request(method, path)
                .by(login)
                .json(&body)
                .send()
                .await;
            match answer.status {
                503 => {}
                status if status == expected || (tries > 0 && matches!(status, 403 | 404)) => {
                    return Ok(());
                }
                status => {
                    return Err(format!(
                        "{method} {path} answers {status} instead of {expected}: {}",
                        answer.text
                    ));
                }
            }
        }
        Err(format!("{method} {path} does not come to an end"))
    }

    /// The same by an agent, below their account.
    pub async fn asks(
        &self,
        agent: Agent,
        method: &str,
        rest: &str,
        body: Value,
        expected: u16,
    ) -> Result<(), String> {
        let path = self.path(agent, rest);
        self.ask(&stage::login(agent), method, &path, body, expected)
            .await
    }

    /// A path below an agent's account.
    pub fn path(&self, agent: Agent, rest: &str) -> String {
        format!("/v1/accounts/{}{rest}", self.stage.accounts[agent])
    }
}
