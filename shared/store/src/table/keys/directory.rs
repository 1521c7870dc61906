//! Keys of what the portal declares, and of who waits for it.

use vigie_domain::id::EntityId;

use super::{Key, entity_pk};

/// Sort-key prefix of who waits for an entity.
pub const AWAITED: &str = "AWAITED#";
/// Sort-key prefix of entities that wait for one.
pub const AWAITED_ENTITY: &str = "AWAITED#entity#";

/// An entity's newest declaration.
#[must_use]
pub fn declared_entity(id: &EntityId) -> Key {
    Key::new(entity_pk(id), "DECLARED")
}

/// An entity that waits for another, on the side of the one that is awaited.
#[must_use]
pub fn awaited_entity(awaited: &EntityId, entity: &EntityId) -> Key {
    Key::new(entity_pk(awaited), format!("{AWAITED_ENTITY}{entity}"))
}
