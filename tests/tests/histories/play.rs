//! Plays a history in the world and in the model at once.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::task::LocalSet;
use vigie_platform::runtime::Consumer;
use vigie_tests::{Login, gate::Gate};

use crate::{
    compare,
    model::Model,
    pause::{day, seven},
    portal::{self, Portal, entity_id},
    post::Post,
    stage::{self, Stage},
    steps::{AGENTS, CONSULTATIONS, Moved, Step, Trouble, Troubled},
    terms::{Agent, Consultation, Fact, KINDS, Kind, Mode, RULES, Told},
};

/// A history under way.
pub struct Play {
    pub stage: Stage,
    pub model: Model,
    portal: Portal,
    post: Post,
    played: Played,
}

/// Where the world did not do what the model says.
#[derive(Debug)]
pub struct Differs {
    /// After which step.
    pub step: usize,
    pub why: String,
}

/// How much happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Played {
    /// Alerts sent, closing digests among them.
    pub alerts: usize,
    /// Closing digests sent.
    pub digests: usize,
    /// Alerts told in a mail of several.
    pub together: usize,
    /// Alerts told to who stood in.
    pub stood_in: usize,
    /// Favourites that a rule gave and that the lists showed at the end.
    pub automatic: usize,
}

impl Played {
    /// Both.
    pub fn and(self, other: Self) -> Self {
        Self {
            alerts: self.alerts + other.alerts,
            digests: self.digests + other.digests,
            together: self.together + other.together,
            stood_in: self.stood_in + other.stood_in,
            automatic: self.automatic + other.automatic,
        }
    }
}

/// Plays a whole history.
pub async fn play(history: &[Troubled]) -> Result<Played, Differs> {
    let (stage, model) = stage::begin().await;
    let mut play = Play { stage, model, portal: Portal::default(), post: Post::default(), played: Played::default() };
    // What is held at the end goes on.
    let end = (Step::LetGo, Trouble::None);
    for (i, troubled) in history.iter().chain([&end]).enumerate() {
        let at = |e| Differs { step: i, why: format!("after {troubled:?}: {e}") };
        play.step(troubled).await.map_err(at)?;
        // One of the lists, and now and then all.
        let one = agent_of(&troubled.0).unwrap_or(i % AGENTS);
        for agent in if i % 16 == 15 || i == history.len() { 0..AGENTS } else { one..one + 1 } {
            compare::favourites(&play, agent).await.map_err(at)?;
        }
    }
    compare::records(&play.stage.world, play.played.alerts).await.map_err(|why| Differs { step: history.len(), why })?;
    let lists = (0..AGENTS).flat_map(|agent| play.model.favourites(agent));
    Ok(Played { automatic: lists.filter(|star| star.automatic.is_some()).count(), ..play.played })
}

