//! Open work: what has to be done at a time, as an entry that stays until it is done. Whoever does it reads again what it is about, and
//! drops the entry in the transaction that does it, so that nothing is lost by a crash and nothing done twice.

use jiff::{SignedDuration, Timestamp};
use vigie_domain::{
    closing::Counts,
    consultation::Consultation,
    fact::Fact,
    id::{ConsultationId, digest},
};

use super::{
    Item, Page, Result, Store, StoreError,
    consultations::{RecordedFact, STARS_GIVEN},
    item::{self, n},
    keys::{self, Key},
    transaction::{ABSENT, Expression, Transaction, TransactionError},
};

/// Partitions that open work is spread over: deadlines fall on the same hour.
pub const SHARDS: u64 = 4;

/// How long after a deadline its consultation is closed: deposits of the last second arrive.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// The deadline of a consultation has passed.
    Closing(Closing),
}

impl Work {
    /// Its name in logs: what it is and what it is about, no personal data.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Closing(closing) => &closing.entry.sk,
        }
    }
}

/// A consultation whose deadline has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    consultation: ConsultationId,
    deadline: Timestamp,
    entry: Key,
}

#[derive(Clone, Copy)]
enum At {
    Consultation,
    Fact,
    Entry,
}

/// The entry that a saved consultation needs, if its deadline will close it.
pub(super) fn closing_of(consultation: &Consultation) -> Option<Key> {
    let deadline = consultation.closes_at()?;
    let shard = digest(&[consultation.id.as_str()]).bytes().next().map_or(0, u64::from) % SHARDS;
    Some(keys::closing(shard, deadline + GRACE, &consultation.id, deadline))
}

impl Store {
    /// A page of what is due in a shard, oldest first.
    pub async fn open_work(&self, shard: u64, now: Timestamp, after: Option<String>) -> Result<Page<Work>> {
        let page = self.query_until(keys::open_pk(shard), keys::due_until(now), after, 100).await?;
        let items: Result<_> = page.items.iter().map(work).collect();
        Ok(Page { items: items?, next: page.next })
    }

    /// Closes a consultation: counts what was recorded and records the closing as a fact, once per deadline. Does nothing but drop the
    /// entry if the deadline is another one by now, or the consultation was cancelled.
    pub async fn close(&self, closing: &Closing, now: Timestamp) -> Result<()> {
        let found = self.get_item(&keys::consultation(&closing.consultation)).await?;
        let stars_given = found.as_ref().is_some_and(|found| found.contains_key(STARS_GIVEN));
        let consultation: Option<Consultation> = found.map(|found| item::read(found, "consultation")).transpose()?;
        let Some(consultation) = consultation.filter(|consultation| consultation.closed_by(closing.deadline)) else {
            return self.drop_entry(&closing.entry).await;
        };
        let fact = Fact::ConsultationClosed { deadline: closing.deadline, counts: self.counts(closing).await? };
        let key = keys::fact(&closing.consultation, fact.kind(), &fact.key());
        let recorded = RecordedFact { fact, recorded_at: now, total: None, waiting: !stars_given };
        let mut writes = Transaction::new();
        let unchanged = Expression::condition("revision = :revision").value(":revision", n(consultation.revision));
        writes.check(At::Consultation, self, &keys::consultation(&closing.consultation), unchanged)?;
        writes.put(At::Fact, self, item::write(&key, &recorded)?, Expression::condition(ABSENT))?;
        writes.delete(At::Entry, self, &closing.entry, Expression::default())?;
        match self.transact(writes).await {
            Ok(()) => Ok(()),
            Err(TransactionError::Store(e)) => Err(e),
            // Closed before: saved again since, or by another sweep.
            Err(TransactionError::Refused(at)) if at.iter().any(|(at, _)| matches!(at, At::Fact)) => self.drop_entry(&closing.entry).await,
            // Saved meanwhile: the next sweep reads it again.
            Err(TransactionError::Refused(_)) => Err(StoreError::Conflict),
        }
    }

    async fn counts(&self, closing: &Closing) -> Result<Counts> {
        let (mut counts, mut after) = (Counts::default(), None);
        loop {
            let page = self.facts(&closing.consultation, after).await?;
            page.items.iter().for_each(|recorded| counts.add(&recorded.fact, closing.deadline));
            after = page.next;
            if after.is_none() {
                return Ok(counts);
            }
        }
    }

    async fn drop_entry(&self, entry: &Key) -> Result<()> {
        let request = self.client.delete_item().table_name(&self.table).set_key(Some(entry.attributes()));
        request.send().await.map(drop).map_err(|e| super::unavailable(&e))
    }
}

fn work(entry: &Item) -> Result<Work> {
    const WHAT: StoreError = StoreError::Corrupt("open work");
    let key = item::key(entry);
    let mut parts = key.sk.split('#').skip(1);
    let (Some("closing"), Some(consultation), Some(deadline)) = (parts.next(), parts.next(), parts.next()) else { return Err(WHAT) };
    let consultation = ConsultationId::parse(consultation).map_err(|_| WHAT)?;
    let deadline = deadline.parse().map_err(|_| WHAT)?;
    Ok(Work::Closing(Closing { consultation, deadline, entry: key }))
}
