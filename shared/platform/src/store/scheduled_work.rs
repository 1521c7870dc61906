//! Open work: what has to be done at a time, as an entry that stays until it is done. Whoever does it reads again what it is about, and
//! drops the entry in the transaction that does it, so that nothing is lost by a crash and nothing done twice.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use vigie_domain::{
    consultation::Consultation,
    fact::{Counts, Fact},
    id::{AccountId, ConsultationId, digest},
};

use super::{
    Item, Page, Result, Store, StoreError,
    consultations::RecordedFact,
    deferred_alerts::{self, Snapshot},
    invitations::Unaccepted,
    item::{self, n, s},
    keys::{self, INDEX1, Key},
    retention::Retention,
    stars::may_wait,
    transaction::{ABSENT, Expression, PRESENT, Transaction, TransactionError},
};

/// Partitions that open work is spread over: deadlines fall on the same hour.
pub const SHARDS: u64 = 4;

/// How long after a deadline its consultation is closed: deposits of the last second arrive.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// When an erased account is looked at again: no worker that knew it is at work any more.
pub(super) const SECOND_LOOK: SignedDuration = SignedDuration::from_mins(15);

/// Marks the entry of a deadline that passed while it was in force, and was taken out of it before a sweep came by.
pub(super) const PASSED: &str = "passed";

/// Most items deleted in one transaction, which takes 100 actions: the rest counts them.
const MAX_DELETES: i32 = 80;

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// The deadline of a consultation has passed.
    Closing(Closing),
    /// An account was erased: what it has elsewhere goes too.
    Purge(Purge),
    /// What is held for an account is to be told.
    Daily(Daily),
    /// A consultation may have been over for long enough.
    Retention(Retention),
    /// Nobody may have accepted an invitation in time.
    Unaccepted(Unaccepted),
    /// Of a newer version than this one: left for that. Holds the entry's sort key.
    Unknown(String),
}

impl Work {
    /// Its name in logs: what it is and what it is about, no personal data.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Closing(closing) => &closing.entry.sk,
            Self::Purge(purge) => &purge.entry.sk,
            Self::Daily(daily) => &daily.entry.key.sk,
            Self::Retention(retention) => &retention.entry.sk,
            Self::Unaccepted(unaccepted) => &unaccepted.entry.sk,
            Self::Unknown(sk) => sk,
        }
    }
}

/// A consultation whose deadline has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    consultation: ConsultationId,
    deadline: Timestamp,
    /// It passed while it was in force, whatever was saved since.
    passed: bool,
    entry: Key,
}

/// An account that was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purge {
    account: AccountId,
    entry: Key,
}

/// An account for which alerts are held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daily {
    /// Whose.
    pub account: AccountId,
    /// The entry, which is dropped once the mailer was told, unless something was held since.
    pub entry: Snapshot,
}

#[derive(Clone, Copy)]
enum At {
    Consultation,
    Fact,
    Entry,
}

/// The entries that a saved consultation needs: it will be closed, it is over and will be deleted. `before` is the revision that it
/// replaces.
pub(super) fn entries_of(consultation: &Consultation, before: Option<&Consultation>, now: Timestamp) -> impl Iterator<Item = Key> {
    let closing = consultation.closes_at(before).map(|deadline| closing(consultation, deadline));
    closing.into_iter().chain(super::retention::entry_of(consultation, now))
}

/// The entry of a deadline that has passed by `now` and that the next revision takes out of force; it may have been closed already.
pub(super) fn passed_of(before: &Consultation, next: &Consultation, now: Timestamp) -> Option<Key> {
    let deadline = before.deadline().filter(|deadline| closing_due(*deadline) <= now)?;
    (before.closed_by(deadline) && !next.closed_by(deadline)).then(|| closing(before, deadline))
}

/// When a deadline is closed; a portal may write one at the end of time.
fn closing_due(deadline: Timestamp) -> Timestamp {
    deadline.checked_add(GRACE).unwrap_or(Timestamp::MAX)
}

