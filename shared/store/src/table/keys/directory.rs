//! Keys of what the portal declares, and of who waits for it. A digest stands for an agent's id.

use vigie_domain::{directory::agent::AgentName, id::EntityId};

use super::{AGENT, Key, entity_pk};

/// Sort-key prefix of who waits for an entity.
pub const AWAITED: &str = "AWAITED#";
/// Sort-key prefix of agents who wait for an entity.
pub const AWAITED_AGENT: &str = "AWAITED#agent#";
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

/// Progress of the invitations of an entity's declared agents.
#[must_use]
pub fn inviting(id: &EntityId) -> Key {
    Key::new(entity_pk(id), "INVITATIONS")
}

/// The newest words of the portal on an agent, and the account that they are about (`accountId`),
/// once there is one.
#[must_use]
pub fn agent_name(name: &AgentName) -> Key {
    Key::new(format!("{AGENT}{name}"), "NAME")
}

/// An agent who waits for an entity, on the side of the one that is awaited.
#[must_use]
pub fn awaited_agent(awaited: &EntityId, name: &AgentName) -> Key {
    Key::new(entity_pk(awaited), format!("{AWAITED_AGENT}{name}"))
}
