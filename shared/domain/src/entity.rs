//! Entities: the tree of an organisation's purchasing services, and the directed links across it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    id::EntityId,
    text::{Invalid, Text},
};

/// Deepest tree, root included: keeps every walk up short. Nothing else relies on it: a branch that
/// grows while it is moved may end a level below.
pub const MAX_DEPTH: usize = 32;

/// A node in the tree. Only the parent is known: the way to the root is walked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entity {
    /// Chosen by whoever creates it.
    pub id: EntityId,
    /// Name as shown in mails.
    pub name: Text<200>,
    /// `null` for the root, the organisation itself.
    pub parent_id: Option<EntityId>,
    /// Name of the legal buyer (organisme).
    pub organisation: Text<200>,
}

/// Entities from one up to its root: `path[0]` the entity, the last the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<EntityId>);

impl Path {
    /// From the entity to its root.
    #[must_use]
    pub fn new(ids: Vec<EntityId>) -> Self {
        Self(ids)
    }

    /// True if the entity is this one or lies below `above`, at any depth.
    #[must_use]
    pub fn is_in_tree_of(&self, above: &EntityId) -> bool {
        self.0.contains(above)
    }

    /// True if the entity lies strictly below `above` (« entités qui dépendent de mon
    /// entité »).
    #[must_use]
    pub fn is_below(&self, above: &EntityId) -> bool {
        self.0.iter().skip(1).any(|id| id == above)
    }

    /// The entity itself.
    #[must_use]
    pub fn entity(&self) -> Option<&EntityId> {
        self.0.first()
    }

    /// The organisation's root.
    #[must_use]
    pub fn root(&self) -> Option<&EntityId> {
        self.0.last()
    }

    /// From the entity to its root.
    #[must_use]
    pub fn ids(&self) -> &[EntityId] {
        &self.0
    }
}

/// Returns an entity and all below it, each with the number of levels between: level by level, by
/// ids in each. `parents` has the parent of every entity of the tree but its root.
#[must_use]
pub fn by_level(
    top: &EntityId,
    parents: &BTreeMap<EntityId, EntityId>,
) -> BTreeSet<(usize, EntityId)> {
    let mut children: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (entity, parent) in parents {
        children.entry(parent).or_default().push(entity);
    }
    let (mut found, mut level) = (BTreeSet::new(), vec![top]);
    for depth in 0.. {
        // Each parent's children are taken once, so that no cycle is walked twice.
        let below = level.iter().filter_map(|id| children.remove(id));
        let below: Vec<_> = below.flatten().collect();
        found.extend(level.into_iter().map(|id| (depth, id.clone())));
        if below.is_empty() {
            break;
        }
        level = below;
    }
    found
}

/// Most separators in the id of an organisation: each has a guard item in the transaction that
/// provisions it.
pub const MAX_SEPARATORS: usize = 64;

/// Returns the beginnings of an id, up to each hyphen, dot and underscore in it: `ems` and
/// `ems-sig` of `ems-sig.eau`.
pub fn beginnings(id: &EntityId) -> impl Iterator<Item = EntityId> {
    let separators = id.as_str().match_indices(['-', '.', '_']);
    separators.filter_map(|(at, _)| EntityId::parse(&id.as_str()[..at]).ok())
}

/// True if an id is the administrators' of an organisation to make: the root's id, a
/// separator, anything. No root's id is another's up to a separator, so it is no other
/// organisation's.
#[must_use]
pub fn is_under(root: &EntityId, id: &EntityId) -> bool {
    beginnings(id).any(|beginning| beginning == *root)
}

/// Checks that an entity may hang below a parent whose own way to the root is `parent`. `height` is
/// the number of levels that it takes with all that lies below it, at least 1.
pub fn may_move(entity: &EntityId, height: usize, parent: &Path) -> Result<(), Invalid> {
    if parent.is_in_tree_of(entity) {
        return Err(Invalid(
            "an entity cannot depend on itself or on an entity below it",
        ));
    }
    if parent.ids().len() + height > MAX_DEPTH {
        return Err(Invalid("the tree is too deep"));
    }
    Ok(())
}