fn closing(consultation: &Consultation, deadline: Timestamp) -> Key {
    keys::closing(shard(consultation.id.as_str()), closing_due(deadline), &consultation.id, deadline)
}

/// The entries that an erased account needs: one for now, one for what was being written then or what the index did not show yet.
pub(super) fn purges_of(account: &AccountId, now: Timestamp) -> [Key; 2] {
    [now, now + SECOND_LOOK].map(|due| keys::purge(shard(account.as_str()), due, account))
}

/// The entry of an account for which alerts are held, anew each time.
pub(super) fn daily_of(account: &AccountId, due: Timestamp) -> Item {
    deferred_alerts::marked(keys::daily(shard(account.as_str()), due, account).attributes())
}

pub(super) fn shard(id: &str) -> u64 {
    digest(&[id]).bytes().next().map_or(0, u64::from) % SHARDS
}

impl Store {
    /// A page of what is due in a shard, oldest first.
    pub async fn open_work(&self, shard: u64, now: Timestamp, after: Option<String>) -> Result<Page<Work>> {
        let page = self.query_until(keys::open_pk(shard), keys::due_until(now), after, 100).await?;
        Ok(Page { items: page.items.iter().map(work).collect(), next: page.next })
    }

    /// Closes a consultation: counts what was recorded and records the closing as a fact, once per deadline. Does nothing but drop the
    /// entry if the deadline was moved, or the consultation cancelled, before it passed.
    pub async fn close(&self, closing: &Closing, now: Timestamp) -> Result<()> {
        let found = self.get_item(&keys::consultation(&closing.consultation)).await?;
        let waiting = found.as_ref().is_none_or(|found| may_wait(found, now));
        let consultation: Option<Consultation> = found.map(|found| item::read(found, "consultation")).transpose()?;
        let closed = |consultation: &Consultation| closing.passed || consultation.closed_by(closing.deadline);
        let revision = consultation.as_ref().map(|consultation| consultation.revision);
        let Some(consultation) = consultation.filter(closed) else {
            return self.drop_not_closed(closing, revision).await;
        };
        let fact = Fact::ConsultationClosed { deadline: closing.deadline, counts: self.counts(closing).await? };
        let key = keys::fact(&closing.consultation, fact.kind(), &fact.key());
        let recorded = RecordedFact { fact, recorded_at: now, total: None, waiting };
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

    /// Erases what an erased account has left: deliveries, which stay as anonymous counts, links on both sides with the requests for
    /// them, its copies of the audit, and favourites with the tombstones of them.
    /// Cut short, it goes on where it was.
    pub async fn purge(&self, purge: &Purge) -> Result<()> {
        loop {
            let page = self.query(keys::account_pk(&purge.account), keys::DELIVERY, None, MAX_DELETES).await?;
            if page.items.is_empty() {
                break;
            }
            self.count_out(&page.items).await?;
        }
        self.purge_links(&purge.account).await?;
        let account = &purge.account;
        self.drop_all_of(account, keys::HELD).await?;
        self.drop_all_of(account, keys::AUDIT).await?;
        for list in [keys::favourites_of(account), keys::unstarred_by(account), keys::naming(account)] {
            let mut after = None;
            loop {
                let (stars, next) = self.listed(&list, after).await?;
                for star in &stars {
                    self.drop_entry(star).await?;
                }
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        self.drop_entry(&purge.entry).await
    }

    async fn drop_all_of(&self, account: &AccountId, prefix: &str) -> Result<()> {
        loop {
            let page = self.query(keys::account_pk(account), prefix, None, 1000).await?;
            if page.items.is_empty() {
                return Ok(());
            }
            self.drop_all(&page.items.iter().map(item::key).collect::<Vec<_>>()).await?;
        }
    }

    /// Deletes deliveries and counts them, in one transaction: each is counted once.
    async fn count_out(&self, deliveries: &[Item]) -> Result<()> {
        let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        let mut writes = Transaction::new();
        for delivery in deliveries {
            *counts.entry((item::text(delivery, "kind"), item::text(delivery, "state"))).or_default() += 1;
            writes.delete((), self, &item::key(delivery), Expression::condition(PRESENT))?;
        }
        let kinds: BTreeSet<_> = counts.keys().map(|(kind, _)| *kind).collect();
        for kind in kinds {
            let states = counts.iter().filter(|((of, _), _)| *of == kind);
            let mut update = Expression::default();
            let mut added = Vec::new();
            for (i, ((_, state), count)) in states.enumerate() {
                added.push(format!("#s{i} :c{i}"));
                update = update.name(format!("#s{i}"), (*state).to_owned()).value(format!(":c{i}"), n(count));
            }
            update.update = Some(format!("ADD {}", added.join(", ")));
            writes.update((), self, &keys::erased(kind), update)?;
        }
        match self.transact(writes).await.map_err(StoreError::from) {
            // Another sweep is at it: what is left is read again.
            Err(StoreError::Refused) => Ok(()),
            done => done,
        }
    }

    /// A page of a list in the index: keys of its items, and where the next begins.
    pub(super) async fn listed(&self, list: &str, after: Option<Item>) -> Result<(Vec<Key>, Option<Item>)> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX1)
            .key_condition_expression("i1pk = :list")
            .expression_attribute_values(":list", s(list))
            .set_exclusive_start_key(after)
            .send()
            .await
            .map_err(|e| super::unavailable(&e))?;
        Ok((answer.items.unwrap_or_default().iter().map(item::key).collect(), answer.last_evaluated_key))
    }

    /// Drops the entry of a deadline that this revision does not have in force: unless it was saved again since, perhaps with the deadline
    /// back in force, or the entry was marked as passed. Then the next sweep reads it again.
    async fn drop_not_closed(&self, closing: &Closing, revision: Option<u64>) -> Result<()> {
        let unchanged = match revision {
            Some(revision) => Expression::condition("revision = :revision").value(":revision", n(revision)),
            None => Expression::condition(ABSENT),
        };
        let mut writes = Transaction::new();
        writes.check((), self, &keys::consultation(&closing.consultation), unchanged)?;
        let unmarked =
            if closing.passed { Expression::default() } else { Expression::condition(&format!("attribute_not_exists({PASSED})")) };
        writes.delete((), self, &closing.entry, unmarked)?;
        match self.transact(writes).await.map_err(StoreError::from) {
            Err(StoreError::Refused) => Err(StoreError::Conflict),
            done => done,
        }
    }

    pub(super) async fn drop_entry(&self, entry: &Key) -> Result<()> {
        let request = self.client.delete_item().table_name(&self.table).set_key(Some(entry.attributes()));
        request.send().await.map(drop).map_err(|e| super::unavailable(&e))
    }
}

fn work(entry: &Item) -> Work {
    let key = item::key(entry);
    known(&key, entry).unwrap_or(Work::Unknown(key.sk))
}

fn known(key: &Key, found: &Item) -> Option<Work> {
    let parts: Vec<_> = key.sk.split('#').skip(1).collect();
    let entry = key.clone();
    match parts[..] {
        ["closing", consultation, deadline] => {
            let consultation = ConsultationId::parse(consultation).ok()?;
            let passed = found.contains_key(PASSED);
            Some(Work::Closing(Closing { consultation, deadline: deadline.parse().ok()?, passed, entry }))
        }
        ["daily", account] => Some(Work::Daily(Daily { account: AccountId::parse(account).ok()?, entry: Snapshot::of(found) })),
        ["retention", consultation, since] => Retention::of(consultation, since, entry).map(Work::Retention),
        ["invitation", account, request] => Unaccepted::of(account, request, entry).map(Work::Unaccepted),
        ["purge", account] => Some(Work::Purge(Purge { account: AccountId::parse(account).ok()?, entry })),
        _ => None,
    }
}
