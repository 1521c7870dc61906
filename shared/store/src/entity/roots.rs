//! Guard items of organisations' ids: one for each root, and one for each beginning of its id up to
//! a separator. No root's id is another's up to a separator, so that what is made under a root's id
//! is that organisation's, now and later.

use serde::{Deserialize, Serialize};
use vigie_domain::{entity::beginnings, id::EntityId};

use crate::{
    Result, Store,
    account::writes::At,
    table::{
        item::{self, s},
        keys,
        transaction::{ABSENT, Expression, Transaction},
    },
};

/// The guard item of an id that is a root, or that a root's id begins with.
#[derive(Serialize, Deserialize)]
struct Guard {
    id: EntityId,
    /// The root: the same id, or a longer one.
    root: EntityId,
}

impl Store {
    /// Takes a root's id and all its beginnings from other roots, in a transaction that has begun.
    /// Two roots may begin alike.
    pub(crate) fn guard_root(&self, writes: &mut Transaction<At>, root: &EntityId) -> Result<()> {
        let guard = |id: &EntityId| {
            item::write(
                &keys::root(id),
                &Guard {
                    id: id.clone(),
                    root: root.clone(),
                },
            )
        };
        writes.put(
            At::Entity,
            self,
            guard(root)?,
            Expression::condition(ABSENT),
        )?;
        for beginning in beginnings(root) {
            let free = Expression::condition(&format!("{ABSENT} OR root <> :id"))
                .value(":id", s(beginning.as_str()));
            writes.put(At::Entity, self, guard(&beginning)?, free)?;
        }
        Ok(())
    }

    /// Finds the organisation under whose root's id an id lies.
    pub async fn root_find_above(&self, id: &EntityId) -> Result<Option<EntityId>> {
        let guards: Vec<_> = beginnings(id).map(|id| keys::root(&id)).collect();
        for found in self.get_all(&guards).await? {
            let Guard { id, root } = item::read(found, "guard of a root")?;
            if id == root {
                return Ok(Some(root));
            }
        }
        Ok(None)
    }

    /// Finds a root whose id is the beginning of this id, or begins with it, up to a separator.
    pub async fn root_find_overlap(&self, id: &EntityId) -> Result<Option<EntityId>> {
        let guards: Vec<_> = beginnings(id)
            .chain([id.clone()])
            .map(|id| keys::root(&id))
            .collect();
        let guards = self
            .get_all(&guards)
            .await?
            .into_iter()
            .map(|found| item::read::<Guard>(found, "guard of a root"));
        let guards = guards.collect::<Result<Vec<_>>>()?;
        let overlaps = |guard: &Guard| {
            if guard.id == *id {
                guard.root != *id
            } else {
                guard.root == guard.id
            }
        };
        Ok(guards.into_iter().find(overlaps).map(|guard| guard.root))
    }
}
