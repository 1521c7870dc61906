//! `AgentSaved`, `AgentLeft`: an agent's account is what the portal's newest words say, in whatever
//! order they come. A word is kept first and then carried out; carried out again it changes
//! nothing, so that what was left undone is done by whoever comes next.

use serde_json::json;
use vigie_aws::queue::Failure;
use vigie_domain::{
    account::{
        Account,
        reservation::{Organisation, Taker},
    },
    audit::{Record, What},
    canary::is_canary,
    contact::email::Email,
    directory::{
        agent::{AgentName, Declaration, Saved, Word},
        known::Known,
        settle::{self, Address, World},
    },
    id::{AccountId, EntityId},
    paris,
};
use vigie_runtime::{
    again::{Tries, unless_refused},
    ids, log,
};
use vigie_store::{AuditEntry, Carried, Holding, Reservation, StoreError};

use crate::{Directory, entity::of_another};

/// The state of an address that the portal declares.
enum Wanted {
    /// It is free, or its account yields it.
    ToBeHad(Option<Box<Reservation>>),
    /// An account of the same organisation that becomes the agent.
    OfAgent(Box<Account>),
    /// Somebody else has it.
    Kept(AccountId),
    /// It is going from one to another.
    Moving,
}

/// An agent as they were read: name, words, and the newest one that says how they are.
struct Agent<'a> {
    name: &'a AgentName,
    known: &'a Known,
    saved: &'a Saved,
    world: World,
}

impl Directory {
    /// Keeps a word of the portal on an agent and carries out the newest.
    pub(crate) async fn declare_agent(&self, declaration: &Declaration) -> Result<(), Failure> {
        self.require_own_agent(declaration).await?;
        let now = self.clock.now();
        if self.store.agent_declare(declaration, now).await? {
            count_without_address(declaration);
        }
        Ok(Box::pin(self.settle_agent(&declaration.name())).await?)
    }

    /// Checks that what a word names is its organisation's, as far as it is there.
    async fn require_own_agent(&self, declaration: &Declaration) -> Result<(), Failure> {
        let organisation = &declaration.organisation_id;
        if is_canary(organisation.as_str()) {
            return Err(Failure::Reject("organisationId: is Vigie's own".to_owned()));
        }
        let path = self.store.entity_read_path(organisation).await?;
        if let Some(root) = path.root().filter(|root| *root != organisation) {
            return Err(of_another(format!(
                "organisation-unknown: {organisation} is an entity of the organisation {root}"
            )));
        }
        let Word::Saved(Saved { entity_id, .. }) = &declaration.word else {
            return Ok(());
        };
        let path = self.store.entity_read_path(entity_id).await?;
        match path.root() {
            Some(root) if root == organisation => return Ok(()),
            Some(root) => {
                return Err(of_another(format!(
                    "organisation-differs: {entity_id} is an entity of the organisation {root}"
                )));
            }
            None => {}
        }
        if let Some(declared) = self.store.declared_entity_read(entity_id).await?
            && declared.organisation_id != *organisation
        {
            return Err(of_another(format!(
                "organisation-differs: {entity_id} was declared by the organisation {}",
                declared.organisation_id
            )));
        }
        match self.store.root_find_above(entity_id).await? {
            Some(root) if root != *organisation => Err(of_another(format!(
                "entity-overlaps: {entity_id} lies under the organisation {root}"
            ))),
            _ => Ok(()),
        }
    }

