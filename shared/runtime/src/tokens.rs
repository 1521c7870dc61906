//! The failure of the keys of mailed links, by which HTTP and queues answer.

use std::fmt;

/// The secret cannot be read. Holds AWS's code, or what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysUnavailable(pub String);

impl fmt::Display for KeysUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the token keys are unavailable: {}", self.0)
    }
}

impl std::error::Error for KeysUnavailable {}
