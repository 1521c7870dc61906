//! Entities as the portal declared them: the newest revision of each, and what is made of it.

use std::collections::BTreeSet;

use vigie_domain::{directory::entity::DeclaredEntity, entity::Entity, id::EntityId};
use vigie_runtime::again::unless_refused;

use crate::{
    Result, Store,
    directory::awaited::entry,
    entity::{audit::AuditEntry, items::REMOVING, links::LinkOwner},
    table::{
        item::{self, n},
        keys,
        projection::Projection,
        transaction::{ABSENT, Expression, PRESENT, Transaction},
    },
};

impl Store {
    /// The newest declaration of an entity.
    pub async fn declared_entity_read(&self, id: &EntityId) -> Result<Option<DeclaredEntity>> {
        self.get(&keys::declared_entity(id), "declared entity")
            .await
    }

    /// Those of some entities that the portal ever declared.
    pub async fn declared_entity_find_each(
        &self,
        ids: &BTreeSet<EntityId>,
    ) -> Result<BTreeSet<EntityId>> {
        let wanted: Vec<_> = ids.iter().map(keys::declared_entity).collect();
        let found = self
            .get_projected(&wanted, &Projection::of(["entityId"]))
            .await?;
        let id = |declared| EntityId::parse(item::text(declared, "entityId")).ok();
        Ok(found.iter().filter_map(id).collect())
    }

    /// Keeps a declaration in place of the one `before`, and says at the entity, if it is `there`,
    /// whether it is about to go: from then on it takes nobody in. Refused if either is not as it
    /// was read.
    pub async fn declared_entity_write(
        &self,
        declared: &DeclaredEntity,
        before: Option<&DeclaredEntity>,
        there: bool,
    ) -> Result<()> {
        let mut writes = Transaction::new();
        let key = keys::declared_entity(&declared.entity_id);
        let unchanged = before.map_or_else(|| Expression::condition(ABSENT), newest);
        writes.put((), self, item::write(&key, declared)?, unchanged)?;
        let entity = keys::entity(&declared.entity_id);
        if there {
            let mark = if declared.wanted.is_some() {
                Expression::update("REMOVE #removing")
            } else {
                Expression::update("SET #removing = :yes").value(":yes", item::value(&true)?)
            };
            let mark = mark.name("#removing", REMOVING).when(PRESENT);
            writes.update((), self, &entity, mark)?;
        } else {
            writes.check((), self, &entity, Expression::condition(ABSENT))?;
        }
        self.write(writes).await
    }

    /// Notes that all of a declaration is done, unless it is not the newest.
    pub async fn declared_entity_finish(&self, declared: &DeclaredEntity) -> Result<()> {
        let mut writes = Transaction::new();
        self.finish(&mut writes, declared)?;
        unless_refused(self.write(writes).await).map(drop)
    }

    fn finish(&self, writes: &mut Transaction<()>, declared: &DeclaredEntity) -> Result<()> {
        let applied = Expression::update("SET applied = :yes")
            .when(NEWEST)
            .value(":revision", n(declared.revision))
            .value(":yes", item::value(&true)?);
        let key = keys::declared_entity(&declared.entity_id);
        writes.update((), self, &key, applied)
    }

    /// Adds to a transaction that changes an entity in whose name it does: by the newest
    /// declaration of the portal, or by administrators, of what the portal never declared.
    pub(crate) fn by<P: Copy>(
        &self,
        writes: &mut Transaction<P>,
        at: P,
        entity: &EntityId,
        declared: Option<&DeclaredEntity>,
    ) -> Result<()> {
        let condition = declared.map_or_else(|| Expression::condition(ABSENT), newest);
        writes.check(at, self, &keys::declared_entity(entity), condition)
    }

    /// True if no agent is in an entity, and no entity right below it.
    pub async fn entity_is_empty(&self, id: &EntityId) -> Result<bool> {
        for prefix in [keys::AGENT, keys::CHILD] {
            let page = self.query(keys::entity_pk(id), prefix, None, 1).await?;
            if !page.items.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes back a link of an entity that goes. Another one that the portal links to it waits for
    /// it from now on, in case that it comes back.
    pub async fn declared_entity_unlink(
        &self,
        declared: &DeclaredEntity,
        (from, to): (&EntityId, &EntityId),
        entries: &[AuditEntry],
    ) -> Result<()> {
        let mut writes = Transaction::new();
        self.drop_link(&mut writes, (from, to), &Expression::default())?;
        let of_the_portal = self.entity_read_link(from, to).await? == Some(LinkOwner::Portal);
        if of_the_portal && *to == declared.entity_id {
            let waits = entry(&keys::awaited_entity(to, from));
            writes.put((), self, waits, Expression::default())?;
        }
        self.by(&mut writes, (), &declared.entity_id, Some(declared))?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }

    /// Removes an entity that is empty and takes nobody in, and counts it as a move in its tree:
    /// what was too deep may fit now. Refused if the declaration is not the newest.
    pub async fn declared_entity_remove(
        &self,
        declared: &DeclaredEntity,
        entity: &Entity,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let mut writes = Transaction::new();
        let going =
            Expression::condition("attribute_exists(#removing)").name("#removing", REMOVING);
        writes.delete((), self, &keys::entity(&entity.id), going)?;
        if let Some(parent) = &entity.parent_id {
            let child = keys::child(parent, &entity.id);
            writes.delete((), self, &child, Expression::default())?;
            let below = keys::below(&declared.organisation_id, &entity.id);
            writes.delete((), self, &below, Expression::default())?;
        }
        let raise = Expression::update("SET treeVersion = treeVersion + :one")
            .when(PRESENT)
            .value(":one", n(1));
        writes.update((), self, &keys::entity(&declared.organisation_id), raise)?;
        self.finish(&mut writes, declared)?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }
}

/// The condition that a declaration is still the newest.
const NEWEST: &str = "revision = :revision";

fn newest(declared: &DeclaredEntity) -> Expression {
    Expression::condition(NEWEST).value(":revision", n(declared.revision))
}
