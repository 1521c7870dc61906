//! New identifiers: UUID version 7 (RFC 9562), so that they sort by time.

use std::cell::RefCell;

use fastrand::Rng;
use uuid::{Builder, Uuid};
use vigie_domain::id::{AccountId, RequestId};

/// The time of the first seeded identifier: 24 November 2026.
const BEGINNING: u64 = 1_795_507_200_000;

/// Draws the id of a new account.
#[must_use]
pub fn account() -> AccountId {
    new(AccountId::parse)
}

/// Draws the id of a new request. It has 74 random bits; what keeps a token from being guessed is
/// its HMAC.
#[must_use]
pub fn request() -> RequestId {
    new(RequestId::parse)
}

thread_local! {
    static SEEDED: RefCell<Option<(u64, Rng)>> = const { RefCell::new(None) };
}

/// Draws all identifiers of this thread from a seed, for tests that can be repeated.
#[doc(hidden)]
pub fn seed(seed: u64) {
    SEEDED.set(Some((0, Rng::with_seed(seed))));
}

fn seeded() -> Option<Uuid> {
    SEEDED.with_borrow_mut(|seeded| {
        let (drawn, rng) = seeded.as_mut()?;
        *drawn += 1;
        Some(
            Builder::from_unix_timestamp_millis(
                BEGINNING + *drawn,
                &rng.u128(..).to_le_bytes()[..10].try_into().ok()?,
            )
            .into_uuid(),
        )
    })
}

fn new<T, E>(parse: impl Fn(&str) -> Result<T, E>) -> T {
    parse(&seeded().unwrap_or_else(Uuid::now_v7).to_string())
        .unwrap_or_else(|_| unreachable!("a UUID is an identifier"))
}
