//! Plays a history in the world and in the model at once.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::task::LocalSet;
use vigie_platform::runtime::Consumer;
use vigie_tests::Login;

use crate::{
    compare,
    model::{self, Model},
    portal::{self, Portal, entity_id},
    post::Post,
    stage::{self, Stage},
    steps::{AGENTS, CONSULTATIONS, Step, Trouble, Troubled},
    terms::{Agent, Consultation, Fact, KINDS, Mode, RULES, Told},
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
    /// Favourites that a rule gave and that the lists showed at the end.
    pub automatic: usize,
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
        let expected = self.act(step, world.now()).await?;
        self.post.run(&world, trouble).await?;
        self.post.calm(&world);
        self.played.alerts += expected.len();
        self.played.digests += expected.iter().filter(|told| told.news.starts_with("closed")).count();
        compare::mails(&world, &expected, trouble.repeats())
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
                return Ok(self.happen(consultation, fact));
            }
            Step::Withdrawal { consultation, number } => return Ok(self.happen(consultation, Portal::withdrawal(number))),
            Step::News { consultation, what, number } => return Ok(self.happen(consultation, Portal::news(what, number))),
            Step::Star { agent, consultation } => self.star(agent, consultation, true, now).await?,
            Step::Unstar { agent, which } => {
                let favourites = self.model.favourites(agent);
                let starred = (!favourites.is_empty()).then(|| favourites[which % favourites.len()].consultation);
                self.star(agent, starred.unwrap_or(which), false, now).await?;
            }
            Step::Alerts { agent, kinds, rules } => self.choose(agent, kinds, rules).await?,
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
                let now = self.stage.world.now();
                self.sweep(at_once).await?;
                return Ok(self.model.swept(now));
            }
            Step::Hold => {
                self.post.holds = true;
                self.model.hold();
            }
            Step::LetGo => {
                self.post.let_go(&self.stage.world);
                return Ok(self.model.let_go());
            }
        }
        Ok(Vec::new())
    }

    fn save(&mut self, consultation: Consultation, revision: &crate::terms::Revision, now: Timestamp) -> Vec<Told> {
        let (detail_type, detail) = portal::saved(consultation, revision, &self.stage.accounts);
        self.stage.world.publish(&detail_type, detail);
        self.model.saved(consultation, revision, now)
    }

    fn happen(&mut self, consultation: Consultation, fact: Fact) -> Vec<Told> {
        let (detail_type, detail) = portal::happened(consultation, &fact);
        self.stage.world.publish(&detail_type, detail);
        self.model.happened(consultation, fact)
    }

    async fn star(&mut self, agent: Agent, consultation: Consultation, give: bool, now: Timestamp) -> Result<(), String> {
        if self.model.agents[agent].erased {
            return Ok(());
        }
        let expected = self.model.star(agent, consultation, give, now);
        let path = self.path(agent, &format!("/favourites/{}", portal::consultation_id(consultation)));
        self.ask(&stage::login(agent), if give { "PUT" } else { "DELETE" }, &path, json!({}), expected).await
    }

    async fn choose(&mut self, agent: Agent, kinds: u8, rules: [bool; RULES.len()]) -> Result<(), String> {
        let account = &self.model.agents[agent];
        if account.erased {
            return Ok(());
        }
        let expected = match account.active {
            false => 403,
            true if self.model.lacks_right(agent, rules) => 422,
            true => 200,
        };
        let modes: Vec<_> = (0..KINDS.len()).map(|i| if kinds >> i & 1 == 1 { Mode::Immediate } else { Mode::Off }).collect();
        let (mut wanted, mut automatic) = (json!({}), json!({}));
        for (i, (_, kind)) in KINDS.iter().enumerate() {
            wanted[kind] = json!(if modes[i] == Mode::Off { "off" } else { "immediate" });
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
        let newest = world.mails_to(&stage::address(agent)).pop().filter(|_| !self.model.agents[agent].erased);
        let Some(link) = newest.and_then(|mail| mail.headers.get("List-Unsubscribe").cloned()) else { return Ok(()) };
        let path = link.trim_matches(['<', '>']).trim_start_matches("https://vigie.test").to_owned();
        let form = ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click");
        for _ in 0..3 {
            match world.request("POST", &path).raw(form.0, form.1).send().await.status {
                503 => {}
                200 => {
                    let kind = KINDS.iter().position(|(_, name)| path.contains(&format!("~{name}."))).ok_or("no kind in the link")?;
                    // Mails are kept from one step to the next only for their newest link.
                    self.model.agents[agent].kinds[model::kind(kind) as usize] = Mode::Off;
                    return Ok(());
                }
                // The year of the link is over.
                410 => return Ok(()),
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
    async fn ask(&self, login: &Login, method: &str, path: &str, body: Value, expected: u16) -> Result<(), String> {
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
                    local.spawn_local(async move { world.due.consume(json!({})).await.is_ok() })
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

    /// A path below an agent's account.
    pub fn path(&self, agent: Agent, rest: &str) -> String {
        format!("/v1/accounts/{}{rest}", self.stage.accounts[agent])
    }
}