/// Whom the step is about.
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
        let mut expected = self.act(step, world.now()).await?;
        // Trouble takes time: none where that might make another day, or another morning, of it.
        let hour = world.now().to_zoned_datetime(vigie_domain::paris::PARIS).hour();
        let trouble = if hour >= 22 || hour == 6 { &Trouble::None } else { trouble };
        if matches!(trouble, Trouble::None) {
            self.post.calm(&world);
        }
        self.post.run(&world, trouble).await?;
        self.post.calm(&world);
        if matches!(step, Step::MorningAtOnce { .. } | Step::SweepAtOnce { .. }) {
            // What came in between is the next sweep's.
            self.sweep(1).await?;
            let now = world.now();
            expected.extend(self.model.swept(now));
            self.post.run(&world, trouble).await?;
        }
        self.played.alerts += expected.len();
        self.played.together += expected.iter().filter(|told| told.together).count();
        self.played.stood_in += expected.iter().filter(|told| told.why.is_none()).count();
        self.played.digests += expected.iter().filter(|told| told.news.starts_with("closed")).count();
        compare::mails(self, &expected, trouble.repeats())
    }

    /// Does the step in both; what the model says is mailed.
    async fn act(&mut self, step: &Step, now: Timestamp) -> Result<Vec<Told>, String> {
        match step.clone() {
            Step::Save { consultation, phase, deadline, guests, entity, arrives } => {
                let revision = self.portal.save(consultation, (phase, deadline), guests, entity, now);
                // Of one consultation the first event is always overtaken: the stars come late.
                if arrives && (consultation, revision.number) != (CONSULTATIONS - 1, 1) {
                    return Ok(self.save(consultation, &revision, now));
                }
            }
            Step::Again { consultation, back } => {
                if let Some(revision) = self.portal.revision(consultation, back) {
                    return Ok(self.save(consultation, &revision, now));
                }
            }
            Step::Deposit { consultation, number, at } => {
                let fact = self.portal.deposit(consultation, number, at, now);
                return Ok(self.happen(consultation, fact, now));
            }
            Step::Withdrawal { consultation, number } => return Ok(self.happen(consultation, Portal::withdrawal(number), now)),
            Step::News { consultation, what, number } => return Ok(self.happen(consultation, Portal::news(what, number), now)),
            Step::Star { agent, consultation } => self.star(agent, consultation, true, now).await?,
            Step::Unstar { agent, which } => {
                let favourites = self.model.favourites(agent);
                let starred = (!favourites.is_empty()).then(|| favourites[which % favourites.len()].consultation);
                self.star(agent, starred.unwrap_or(which), false, now).await?;
            }
            Step::Alerts { agent, kinds, daily, rules } => self.choose(agent, (kinds, daily), rules).await?,
            Step::Unsubscribe { agent } => self.unsubscribe(agent).await?,
            Step::Rights { agent, rights } => {
                let body = json!({"permanentGuest": {"own": rights.own, "dependent": rights.dependent, "transverse": rights.transverse}});
                if self.administer(agent, body).await? {
                    self.model.agents[agent].rights = rights;
                }
            }
            Step::Active { agent, active } => {
                if self.administer(agent, json!({"active": active})).await? {
                    self.model.agents[agent].active = active;
                }
            }
            Step::MoveAgent { agent, entity } => {
                if self.administer(agent, json!({"entityId": entity_id(entity)})).await? {
                    self.model.agents[agent].entity = entity;
                }
            }
            Step::Address { agent, address } => {
                if !self.model.agents[agent].erased {
                    // Behind everybody's back: nothing must be cut short here.
                    self.stage.world.table.mend();
                    let status = AttributeValue::S(address.name().to_owned());
                    let account = format!("ACCOUNT#{}", self.stage.accounts[agent]);
                    self.stage.world.set(&account, "ACCOUNT", "emailStatus", status).await;
                    self.model.agents[agent].address = address;
                }
            }
            Step::Erase { agent } => {
                if self.model.agents[agent].active && !self.model.agents[agent].erased {
                    self.ask(&stage::login(agent), "DELETE", &self.path(agent, ""), json!({}), 204).await?;
                    self.model.agents[agent].erased = true;
                }
            }
            Step::MoveEntity { entity, parent } => {
                let cycle = entity == parent || self.model.is_below(parent, entity);
                let body = json!({"name": "Service", "parentId": entity_id(parent)});
                self.administrate("PUT", &format!("/v1/entities/{}", entity_id(entity)), body, if cycle { 422 } else { 200 }).await?;
                if !cycle {
                    self.model.parents[entity] = Some(parent);
                }
            }
            Step::Link { from, to } => {
                let path = format!("/v1/entities/{}/transverse/{}", entity_id(from), entity_id(to));
                self.administrate("PUT", &path, json!({}), if from == to { 422 } else { 204 }).await?;
                if from != to {
                    self.model.links.insert((from, to));
                }
            }
            Step::Unlink { from, to } => {
                let path = format!("/v1/entities/{}/transverse/{}", entity_id(from), entity_id(to));
                self.administrate("DELETE", &path, json!({}), 204).await?;
                self.model.links.remove(&(from, to));
            }
            Step::Pass { seconds } => self.stage.world.pass(SignedDuration::from_secs(seconds)),
            Step::Sweep { after, at_once } => {
                self.stage.world.pass(SignedDuration::from_secs(after));
                return self.strike(at_once).await;
            }
            Step::Morning { at_once } => {
                self.till_morning();
                return self.strike(at_once).await;
            }
            Step::MorningAtOnce { calls } => {
                self.till_morning();
                let (now, world) = (self.stage.world.now(), Arc::clone(&self.stage.world));
                self.post.calm(&world);
                self.post.let_go(&world);
                let late = world.taken();
                let mut scheduler = world.scheduler.clone();
                let gate = Gate::open();
                gate.close(None, calls);
                scheduler.store = gate.store(&world.table, "scheduler");
                let meanwhile = async {
                    let told = world.taken();
                    for event in told.iter().chain(&late) {
                        if !world.hand(event, 1).await {
                            world.aws.with(|traffic| traffic.events.push_back(event.clone()));
                        }
                    }
                };
                // What could not be done is the next sweep's.
                let _ = gate.woven(scheduler.consume(json!({})), meanwhile).await;
                let mut told = self.model.let_go(now);
                told.extend(self.model.swept(now));
                return Ok(told);
            }
            Step::SweepAtOnce { after, calls, consultation, deadline } => {
                self.stage.world.pass(SignedDuration::from_secs(after));
                if self.portal.revision(consultation, 0).is_none() {
                    return self.strike(1).await;
                }
                let (now, world) = (self.stage.world.now(), Arc::clone(&self.stage.world));
                self.post.calm(&world);
                let revision = self.portal.save(consultation, (Moved::Stays, deadline), u8::MAX, None, now);
                let (detail_type, detail) = portal::saved(consultation, &revision, &self.stage.accounts);
                let event = json!({"source": "procurement", "detail-type": detail_type, "detail": detail});
                let mut scheduler = world.scheduler.clone();
                let gate = Gate::open();
                gate.close(None, calls);
                scheduler.store = gate.store(&world.table, "scheduler");
                let meanwhile = async {
                    let _ = world.hand(&event, 1).await;
                };
                let _ = gate.woven(scheduler.consume(json!({})), meanwhile).await;
                world.hand(&event, 1).await;
                let mut told = self.model.saved(consultation, &revision, now);
                told.extend(self.model.swept(now));
                return Ok(told);
            }
            Step::Away(absent) => self.put_absence(absent, now, None).await?,
            Step::AwayAtOnce { absent, agree, calls } => self.put_absence(absent, now, Some((agree, calls))).await?,
            Step::Back { agent } => {
                if !self.model.agents[agent].erased {
                    let expected = if self.model.agents[agent].active { 200 } else { 403 };
                    self.ask(&stage::login(agent), "PUT", &self.path(agent, "/absence"), Value::Null, expected).await?;
                    if expected == 200 {
                        self.model.absent(agent, None, now);
                    }
                }
            }
            Step::Answer { agent, agree } => {
                if let Some((delegate, token)) = self.asked(agent).await {
                    let expected = self.answered(agent, delegate, agree, now);
                    let body = json!({"token": token, "agree": agree});
                    self.ask(&stage::login(delegate), "POST", "/v1/delegations", body, expected).await?;
                }
            }
            Step::Change { agent } => self.change(agent, now).await?,
            Step::Role { agent, administrator } => {
                if self.administer(agent, json!({"role": if administrator { "administrator" } else { "agent" }})).await? {
                    self.model.agents[agent].administrator = administrator;
                }
            }
            Step::Govern { by, agent, active } => self.govern(by, agent, active).await?,
            Step::Associate { one, other } => self.associate(one, other, now).await?,
            Step::Dissociate { one, other } => {
                let account = &self.model.agents[one];
                if one != other && account.active && !account.erased {
                    let path = self.path(one, &format!("/links/{}", self.stage.accounts[other]));
                    self.ask(&stage::login(one), "DELETE", &path, json!({}), 204).await?;
                    self.model.associated.retain(|pair| *pair != (one, other) && *pair != (other, one));
                }
            }
            Step::StarFor { by, agent, consultation } => self.star_for(by, agent, consultation, now).await?,
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

    fn save(&mut self, consultation: Consultation, revision: &crate::terms::Revision, now: Timestamp) -> Vec<Told> {
        let (detail_type, detail) = portal::saved(consultation, revision, &self.stage.accounts);
        self.stage.world.publish(&detail_type, detail);
        self.model.saved(consultation, revision, now)
    }

    fn happen(&mut self, consultation: Consultation, fact: Fact, now: Timestamp) -> Vec<Told> {
        let (detail_type, detail) = portal::happened(consultation, &fact);
        self.stage.world.publish(&detail_type, detail);
        self.model.happened(consultation, fact, now)
    }

    async fn star(&mut self, agent: Agent, consultation: Consultation, give: bool, now: Timestamp) -> Result<(), String> {
        if self.model.agents[agent].erased {
            return Ok(());
        }
        let expected = self.model.star(agent, consultation, give, now);
        let path = self.path(agent, &format!("/favourites/{}", portal::consultation_id(consultation)));
        self.ask(&stage::login(agent), if give { "PUT" } else { "DELETE" }, &path, json!({}), expected).await
    }

    async fn choose(&mut self, agent: Agent, (kinds, daily): (u8, u8), rules: [bool; RULES.len()]) -> Result<(), String> {
        let account = &self.model.agents[agent];
        if account.erased {
            return Ok(());
        }
        let expected = match account.active {
            false => 403,
            true if self.model.lacks_right(agent, rules) => 422,
            true => 200,
        };
        let mode = |i: usize| match (kinds >> i & 1 == 1, daily >> i & 1 == 1 && KINDS[i].0 != Kind::ConsultationClosed) {
            (false, _) => Mode::Off,
            (true, false) => Mode::Immediate,
            (true, true) => Mode::Daily,
        };
        let modes: Vec<_> = (0..KINDS.len()).map(mode).collect();
        let (mut wanted, mut automatic) = (json!({}), json!({}));
        for (i, (_, kind)) in KINDS.iter().enumerate() {
            wanted[kind] = json!(modes[i].name());
        }
        for (i, (_, rule)) in RULES.iter().enumerate() {
            automatic[rule] = json!(rules[i]);
        }
        let body = json!({"kinds": wanted, "automaticFavourites": automatic});
        self.ask(&stage::login(agent), "PUT", &self.path(agent, "/alerts"), body, expected).await?;
        if expected == 200 {
            self.model.agents[agent].kinds.copy_from_slice(&modes);
            self.model.agents[agent].rules = rules;
        }
        Ok(())
    }

    async fn unsubscribe(&mut self, agent: Agent) -> Result<(), String> {
        let world = &self.stage.world;
        let mut mails = world.mails();
        mails.retain(|mail| stage::agent_of(&mail.to) == Some(agent) && mail.headers.contains_key("List-Unsubscribe"));
        let Some(newest) = mails.pop().filter(|_| !self.model.agents[agent].erased) else { return Ok(()) };
        let link = newest.headers["List-Unsubscribe"].clone();
        let told = compare::told(&newest)?;
        let path = link.trim_matches(['<', '>']).trim_start_matches("https://vigie.test").to_owned();
        let form = ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click");
        for _ in 0..3 {
            match world.request("POST", &path).raw(form.0, form.1).send().await.status {
                503 => {}
                200 => {
                    // Mails are kept from one step to the next only for their newest link.
                    self.switched_off(agent, &told, &path);
                    return Ok(());
                }
                // The year of the link is over; or who was stood in for is gone.
                410 | 404 => return Ok(()),
                status => return Err(format!("unsubscribing answers {status}")),
            }
        }
        Err("unsubscribing does not come to an end".to_owned())
    }

    /// Whether there was such an agent to administer.
    async fn administer(&self, agent: Agent, body: Value) -> Result<bool, String> {
        let account = &self.model.agents[agent];
        if account.erased {
            return Ok(false);
        }
        let path = format!("/v1/entities/{}/agents/{}", entity_id(account.entity), self.stage.accounts[agent]);
        self.administrate("PATCH", &path, body, 200).await?;
        Ok(true)
    }

    async fn administrate(&self, method: &str, path: &str, body: Value, expected: u16) -> Result<(), String> {
        self.ask(&self.stage.administrator, method, path, body, expected).await
    }

    /// Asks, and again as long as something is down. Who asks again may find it done: then what was asked for is not there any more.
    pub async fn ask(&self, login: &Login, method: &str, path: &str, body: Value, expected: u16) -> Result<(), String> {
        for tries in 0..4 {
            let answer = self.stage.world.request(method, path).by(login).json(&body).send().await;
            match answer.status {
                503 => {}
                status if status == expected || (tries > 0 && matches!(status, 403 | 404)) => return Ok(()),
                status => return Err(format!("{method} {path} answers {status} instead of {expected}: {}", answer.text)),
            }
        }
        Err(format!("{method} {path} does not come to an end"))
    }

    async fn sweep(&self, at_once: usize) -> Result<(), String> {
        for sweeps in [at_once, 1, 1, 1] {
            let local = LocalSet::new();
            let sweeps: Vec<_> = (0..sweeps)
                .map(|_| {
                    let world = Arc::clone(&self.stage.world);
                    local.spawn_local(async move { world.scheduler.consume(json!({})).await.is_ok() })
                })
                .collect();
            local.await;
            let mut done = true;
            for sweep in sweeps {
                done &= sweep.await.unwrap_or(false);
            }
            if done {
                return Ok(());
            }
        }
        Err("a sweep fails again and again".to_owned())
    }

    /// Until the next 7:00 in Paris.
    fn till_morning(&self) {
        let world = &self.stage.world;
        let mut morning = seven(day(world.now()));
        if morning <= world.now() {
            morning = seven(day(world.now()).tomorrow().expect("a day"));
        }
        world.pass(morning.duration_since(world.now()));
    }

    async fn strike(&mut self, at_once: usize) -> Result<Vec<Told>, String> {
        let now = self.stage.world.now();
        self.sweep(at_once).await?;
        Ok(self.model.swept(now))
    }

    /// A path below an agent's account.
    pub fn path(&self, agent: Agent, rest: &str) -> String {
        format!("/v1/accounts/{}{rest}", self.stage.accounts[agent])
    }
}
