//! Names a declared entity, and keeps the portal's own links in its organisation.

use std::collections::BTreeSet;

use vigie_domain::{
    audit::What,
    directory::entity::{DeclaredEntity, WantedEntity},
    id::EntityId,
};
use vigie_runtime::again::unless_refused;
use vigie_store::StoreError;

use crate::Directory;

impl Directory {
    /// Gives an entity that is there its name, and the portal's own links in its organisation.
    /// Returns whether all of them are there; nothing where somebody else was faster.
    pub(crate) async fn call_and_link(
        &self,
        declared: &DeclaredEntity,
        wanted: &WantedEntity,
    ) -> Result<Option<bool>, StoreError> {
        let Some(before) = self.store.entity_read(&declared.entity_id).await? else {
            return Ok(None);
        };
        if before.name != wanted.name {
            let entry = self.entry(declared, What::EntityRenamed, None);
            let renamed = self
                .store
                .entity_rename(&before, &wanted.name, Some(declared), &[entry])
                .await;
            if unless_refused(renamed)?.is_none() {
                return Ok(None);
            }
        }
        let id = &declared.entity_id;
        let own = self.store.entity_list_declared_links(id).await?;
        for to in own.difference(&wanted.transverse) {
            let entry = self.entry(declared, What::EntitiesUnlinked, Some(to));
            let gone = self
                .store
                .entity_unlink_declared(declared, to, &[entry])
                .await;
            if unless_refused(gone)?.is_none() {
                return Ok(None);
            }
        }
        let linked = self.store.entity_list_transverse_to(id).await?;
        let missing: BTreeSet<_> = wanted.transverse.difference(&linked).cloned().collect();
        self.link(declared, &missing).await
    }

    /// Links an entity to those of its organisation that are there; it waits for the others.
    async fn link(
        &self,
        declared: &DeclaredEntity,
        missing: &BTreeSet<EntityId>,
    ) -> Result<Option<bool>, StoreError> {
        let (mut all, paths) = (true, self.store.entity_read_paths(missing).await?);
        for (to, path) in &paths {
            let going = self.store.declared_entity_read(to).await?;
            let going = going.is_some_and(|to| to.wanted.is_none());
            let done = match path.root() {
                Some(root) if *root != declared.organisation_id => Some(()),
                Some(_) if !going => {
                    let entry = self.entry(declared, What::EntitiesLinked, Some(to));
                    let linked = self
                        .store
                        .entity_link_declared(declared, to, &[entry])
                        .await;
                    unless_refused(linked)?
                }
                _ => {
                    all = false;
                    unless_refused(self.store.awaiting_write(declared, to).await)?
                }
            };
            if done.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(all))
    }
}