    /// Makes an agent's account what the portal's words say, as far as what it needs is there; the
    /// rest waits in the table.
    pub(crate) async fn settle_agent(&self, name: &AgentName) -> Result<(), StoreError> {
        let mut tries = Tries::default();
        // An entity that took nobody in when this began to wait for it.
        let mut awaited = None;
        loop {
            tries.begin()?;
            let Some(known) = self.store.agent_read(name).await? else {
                return Ok(());
            };
            let Some(saved) = &known.saved else {
                return Ok(());
            };
            let now = self.clock.now();
            let agent = Agent {
                name,
                known: &known,
                saved,
                world: World {
                    now,
                    today: paris::day(now),
                    request: ids::request(),
                },
            };
            let Some(entity) = unless_refused(self.open_entity(&agent).await)? else {
                continue;
            };
            let entity = entity.filter(|open| awaited.as_ref() != Some(*open));
            let done = Box::pin(self.settle_once(&agent, entity)).await;
            match unless_refused(done)?.unwrap_or(Carried::Superseded) {
                Carried::Out => return self.succession(name, &known).await,
                Carried::Superseded => {}
                Carried::Entity => {
                    let waits = self
                        .store
                        .agent_await_entity(name, &known, &saved.entity_id);
                    if unless_refused(waits.await)?.is_some() {
                        awaited = Some(saved.entity_id.clone());
                    }
                }
            }
        }
    }

