//! The portal's directory: what it declared so far, so that it can send it again as it was, and the
//! steps in which it speaks.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date};
use serde_json::{Value, json};
use vigie_domain::{
    account::Role,
    directory::agent::{AgentId, AgentName},
    id::{AccountId, EntityId},
    token::Purpose,
};

use crate::histories::{
    model::{Wanted, Word},
    pause::day,
    play::Play,
    portal::{agent_id, entity_id},
    stage,
    steps::{AGENTS, ENTITIES, Trouble},
    terms::{Address, Agent, Entity, Told},
};

/// The words of the portal; the place of each is its revision.
#[derive(Clone, Debug, Default)]
pub struct Words {
    entities: BTreeMap<Entity, Vec<Option<Wanted>>>,
    agents: BTreeMap<Agent, Vec<OnAgent>>,
}

#[derive(Clone, Copy, Debug)]
enum OnAgent {
    Saved(Word),
    Left(Date),
}

/// The place of a word that was said so many before the newest, or of the first.
fn before<T>(words: &[T], back: usize) -> Option<usize> {
    (!words.is_empty()).then(|| words.len().saturating_sub(1 + back))
}

impl Play {
    pub fn declare_entity(
        &mut self,
        entity: Entity,
        wanted: Option<(Entity, u8)>,
        arrives: bool,
        now: Timestamp,
    ) -> Vec<Told> {
        let wanted = wanted.map(|(parent, links)| Wanted {
            parent,
            links: (0..ENTITIES)
                .filter(|to| *to != entity && links >> to & 1 == 1)
                .collect(),
        });
        self.words.entities.entry(entity).or_default().push(wanted);
        if arrives {
            self.send_entity(entity, 0, now)
        } else {
            Vec::new()
        }
    }

    /// Sends a word on an entity, so many before its newest.
    pub fn send_entity(&mut self, entity: Entity, back: usize, now: Timestamp) -> Vec<Told> {
        let words = self.words.entities.entry(entity).or_default();
        let Some(place) = before(words, back) else {
            return Vec::new();
        };
        let (revision, wanted) = (place as u64 + 1, words[place].clone());
        let mut detail = json!({"organisationId": entity_id(0), "entityId": entity_id(entity), "revision": revision});
        let kind = if let Some(wanted) = &wanted {
            let links: Vec<_> = wanted.links.iter().map(|to| entity_id(*to)).collect();
            detail["name"] = json!("Service");
            detail["parentId"] = json!(entity_id(wanted.parent));
            detail["transverse"] = json!(links);
            "EntitySaved"
        } else {
            "EntityRemoved"
        };
        self.stage.world.publish(kind, detail);
        let told = self.model.entity_declared(entity, revision, wanted, now);
        self.calm_if_ambiguous(told)
    }

    pub fn declare_agent(
        &mut self,
        agent: Agent,
        word: Word,
        arrives: bool,
        now: Timestamp,
    ) -> Vec<Told> {
        self.speak(agent, OnAgent::Saved(word), arrives, now)
    }

    pub fn leaves(&mut self, agent: Agent, days: i8, arrives: bool, now: Timestamp) -> Vec<Told> {
        let last = day(now) + i64::from(days).days();
        self.speak(agent, OnAgent::Left(last), arrives, now)
    }

    fn speak(&mut self, agent: Agent, word: OnAgent, arrives: bool, now: Timestamp) -> Vec<Told> {
        // Of who erased their account the portal says nothing new: it would be somebody else.
        if self.model.agents[agent].erased {
            return Vec::new();
        }
        self.words.agents.entry(agent).or_default().push(word);
        if arrives {
            self.send_agent(agent, 0, now)
        } else {
            Vec::new()
        }
    }

    /// Sends a word on an agent, so many before its newest, with the address that they have.
    pub fn send_agent(&mut self, agent: Agent, back: usize, now: Timestamp) -> Vec<Told> {
        let words = self.words.agents.entry(agent).or_default();
        let Some(place) = before(words, back) else {
            return Vec::new();
        };
        let (revision, word) = (place as u64 + 1, words[place]);
        let account = &self.model.agents[agent];
        let directory = &self.model.directory;
        if account.erased && !directory.is_before_erasure(agent, revision) {
            return Vec::new();
        }
        let mut detail = json!({"organisationId": entity_id(0), "agentId": agent_id(agent), "revision": revision});
        let world = &self.stage.world;
        let told = match word {
            OnAgent::Left(last) => {
                detail["leftOn"] = json!(last);
                world.publish("AgentLeft", detail);
                self.model.agent_left(agent, revision, last, now)
            }
            OnAgent::Saved(word) => {
                let more = said(agent, account.changes, &word);
                let fields = detail.as_object_mut().expect("an object");
                fields.extend(more.as_object().expect("an object").clone());
                world.publish("AgentSaved", detail);
                self.model.agent_saved(agent, revision, word, now)
            }
        };
        self.calm_if_ambiguous(told)
    }

    /// Where several things change at once and somebody is told by one of them, the moment decides
    /// which of the others came before it, if something is in the way.
    fn calm_if_ambiguous(&mut self, told: Vec<Told>) -> Vec<Told> {
        self.decided_anew |= !told.is_empty() && self.model.directory.changes > 1;
        told
    }

