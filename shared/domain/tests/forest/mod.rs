//! Random trees of entities, looked at from above: the opposite of how the domain looks at them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use vigie_domain::{entity::Path, id::EntityId};

/// Entities by number, and each one's parent.
#[derive(Clone, Debug)]
pub struct Forest(pub Vec<Option<usize>>);

/// Up to three organisations, up to 40 entities; long chains as likely as broad trees.
pub fn forests() -> impl Strategy<Value = Forest> {
    let entity = (any::<prop::sample::Index>(), 0..4_u8);
    (1..4_usize, prop::collection::vec(entity, 0..40)).prop_map(|(roots, below)| {
        let mut parents: Vec<Option<usize>> = vec![None; roots];
        for (parent, shape) in below {
            let newest = parents.len() - 1;
            parents.push(Some(if shape == 0 {
                parent.index(parents.len())
            } else {
                newest
            }));
        }
        Forest(parents)
    })
}

impl Forest {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn id(entity: usize) -> EntityId {
        EntityId::parse(&format!("e{entity}")).unwrap()
    }

    /// Returns the path as the store walks it.
    pub fn path(&self, entity: usize) -> Path {
        let mut ids = vec![Self::id(entity)];
        let mut at = entity;
        while let Some(parent) = self.0[at] {
            ids.push(Self::id(parent));
            at = parent;
        }
        Path::new(ids)
    }

    pub fn children(&self, entity: usize) -> impl Iterator<Item = usize> {
        (0..self.0.len()).filter(move |child| self.0[*child] == Some(entity))
    }

    /// Everything strictly below, found from above.
    pub fn below(&self, entity: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for child in self.children(entity) {
            found.insert(child);
            found.extend(self.below(child));
        }
        found
    }
}
