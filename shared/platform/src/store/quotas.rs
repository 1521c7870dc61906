//! Quotas over all who ask: each an item that is replaced if it is still what was read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vigie_domain::{
    email::Email,
    id::{AccountId, EntityId, digest},
    quota::{LOOKUPS, Ledger, Limit, OF_CHANGES, TO_STRANGERS},
};

use super::{
    Pause, Result, Store, StoreError, ids,
    item::{self, n},
    keys::{self, Key, TTL},
    transaction::{ABSENT, Expression, Transaction},
};

#[derive(Default, Serialize, Deserialize)]
struct Kept {
    ledger: Ledger,
    version: u64,
}

/// Leave to do something, or the time from which on it is given.
pub type Allowed = std::result::Result<(), Timestamp>;

impl Store {
    /// Counts a mail, named by its delivery, to an address that nobody has confirmed. The same mail again counts once.
    pub async fn mail_to_stranger(&self, address: &Email, delivery: &str, now: Timestamp) -> Result<Allowed> {
        self.take(&keys::mailed(address.digest().as_str()), delivery, 1, now, &TO_STRANGERS).await
    }

    /// Counts a mail that tells an agent what administrators changed.
    pub async fn mail_of_changes(&self, account: &AccountId, delivery: &str, now: Timestamp) -> Result<Allowed> {
        self.take(&keys::mailed(&digest(&["changes", account.as_str()])), delivery, 1, now, &OF_CHANGES).await
    }

    /// Counts addresses that an organisation has looked up, by dry runs or by imports.
    pub async fn look_up(&self, root: &EntityId, dry_run: bool, addresses: usize, now: Timestamp) -> Result<Allowed> {
        self.take(&keys::lookups(root, dry_run), ids::request().as_str(), addresses, now, &LOOKUPS).await
    }

    async fn take(&self, key: &Key, name: &str, count: usize, now: Timestamp, limits: &[Limit]) -> Result<Allowed> {
        let mut pause = Pause::default();
        loop {
            let before: Option<Kept> = self.get(key, "quota").await?;
            let known = before.as_ref().map(|kept| kept.version);
            let mut kept = before.unwrap_or_default();
            let as_read = kept.ledger.clone();
            if let Err(until) = kept.ledger.take(name, count, now, limits) {
                return Ok(Err(until));
            }
            if kept.ledger == as_read {
                return Ok(Ok(()));
            }
            kept.version += 1;
            let mut written = item::write(key, &kept)?;
            written.extend(kept.ledger.ends(limits).map(|end| (TTL.to_owned(), n(end.as_second()))));
            let condition = match known {
                Some(version) => Expression::condition("version = :version").value(":version", n(version)),
                None => Expression::condition(ABSENT),
            };
            let mut writes = Transaction::new();
            writes.put((), self, written, condition)?;
            match self.transact(writes).await.map_err(StoreError::from) {
                Ok(()) => return Ok(Ok(())),
                // Somebody else took of it meanwhile.
                Err(StoreError::Refused) if pause.wait().await => {}
                Err(StoreError::Refused) => return Err(StoreError::Conflict),
                Err(e) => return Err(e),
            }
        }
    }
}
