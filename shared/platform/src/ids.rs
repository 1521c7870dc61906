//! New identifiers: UUID version 7 (RFC 9562), so that they sort by time.

use uuid::Uuid;
use vigie_domain::id::{AccountId, RequestId};

/// For a new account.
#[must_use]
pub fn account() -> AccountId {
    new(AccountId::parse)
}

/// For a new request. 74 random bits; what keeps a token from being guessed is its HMAC.
#[must_use]
pub fn request() -> RequestId {
    new(RequestId::parse)
}

fn new<T, E>(parse: impl Fn(&str) -> Result<T, E>) -> T {
    parse(&Uuid::now_v7().to_string()).unwrap_or_else(|_| unreachable!("a UUID is an identifier"))
}
