//! Work that is due at a time, and items that go when their time is over.

pub(crate) mod canary;
pub(crate) mod closings;
pub(crate) mod entries;
pub(crate) mod purges;
pub(crate) mod reminders;
pub(crate) mod retention;
pub(crate) mod work;
