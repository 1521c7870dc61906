//! Entities, their trees, and the audit at their roots.

pub(crate) mod audit;
pub(crate) mod defaults;
pub(crate) mod items;
pub(crate) mod links;
pub(crate) mod roots;
pub(crate) mod walk;
