//! An entity that yields its id to a new customer. Administrators choose ids freely; those that begin with their own organisation's id
//! stay theirs, and any other one may turn out to be what a customer is provisioned under. Then whoever and whatever is in the entity
//! goes up to the one that it depended on, and the id is free. Each step can be done again, so that what is cut short goes on.

use jiff::Timestamp;
use vigie_domain::{
    account::{Account, Role},
    audit::{Administration, Record, What},
    entity::Entity,
    id::EntityId,
};

use super::{
    Result, Store, StoreError,
    account_writes::{At, Creation},
    audit::AuditEntry,
    entities::{self, root_item},
    item::{self, s},
    keys,
    transaction::{Expression, Transaction},
};

/// An entity that is being emptied: where what is in it goes.
struct Vacating<'a> {
    entity: &'a Entity,
    parent: &'a EntityId,
    root: &'a EntityId,
    now: Timestamp,
}

impl Vacating<'_> {
    /// A transaction that happens only as long as the entity yields: once the new customer is there, nothing of its own is touched.
    fn transaction<P: Copy>(&self, store: &Store, at: P) -> Result<Transaction<P>> {
        let mut writes = Transaction::new();
        writes.check(at, store, &keys::entity(&self.entity.id), yields(self.parent)?)?;
        Ok(writes)
    }
}

/// Returns the condition that an entity below that parent yields its id.
fn yields(parent: &EntityId) -> Result<Expression> {
    let yields = Expression::condition("parentId = :parent AND yields = :yes").value(":parent", s(parent.as_str()));
    Ok(yields.value(":yes", item::value(&true)?))
}

impl Store {
    /// Empties an entity: from now on nothing comes into it; its agents, the entities below it and its links leave it. Who administered it
    /// administers nothing where they come to.
    pub async fn entity_vacate(&self, entity: &Entity, parent: &EntityId, root: &EntityId, now: Timestamp) -> Result<()> {
        let update = Expression::update("SET yields = :yes")
            .when("parentId = :parent")
            .value(":yes", item::value(&true)?)
            .value(":parent", s(parent.as_str()));
        self.update(&keys::entity(&entity.id), update).await?;
        let vacating = Vacating { entity, parent, root, now };
        self.send_agents_up(&vacating).await?;
        for id in self.entity_list_below(&entity.id).await? {
            let (Some(child), Some(version)) = (self.entity_read(&id).await?, self.entity_read_tree_version(root).await?) else { continue };
            let record = Record::new(What::EntityMoved, None, &id, now).with(parent);
            let writes = vacating.transaction(self, entities::At::Any)?;
            self.move_entity_in(writes, &child, &child.name, parent, (root, version), &[AuditEntry::new(root, record)]).await?;
        }
        for other in self.entity_list_transverse_to(&entity.id).await? {
            self.unlink_in(vacating.transaction(self, entities::At::Any)?, &entity.id, &other, &[]).await?;
        }
        for other in self.entity_list_transverse_from(&entity.id).await? {
            self.unlink_in(vacating.transaction(self, entities::At::Any)?, &other, &entity.id, &[]).await?;
        }
        Ok(())
    }

    async fn send_agents_up(&self, vacating: &Vacating<'_>) -> Result<()> {
        let Vacating { entity, parent, root, now } = *vacating;
        let mut met = None;
        loop {
            let (agents, more) = self.account_list_of_entity(&entity.id, None, 100).await?;
            if agents.is_empty() && more.is_none() {
                return Ok(());
            }
            // An agent who was changed meanwhile is met again. After two attempts the next receive goes on.
            let first = agents.first().map(|agent| (agent.id.clone(), agent.version));
            if first == met {
                return Err(StoreError::Conflict);
            }
            met = first;
            for agent in &agents {
                let change = Administration { role: Some(Role::Agent), entity_id: Some(parent.clone()), ..Administration::default() };
                let record = Record::new(What::AgentChanged, None, &entity.id, now).to(&agent.id).changing(change.changes(agent));
                let writes = vacating.transaction(self, At::Entity)?;
                let _ = self.administer_in(writes, agent, &change, &[AuditEntry::new(root, record)]).await?;
            }
        }
    }

    /// Makes the root of a new customer of an entity that was vacated, with its first administrator; [`Creation::Entity`] if it is not what
    /// it was.
    pub async fn entity_take_over(&self, account: &Account, root: &Entity, vacated: &Entity, entries: &[AuditEntry]) -> Result<Creation> {
        let parent = vacated.parent_id.as_ref().ok_or(StoreError::Refused)?;
        let mut writes = Transaction::new();
        writes.put(At::Entity, self, root_item(root)?, yields(parent)?)?;
        writes.delete(At::Other, self, &keys::child(parent, &root.id), Expression::default())?;
        self.create(writes, account, entries).await
    }

    /// Hangs an entity that was vacated below one of another organisation, that of the first entry; [`StoreError::Refused`] if either is not what it was.
    pub async fn entity_claim(&self, entity: &Entity, vacated: &Entity, entries: &[AuditEntry]) -> Result<()> {
        let (Some(old), Some(parent)) = (&vacated.parent_id, &entity.parent_id) else { return Err(StoreError::Refused) };
        let Some(root) = entries.first().map(|entry| entry.root.as_str()) else { return Err(StoreError::Refused) };
        let mut claimed = item::write(&keys::entity(&entity.id), entity)?;
        claimed.insert(entities::CLAIMED_BY.to_owned(), s(root));
        let mut writes = Transaction::new();
        writes.put(entities::At::Any, self, claimed, yields(old)?)?;
        writes.delete(entities::At::Any, self, &keys::child(old, &entity.id), Expression::default())?;
        writes.put(entities::At::Any, self, keys::child(parent, &entity.id).attributes(), Expression::default())?;
        writes.check(entities::At::Any, self, &keys::entity(parent), Expression::condition(entities::OPEN))?;
        self.note(&mut writes, entities::At::Any, entries)?;
        self.all(writes).await
    }
}
