//! Links across trees: agents of one entity may follow another's consultations. Each is the
//! administrators' or, inside an organisation, the portal's own.

use std::collections::BTreeSet;

use vigie_domain::{directory::entity::DeclaredEntity, id::EntityId};

use crate::{
    Result, Store,
    entity::{audit::AuditEntry, items::TAKES_IN},
    table::{
        item, keys,
        transaction::{ABSENT, Expression, Transaction},
    },
};

/// Marks a link as the portal's own.
const PORTAL: &str = "portal";

/// The one whose a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkOwner {
    /// Administrators made it.
    Administrators,
    /// The portal declared it.
    Portal,
}

impl Store {
    /// Tells whose a link is, if it is there.
    pub async fn entity_read_link(
        &self,
        from: &EntityId,
        to: &EntityId,
    ) -> Result<Option<LinkOwner>> {
        let found = self.get_item(&keys::transverse_out(from, to)).await?;
        Ok(found.map(|link| {
            if link.contains_key(PORTAL) {
                LinkOwner::Portal
            } else {
                LinkOwner::Administrators
            }
        }))
    }

    /// Lists the portal's own links of an entity.
    pub async fn entity_list_declared_links(&self, id: &EntityId) -> Result<BTreeSet<EntityId>> {
        let links = self
            .query_whole(keys::entity_pk(id), keys::TRANSVERSE_OUT)
            .await?;
        let own = links.iter().filter(|link| link.contains_key(PORTAL));
        let others = own.filter_map(|link| item::sk(link).strip_prefix(keys::TRANSVERSE_OUT));
        Ok(others.filter_map(|id| EntityId::parse(id).ok()).collect())
    }

    /// Lets agents of `from` follow `to`'s consultations, by an administrator's word: from then on
    /// the link is theirs, whoever made it. Again changes nothing.
    pub async fn entity_link(
        &self,
        from: &EntityId,
        to: &EntityId,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let mut writes = Transaction::new();
        for key in ends(from, to) {
            writes.put((), self, key.attributes(), Expression::default())?;
        }
        self.between(&mut writes, from, to)?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }

    /// Links by the portal's word; [`StoreError::Refused`] if the link is there, an end is not,
    /// or the declaration is not the newest.
    pub async fn entity_link_declared(
        &self,
        declared: &DeclaredEntity,
        to: &EntityId,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let from = &declared.entity_id;
        let mut writes = Transaction::new();
        for key in ends(from, to) {
            let mut link = key.attributes();
            link.insert(PORTAL.to_owned(), item::value(&true)?);
            writes.put((), self, link, Expression::condition(ABSENT))?;
        }
        self.between(&mut writes, from, to)?;
        self.by(&mut writes, (), from, Some(declared))?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }

    /// Takes a link back. Again changes nothing.
    pub async fn entity_unlink(
        &self,
        from: &EntityId,
        to: &EntityId,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let mut writes = Transaction::new();
        self.drop_link(&mut writes, (from, to), &Expression::default())?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }

    /// Takes one of the portal's own links back; refused if it is not that, or the declaration is
    /// not the newest.
    pub async fn entity_unlink_declared(
        &self,
        declared: &DeclaredEntity,
        to: &EntityId,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let from = &declared.entity_id;
        let mut writes = Transaction::new();
        let own = Expression::condition("attribute_exists(#portal)").name("#portal", PORTAL);
        self.drop_link(&mut writes, (from, to), &own)?;
        self.by(&mut writes, (), from, Some(declared))?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }

    /// Deletes both ends of a link in a transaction.
    pub(crate) fn drop_link(
        &self,
        writes: &mut Transaction<()>,
        (from, to): (&EntityId, &EntityId),
        condition: &Expression,
    ) -> Result<()> {
        ends(from, to)
            .iter()
            .try_for_each(|key| writes.delete((), self, key, condition.clone()))
    }

    /// Checks in a transaction that both ends are there to stay.
    fn between(&self, writes: &mut Transaction<()>, from: &EntityId, to: &EntityId) -> Result<()> {
        [from, to].into_iter().try_for_each(|id| {
            let there = Expression::condition(TAKES_IN);
            writes.check((), self, &keys::entity(id), there)
        })
    }
}

fn ends(from: &EntityId, to: &EntityId) -> [keys::Key; 2] {
    [
        keys::transverse_out(from, to),
        keys::transverse_in(from, to),
    ]
}
