//! The entities below one: one after the other, so that nothing is collected and a walk can go on
//! where another ended; or all of a root at once, by their ids alone.

use std::collections::BTreeMap;

use vigie_domain::{entity::Path, id::EntityId};

use crate::{
    Item, Result, Store,
    table::{item, keys},
};

impl Store {
    /// The way to the root of the entity that comes after the one at `at`, in a walk of `top` and
    /// all that lies below it: an entity, then those below it, then the next beside it. `None` at
    /// the end.
    pub async fn entity_find_next_below(&self, top: &EntityId, at: &Path) -> Result<Option<Path>> {
        let mut way = at.ids().to_vec();
        let Some(here) = way.first().cloned() else {
            return Ok(None);
        };
        if let Some(child) = self.child_after(&here, None).await? {
            way.insert(0, child);
            return Ok(Some(Path::new(way)));
        }
        while way.len() > 1 && &way[0] != top {
            let done = way.remove(0);
            if let Some(beside) = self.child_after(&way[0], Some(&done)).await? {
                way.insert(0, beside);
                return Ok(Some(Path::new(way)));
            }
        }
        Ok(None)
    }

    /// Lists all entities below a root, each with its parent.
    pub async fn entity_list_below_root(
        &self,
        root: &EntityId,
    ) -> Result<BTreeMap<EntityId, EntityId>> {
        let found = self.query_whole(keys::entity_pk(root), keys::BELOW).await?;
        let ids = |entry: &Item| {
            let entity = item::sk(entry).strip_prefix(keys::BELOW)?;
            let parent = item::text(entry, "parentId");
            EntityId::parse(entity)
                .and_then(|entity| Ok((entity, EntityId::parse(parent)?)))
                .ok()
        };
        Ok(found.iter().filter_map(ids).collect())
    }

    async fn child_after(
        &self,
        parent: &EntityId,
        after: Option<&EntityId>,
    ) -> Result<Option<EntityId>> {
        let after = after.map(|child| keys::child(parent, child).sk);
        let page = self
            .query(keys::entity_pk(parent), keys::CHILD, after, 1)
            .await?;
        Ok(page
            .items
            .first()
            .and_then(|child| EntityId::parse(item::sk(child).strip_prefix(keys::CHILD)?).ok()))
    }
}
