//! Entities and agents as the newest revision of the portal declares them, and who waits
//! for an entity.

pub(crate) mod agents;
pub(crate) mod awaited;
pub(crate) mod entities;
pub(crate) mod inviting;
