//! Deliveries: claims, states, feedback, and alerts that are held.

pub(crate) mod claims;
pub(crate) mod deferred;
pub(crate) mod feedback;
pub(crate) mod items;
pub(crate) mod lists;
pub(crate) mod stand_ins;
pub(crate) mod test_alerts;
