//! Consultations whose time is over: each goes with its facts, counters, favourites and tombstones,
//! itself last.

use jiff::Timestamp;
use vigie_domain::consultation::Consultation;

use crate::{
    Item, Result, Store, StoreError,
    consultation::stars::AWAITED,
    schedule::{
        entries::{SECOND_LOOK, shard},
        work::Retention,
    },
    table::{
        item::{self, s},
        keys::{self, Key},
        transaction::{ABSENT, Expression, Transaction},
    },
};

/// Since when a consultation has been over: the first revision of an unbroken row of them. Not part
/// of any revision.
pub(crate) const OVER_SINCE: &str = "overSince";

/// Most items deleted in one transaction: one of its `ACTIONS` looks at the consultation.
const MAX_DELETES: i32 = 99;

/// Most lists that a consultation is taken out of in the transaction that deletes it.
const MAX_WAITS: usize = 90;

/// Most such transactions in one go, so that nothing else that is due waits for a consultation with
/// very many followers.
const MAX_TRANSACTIONS: usize = 10;

impl Store {
    /// Deletes a consultation with everything below it, as many items at once as a transaction
    /// takes, each time on condition that it is still over since then; what is left after some of
    /// that is the next sweep's. Cut short, it goes on where it was; run twice at once, both delete
    /// the same. What was being written meanwhile (a star, a fact) is looked for once more later.
    /// Drops the entry if the consultation was taken up again.
    pub async fn retention_run(&self, work: &Retention, now: Timestamp) -> Result<()> {
        let key = keys::consultation(&work.consultation);
        for _ in 0..MAX_TRANSACTIONS {
            let found = self.get_item(&key).await?;
            let unchanged = match &found {
                None => Expression::condition(ABSENT),
                Some(found) if over_since(found) == Some(work.over_since) => {
                    Expression::condition("overSince = :since")
                        .value(":since", s(item::text(found, OVER_SINCE)))
                }
                Some(_) => return self.drop_entry(&work.entry).await,
            };
            let page = self.query_all(key.pk.clone(), None, MAX_DELETES).await?;
            let below: Vec<_> = page
                .items
                .iter()
                .map(item::key)
                .filter(|below| *below != key)
                .collect();
            let waits = found.as_ref().map(waits).unwrap_or_default();
            let mut writes = Transaction::new();
            let last = below.is_empty();
            if !last {
                writes.check((), self, &key, unchanged)?;
            } else if found.is_some() {
                // Its entries in other lists are deleted with it, or, where they are too many,
                // next.
                writes.delete((), self, &key, unchanged)?;
                for wait in waits.iter().take(MAX_WAITS) {
                    writes.delete((), self, wait, Expression::default())?;
                }
                writes.delete((), self, &work.entry, Expression::default())?;
                let again = keys::retention(
                    shard(work.consultation.as_str()),
                    now + SECOND_LOOK,
                    &work.consultation,
                    work.over_since,
                );
                writes.put((), self, again.attributes(), Expression::default())?;
            } else {
                return self.drop_entry(&work.entry).await;
            }
            for item in &below {
                writes.delete((), self, item, Expression::default())?;
            }
            match self.write(writes).await {
                Ok(()) if last => return self.drop_all(&waits).await,
                // Saved, or deleted by another sweep, meanwhile: what is there now decides.
                Ok(()) | Err(StoreError::Refused) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

/// Returns the entries of a consultation in the lists of what it waits for.
fn waits(found: &Item) -> Vec<Key> {
    if !found.contains_key(AWAITED) {
        return Vec::new();
    }
    let read = item::read_or_set_aside::<Consultation>(found.clone(), "consultation");
    let entries = read.into_iter().flat_map(|read| {
        let entry = |wait| keys::awaited(&wait, &read.id);
        read.waits().into_iter().map(entry).collect::<Vec<_>>()
    });
    entries.collect()
}

fn over_since(found: &Item) -> Option<Timestamp> {
    item::text(found, OVER_SINCE).parse().ok()
}