    /// Returns the entity that an agent is to be in, if it is there and their organisation's; has
    /// them wait for one that is not there.
    async fn open_entity<'a>(&self, agent: &Agent<'a>) -> Result<Option<&'a EntityId>, StoreError> {
        let entity = &agent.saved.entity_id;
        let path = self.store.entity_read_path(entity).await?;
        match path.root() {
            Some(root) if *root == agent.known.organisation_id => Ok(Some(entity)),
            Some(_) => {
                // It was not there yet when it was declared.
                log::count("OrganisationOverlaps", 1);
                log::error(
                    "an agent is declared in an entity of another organisation",
                    json!({"agent": agent.name, "entityId": entity}),
                );
                Ok(None)
            }
            None => {
                let waits = self
                    .store
                    .agent_await_entity(agent.name, agent.known, entity)
                    .await;
                // It came just now, or a newer word did: looked at by whoever writes next.
                unless_refused(waits)?
                    .ok_or(StoreError::Refused)
                    .map(|()| None)
            }
        }
    }

    /// Carries the portal's words out once, on what was read just now.
    async fn settle_once(
        &self,
        agent: &Agent<'_>,
        entity: Option<&EntityId>,
    ) -> Result<Carried, StoreError> {
        let Agent {
            known,
            saved,
            world,
            ..
        } = agent;
        let before = match &known.account_id {
            Some(id) => self.store.account_read(id).await?,
            None => None,
        };
        let (after, address) = match (&before, entity) {
            (Some(before), _) => (
                settle::settled(before, known, entity, world),
                settle::address(before, known),
            ),
            (None, None) => return Ok(Carried::Out),
            // Whose account was erased comes back to work, and not to be erased once more.
            (None, _) if known.erased.is_some() && !known.is_active(world.today) => {
                return Ok(Carried::Out);
            }
            (None, Some(_)) => (
                settle::new_account(ids::account(), known, saved, world)
                    .map_err(|_| StoreError::Refused)?,
                Address::Replaced(saved.email.clone()),
            ),
        };
        let (mut from, mut owner) = (None, None);
        let after = match address {
            Address::Stays => after,
            Address::Replaced(None) => after.with_address(None, false, world),
            Address::Replaced(Some(email)) => match self.wanted(&email, known).await? {
                Wanted::ToBeHad(yields) => {
                    from = yields;
                    after.with_address(Some(email), false, world)
                }
                Wanted::OfAgent(account) => {
                    return self.become_agent(agent, before, *account, entity).await;
                }
                Wanted::Kept(by) => {
                    owner = Some((email, by));
                    after.with_address(None, true, world)
                }
                Wanted::Moving => return Ok(Carried::Superseded),
            },
        };
        let after = after.invited_by(known, world);
        let done = match &before {
            None => {
                let entries = [self.agent_entry(known, What::AgentDeclared, &after)];
                self.store
                    .agent_create(agent.name, known, &after, from.as_deref(), &entries)
                    .await?
            }
            Some(before) => {
                self.carry_out(agent, (before, &after), (from.as_deref(), None))
                    .await?
            }
        };
        if let (Carried::Out, Some((email, owner))) = (done, &owner) {
            self.store
                .agent_await_address(agent.name, email, owner)
                .await?;
        }
        Ok(done)
    }

    /// Reads whether an address can be had for an agent, and who has it otherwise.
    async fn wanted(&self, email: &Email, known: &Known) -> Result<Wanted, StoreError> {
        let root = &known.organisation_id;
        // Most are free.
        let Some(owner) = self.store.address_read_owner(&email.digest()).await? else {
            return Ok(Wanted::ToBeHad(None));
        };
        let Some(account) = self.store.account_read(&owner).await? else {
            return Ok(Wanted::Moving);
        };
        let path = self.store.entity_read_path(&account.entity_id).await?;
        if path.root() == Some(root) {
            return Ok(if settle::may_become(&account, email) {
                Wanted::OfAgent(Box::new(account))
            } else {
                Wanted::Kept(owner)
            });
        }
        let domains = &self.store.administrator_read_domains(root).await?;
        let taker = Taker::Organisation(Organisation { root, domains });
        let holding = self
            .store
            .reservation_read(email, taker, self.clock.now())
            .await?;
        Ok(match holding {
            Holding::Free => Wanted::ToBeHad(None),
            Holding::Yields(reservation) => Wanted::ToBeHad(Some(reservation)),
            Holding::Kept => Wanted::Kept(owner),
        })
    }

    /// Makes an account of the organisation the agent's, in place of the one that they had so far
    /// and that nobody has accepted.
    async fn become_agent(
        &self,
        agent: &Agent<'_>,
        former: Option<Account>,
        before: Account,
        entity: Option<&EntityId>,
    ) -> Result<Carried, StoreError> {
        let Agent { known, world, .. } = agent;
        let after = settle::succeeding(&before, former.as_ref(), known, entity, world);
        let after = after.invited_by(known, world);
        self.carry_out(agent, (&before, &after), (None, former.as_ref()))
            .await
    }

    async fn carry_out(
        &self,
        agent: &Agent<'_>,
        (before, after): (&Account, &Account),
        (from, former): (Option<&Reservation>, Option<&Account>),
    ) -> Result<Carried, StoreError> {
        let Agent { name, known, .. } = agent;
        if before == after && known.account_id.as_ref() == Some(&before.id) {
            return Ok(Carried::Out);
        }
        let mut entries = Vec::new();
        entries.extend(former.map(|former| self.agent_entry(known, What::AgentWithdrawn, former)));
        let changes = settle::changes(before, after);
        if !changes.is_empty() {
            let mut entry = self.agent_entry(known, What::AgentChanged, before);
            entry.record = entry.record.changing(changes);
            entries.push(entry);
        }
        if after.invitation.is_some() && after.invitation != before.invitation {
            entries.push(self.agent_entry(known, What::AgentInvited, before));
        }
        let root = &known.organisation_id;
        let last = self
            .store
            .administrator_is_last(root, before, after)
            .await?;
        if last {
            let below = self.store.administrator_list_below(root).await?;
            let record = Record::new(What::AdministratorsGone, None, root, agent.world.now);
            let entry = AuditEntry::new(root, record.to(&before.id));
            entries.push(entry.telling(below.into_iter().map(|told| told.id)));
        }
        let former = former.map(|former| (former, agent.world.now));
        let done = self
            .store
            .agent_carry_out(name, known, (before, after, last), (from, former), &entries)
            .await?;
        if last && done == Carried::Out {
            // The portal knows who left, and brings somebody by OrganisationProvisioned.
            log::count("AdministratorsGone", 1);
            log::error(
                "nobody administers an organisation any more",
                json!({"organisationId": root}),
            );
        }
        Ok(done)
    }

    /// Returns an entry of the audit about an account, by the portal's word.
    fn agent_entry(&self, known: &Known, what: What, account: &Account) -> AuditEntry {
        let record = Record::new(what, None, &account.entity_id, self.clock.now());
        AuditEntry::new(&known.organisation_id, record.to(&account.id))
    }
}

/// Counts an agent who is declared without an address that can be read.
fn count_without_address(declaration: &Declaration) {
    if matches!(&declaration.word, Word::Saved(saved) if saved.email.is_none()) {
        log::count("AgentsWithoutAddress", 1);
    }
}
