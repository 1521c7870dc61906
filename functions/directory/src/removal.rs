//! Entities that the portal removed go with the last that lies in them.

use std::collections::BTreeSet;

use vigie_domain::{
    audit::{Record, What},
    directory::entity::DeclaredEntity,
    entity::Path,
    id::EntityId,
};
use vigie_runtime::again::unless_refused;
use vigie_store::{AuditEntry, StoreError};

use crate::Directory;

impl Directory {
    /// Removes an entity in which nothing lies any more; otherwise the stream tells when the last
    /// has left. From the declaration on it takes nobody in, so that no look is too early.
    pub(crate) async fn remove(&self, declared: &DeclaredEntity) -> Result<(), StoreError> {
        let id = &declared.entity_id;
        let path = self.store.entity_read_path(id).await?;
        if path
            .root()
            .is_some_and(|root| *root != declared.organisation_id)
        {
            return Ok(());
        }
        let Some(entity) = self.store.entity_read(id).await? else {
            return self.store.declared_entity_finish(declared).await;
        };
        if !self.store.entity_is_empty(id).await? {
            return Ok(());
        }
        let to = self.store.entity_list_transverse_to(id).await?;
        let from = self.store.entity_list_transverse_from(id).await?;
        let links = to.iter().map(|to| (id, to));
        for (from, to) in links.chain(from.iter().map(|from| (from, id))) {
            self.unlink(declared, (from, to)).await?;
        }
        let entry = self.entry(declared, What::EntityRemoved, None);
        let removed = self
            .store
            .declared_entity_remove(declared, &entity, &[entry])
            .await;
        unless_refused(removed).map(drop)
    }

    /// Takes back a link of an entity that goes, with an entry for each organisation that it
    /// touches.
    async fn unlink(
        &self,
        declared: &DeclaredEntity,
        (from, to): (&EntityId, &EntityId),
    ) -> Result<(), StoreError> {
        let ends = BTreeSet::from([from.clone(), to.clone()]);
        let paths = self.store.entity_read_paths(&ends).await?;
        let roots: BTreeSet<_> = paths.values().filter_map(Path::root).collect();
        let record = Record::new(What::EntitiesUnlinked, None, from, self.clock.now()).with(to);
        let entries: Vec<_> = roots
            .into_iter()
            .map(|root| AuditEntry::new(root, record.clone()))
            .collect();
        let gone = self
            .store
            .declared_entity_unlink(declared, (from, to), &entries)
            .await;
        unless_refused(gone).map(drop)
    }
}
