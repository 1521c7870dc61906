//! What the portal declares of its entities and agents, as its newest revision says, and who waits
//! for an entity.

pub(crate) mod awaited;
pub(crate) mod entities;
