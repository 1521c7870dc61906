//! Who acts for an account: its login, and the recoveries by which another takes its place.

pub(crate) mod logins;
pub(crate) mod recoveries;
