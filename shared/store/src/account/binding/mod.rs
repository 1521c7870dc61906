//! The login that acts for an account, and the recoveries by which another takes its place.

pub(crate) mod logins;
pub(crate) mod recoveries;
