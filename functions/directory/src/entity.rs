//! Entities that the portal saves and removes. A declaration is kept first and then carried out, so
//! that what an earlier try left undone is done by the next, whatever brings it.

use std::{cmp::Ordering, collections::BTreeSet};

use serde_json::json;
use vigie_aws::queue::Failure;
use vigie_domain::{
    audit::{Change, Record, What},
    directory::entity::{DeclaredEntity, Step, There, WantedEntity},
    entity::{Entity, MAX_DEPTH, Path},
    id::EntityId,
};
use vigie_runtime::{
    again::{Tries, unless_refused},
    log,
};
use vigie_store::{AuditEntry, StoreError, TreeVersion};

use crate::Directory;

/// The outcome of a try to give a declared entity its place.
enum Place {
    /// It has it.
    Taken,
    /// It waits, or nothing can be done; what it is apart from its place goes on.
    Open,
    /// Read again: a step is done, or somebody else was faster.
    Again,
}

/// The trees that a declaration is about, as they were read.
struct Read {
    there: There,
    version: Option<TreeVersion>,
}

impl Directory {
    /// Keeps a declaration, unless the same or a newer one is there, and carries out the newest.
    pub(crate) async fn declare_entity(&self, declared: &DeclaredEntity) -> Result<(), Failure> {
        let id = &declared.entity_id;
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let before = self.store.declared_entity_read(id).await?;
            if let Some(before) = &before {
                if before.organisation_id != declared.organisation_id {
                    return Err(of_another(format!(
                        "entity-exists: {id} was declared by the organisation {}",
                        before.organisation_id
                    )));
                }
                match before.revision.cmp(&declared.revision) {
                    Ordering::Greater => return Ok(()),
                    Ordering::Equal if before.applied => return Ok(()),
                    Ordering::Equal => break,
                    Ordering::Less => {}
                }
            }
            let there = self.require_own(declared).await?;
            let written = self
                .store
                .declared_entity_write(declared, before.as_ref(), there)
                .await;
            if unless_refused(written)?.is_some() {
                break;
            }
        }
        Ok(self.settle_entity(id).await?)
    }

    /// Checks that what a declaration names is its organisation's, as far as it is there; returns
    /// whether the entity is.
    async fn require_own(&self, declared: &DeclaredEntity) -> Result<bool, Failure> {
        let (id, organisation) = (&declared.entity_id, &declared.organisation_id);
        let parent = declared.wanted.as_ref().map(|wanted| &wanted.parent_id);
        let named: BTreeSet<_> = [Some(id), Some(organisation), parent]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        let paths = self.store.entity_read_paths(&named).await?;
        let root_of = |id: &EntityId| paths.get(id).and_then(Path::root);
        let another = |id: &EntityId| root_of(id).filter(|root| *root != organisation);
        if let Some(root) = another(organisation) {
            return Err(of_another(format!(
                "organisation-unknown: {organisation} is an entity of the organisation {root}"
            )));
        }
        if let Some(root) = another(id) {
            return Err(of_another(format!(
                "entity-exists: {id} is an entity of the organisation {root}"
            )));
        }
        if let Some(root) = self.store.root_find_above(id).await?
            && root != *organisation
        {
            return Err(of_another(format!(
                "entity-overlaps: {id} lies under the organisation {root}"
            )));
        }
        if let Some((parent, root)) = parent.and_then(|parent| Some((parent, another(parent)?))) {
            return Err(of_another(format!(
                "organisation-differs: {parent} is an entity of the organisation {root}"
            )));
        }
        Ok(root_of(id).is_some())
    }

    /// Carries out the newest declaration of an entity, as far as what it needs is there; the rest
    /// waits in the table.
    pub(crate) async fn settle_entity(&self, id: &EntityId) -> Result<(), StoreError> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let Some(declared) = self.store.declared_entity_read(id).await? else {
                return Ok(());
            };
            let Some(wanted) = &declared.wanted else {
                return self.remove(&declared).await;
            };
            let read = self.there(&declared, wanted).await?;
            let place = self.place(&declared, wanted, &read).await?;
            if matches!(place, Place::Again) {
                continue;
            }
            let here = read.there.here.as_ref().and_then(Path::root);
            let linked = if here == Some(&declared.organisation_id) {
                self.call_and_link(&declared, wanted).await?
            } else {
                Some(false)
            };
            match (linked, place) {
                (Some(true), Place::Taken) => {
                    return self.store.declared_entity_finish(&declared).await;
                }
                (Some(_), _) => return Ok(()),
                (None, _) => {}
            }
        }
    }

    async fn there(
        &self,
        declared: &DeclaredEntity,
        wanted: &WantedEntity,
    ) -> Result<Read, StoreError> {
        let (id, organisation) = (&declared.entity_id, &declared.organisation_id);
        // First: a move that comes after it is seen by what is written.
        let version = self.store.entity_read_tree_version(organisation).await?;
        let named = BTreeSet::from([id.clone(), organisation.clone(), wanted.parent_id.clone()]);
        let paths = self.store.entity_read_paths(&named).await?;
        let way = |id: &EntityId| {
            paths
                .get(id)
                .filter(|path| path.entity().is_some())
                .cloned()
        };
        let here = way(id);
        let parent_now = here.as_ref().and_then(|path| path.ids().get(1).cloned());
        let moves = here.is_some() && parent_now.as_ref() != Some(&wanted.parent_id);
        let above = self.store.declared_entity_read(&wanted.parent_id).await?;
        let goes = above.is_some_and(|above| above.wanted.is_none());
        let height = if moves {
            self.store.entity_read_height(id).await?
        } else {
            1
        };
        let there = There {
            organisation: way(organisation).is_some(),
            here,
            parent_now,
            parent: way(&wanted.parent_id).filter(|_| !goes),
            height,
        };
        Ok(Read { there, version })
    }

    /// Gives an entity its place in the tree.
    async fn place(
        &self,
        declared: &DeclaredEntity,
        wanted: &WantedEntity,
        read: &Read,
    ) -> Result<Place, StoreError> {
        let again = |done: Option<()>, place| done.map_or(Place::Again, |()| place);
        match declared.next(&read.there) {
            Step::Name | Step::Done | Step::Remove => Ok(Place::Taken),
            Step::Create => self.create(declared, wanted).await.map(|()| Place::Again),
            Step::Move => {
                self.relocate(declared, wanted, read).await?;
                Ok(Place::Again)
            }
            Step::Await(awaited) => {
                let waits = self.store.awaiting_write(declared, &awaited).await;
                let waits = unless_refused(waits)?;
                if waits.is_some() && read.there.here.is_none() {
                    self.alarm_if_endless(declared).await?;
                }
                Ok(again(waits, Place::Open))
            }
            Step::Nowhere => {
                hangs_nowhere(declared);
                let root = &declared.organisation_id;
                let Some(version) = read.version else {
                    return Ok(Place::Again);
                };
                let waits = self.store.awaiting_write_move(declared, (root, version));
                Ok(again(unless_refused(waits.await)?, Place::Open))
            }
            Step::OfAnother(_) => {
                // It was not there yet when it was declared.
                log::count("OrganisationOverlaps", 1);
                log::error(
                    "a declared entity is another organisation's, or lies in one",
                    json!({"entityId": declared.entity_id}),
                );
                Ok(Place::Open)
            }
        }
    }

    async fn create(
        &self,
        declared: &DeclaredEntity,
        wanted: &WantedEntity,
    ) -> Result<(), StoreError> {
        let root = &declared.organisation_id;
        let Some(organisation) = self.store.entity_read(root).await? else {
            return Ok(());
        };
        let entity = Entity {
            id: declared.entity_id.clone(),
            name: wanted.name.clone(),
            parent_id: Some(wanted.parent_id.clone()),
            organisation: organisation.organisation,
        };
        let entry = self.entry(declared, What::EntityCreated, Some(&wanted.parent_id));
        let created = self
            .store
            .entity_create(&entity, (root, &wanted.parent_id), Some(declared), &[entry])
            .await;
        unless_refused(created).map(drop)
    }

    async fn relocate(
        &self,
        declared: &DeclaredEntity,
        wanted: &WantedEntity,
        read: &Read,
    ) -> Result<(), StoreError> {
        let before = self.store.entity_read(&declared.entity_id).await?;
        let (Some(before), Some(version)) = (before, read.version) else {
            return Ok(());
        };
        let (root, parent) = (&declared.organisation_id, &wanted.parent_id);
        let old = before.parent_id.as_ref().map(EntityId::as_str);
        let mut entry = self.entry(declared, What::EntityMoved, Some(parent));
        entry.record =
            entry
                .record
                .changing(vec![Change::new("parentId", old, Some(parent.as_str()))]);
        let mut entries = vec![entry];
        if before.name != wanted.name {
            entries.push(self.entry(declared, What::EntityRenamed, None));
        }
        let moved = self
            .store
            .entity_move(
                &before,
                &wanted.name,
                parent,
                (root, version),
                Some(declared),
                &entries,
            )
            .await;
        match moved {
            Ok(()) | Err(StoreError::Refused | StoreError::Conflict) => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Rings where an entity waits for one that waits for it in turn, or for more of them than a
    /// tree has levels: none of them comes by itself.
    async fn alarm_if_endless(&self, declared: &DeclaredEntity) -> Result<(), StoreError> {
        let mut above = declared.clone();
        for _ in 0..MAX_DEPTH {
            let Some(wanted) = above.wanted.filter(|_| !above.applied) else {
                return Ok(());
            };
            if wanted.parent_id == declared.entity_id {
                break;
            }
            match self.store.declared_entity_read(&wanted.parent_id).await? {
                Some(next) => above = next,
                None => return Ok(()),
            }
        }
        hangs_nowhere(declared);
        Ok(())
    }

    pub(crate) fn entry(
        &self,
        declared: &DeclaredEntity,
        what: What,
        other: Option<&EntityId>,
    ) -> AuditEntry {
        let record = Record::new(what, None, &declared.entity_id, self.clock.now());
        let record = match other {
            Some(other) => record.with(other),
            None => record,
        };
        AuditEntry::new(&declared.organisation_id, record)
    }
}

/// Rings: until a revision mends it, an entity lies where it was, or nowhere.
fn hangs_nowhere(declared: &DeclaredEntity) {
    log::count("EntityHangsNowhere", 1);
    log::error(
        "a declared entity hangs nowhere",
        json!({"entityId": declared.entity_id}),
    );
}

/// Rejects what is another organisation's, with an alarm: portal and table disagree on whose it is.
pub(crate) fn of_another(reason: String) -> Failure {
    log::count("OrganisationOverlaps", 1);
    Failure::Reject(reason)
}