    /// An agent accepts an invitation that waits, and wants all alerts, without anything in the
    /// way.
    pub async fn join(&mut self, agent: Agent, now: Timestamp) -> Result<Vec<Told>, String> {
        let account = &self.model.agents[agent];
        let open = account.invited_until.is_some_and(|until| until > now);
        if account.joined || account.erased || !account.active || !open {
            return Ok(Vec::new());
        }
        self.stage.world.table.mend();
        let id = AccountId::parse(&self.stage.accounts[agent]).map_err(|e| e.to_string())?;
        let store = self.stage.world.table.store();
        let stored = store.account_read(&id).await.map_err(|e| e.to_string())?;
        let invitation = stored.and_then(|account| account.invitation);
        let request = invitation.ok_or("no invitation")?.request_id;
        let token = self.sign(Purpose::Invitation, id, request);
        let (login, body) = (stage::login(agent), json!({"token": token}));
        self.ask(&login, "POST", "/v1/invitations", body, 200)
            .await?;
        let account = &mut self.model.agents[agent];
        account.joined = true;
        account.address = Address::Confirmed;
        account.confirmed = now;
        account.invited_until = None;
        self.model.counts.add("agents who accepted", 1);
        self.choose(agent, (u8::MAX, 0), [true, false, false, false])
            .await?;
        Ok(self.model.come(now))
    }

    /// Time passes. Where somebody's last day is over meanwhile the clock strikes just before that,
    /// and then: so nothing else that was due depends on it.
    pub async fn pass(&mut self, length: SignedDuration) -> Result<Vec<Told>, String> {
        let world = Arc::clone(&self.stage.world);
        let until = world.now() + length;
        let mut told = Vec::new();
        while let Some(over) = self.model.directory.next_departure(until) {
            self.post.calm(&world);
            for at in [over - SignedDuration::from_millis(1), over] {
                world.pass(at.duration_since(world.now()).max(SignedDuration::ZERO));
                told.extend(self.strike(1).await?);
                self.post.run(&world, &Trouble::None).await?;
            }
        }
        world.pass(until.duration_since(world.now()));
        Ok(told)
    }

    /// Entities, links and agents are as the model has them.
    pub async fn agree_on_directory(&mut self) -> Result<(), String> {
        let world = Arc::clone(&self.stage.world);
        let store = world.table.store();
        let id = |entity: Entity| EntityId::parse(&entity_id(entity)).expect("an id");
        for entity in 1..ENTITIES {
            let path = store.entity_read_path(&id(entity)).await;
            let path = path.map_err(|e| e.to_string())?;
            let parent = self.model.parents[entity].map(id);
            if path.ids().get(1) != parent.as_ref() {
                return Err(format!("{entity} lies in {path:?} and not in {parent:?}"));
            }
            let linked = store.entity_list_transverse_to(&id(entity)).await;
            let linked = linked.map_err(|e| e.to_string())?;
            let links = self.model.links.iter();
            let links: BTreeSet<_> = links
                .filter(|(from, _)| *from == entity)
                .map(|(_, to)| id(*to))
                .collect();
            if linked != links {
                return Err(format!(
                    "{entity} is linked to {linked:?} and not {links:?}"
                ));
            }
        }
        for agent in 0..AGENTS {
            self.agree_on_agent(agent).await?;
        }
        Ok(())
    }

    async fn agree_on_agent(&mut self, agent: Agent) -> Result<(), String> {
        let store = self.stage.world.table.store();
        let organisation = EntityId::parse(&entity_id(0)).expect("an id");
        let name = AgentId::parse(&agent_id(agent)).expect("an id");
        let name = AgentName::new(&organisation, &name);
        let known = store.agent_read(&name).await.map_err(|e| e.to_string())?;
        let of_name = known.and_then(|known| known.account_id);
        let account = &self.model.agents[agent];
        if of_name.is_some() != (account.declared && !account.erased) {
            return Err(format!("the account of agent {agent} is {of_name:?}"));
        }
        if let Some(of_name) = of_name {
            let mine = &mut self.stage.accounts[agent];
            if mine.is_empty() {
                *mine = of_name.to_string();
            }
            if *mine != of_name.as_str() {
                return Err(format!("agent {agent} has the account {of_name}"));
            }
        }
        if !account.there || account.erased {
            return Ok(());
        }
        let id = AccountId::parse(&self.stage.accounts[agent]).expect("an id");
        let stored = store.account_read(&id).await.map_err(|e| e.to_string())?;
        let stored = stored.ok_or(format!("agent {agent} is not there"))?;
        let rights = stored.permanent_guest;
        let now = self.stage.world.now();
        let invitation = stored.invitation.map(|invitation| invitation.expires_at);
        let is = (
            stored.entity_id.to_string(),
            stored.active,
            stored.role == Role::Administrator,
            [rights.own, rights.dependent, rights.transverse],
            invitation.filter(|until| *until > now).is_some(),
        );
        let rights = account.rights;
        let should = (
            entity_id(account.entity),
            account.active,
            account.administrator,
            [rights.own, rights.dependent, rights.transverse],
            account.invited_until.is_some_and(|until| until > now),
        );
        if is == should {
            Ok(())
        } else {
            Err(format!("agent {agent} is {is:?} and not {should:?}"))
        }
    }
}

/// The fields of an `AgentSaved` that say how somebody is.
fn said(agent: Agent, changes: usize, word: &Word) -> Value {
    json!({
        "entityId": entity_id(word.entity),
        "email": stage::address(agent, changes),
        "firstName": "Quirin",
        "lastName": "Quetsche",
        "role": if word.administrator { "administrator" } else { "agent" },
        "permanentGuest": {"own": word.rights.own, "dependent": word.rights.dependent, "transverse": word.rights.transverse},
        "active": word.active,
        "invite": word.invite,
    })
}
