//! The entities below one, one after the other: nothing is collected, and a walk can go on where
//! another ended.

use vigie_domain::{entity::Path, id::EntityId};

use crate::{
    Result, Store,
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
