//! The table itself: keys, items, projections, transactions whose refusals say which position
//! refused, and their errors.

pub(crate) mod deletion;
pub(crate) mod error;
pub(crate) mod item;
// Public, since tests write and look up items by their keys, and the stream's reader parses them.
pub mod keys;
pub(crate) mod pause;
pub(crate) mod projection;
pub(crate) mod reads;
pub(crate) mod snapshot;
pub(crate) mod transaction;
