//! Alerts that are held: for the daily mail, or until somebody who is away is back. What is held is an item under the account; that it
//! is due is open work. Both are written together, so that neither is there without the other.

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vigie_domain::{
    absence::Absence,
    account::{Account, MailQuota},
    id::{AccountId, ConsultationId},
};

use super::{
    Item, Page, Pause, Result, Store, StoreError,
    consultations::FactContext,
    item::{self, n},
    keys::{self, Key},
    scheduled_work,
    transaction::{Expression, Transaction, TransactionError},
};

/// Most held alerts written in one transaction, with the entry of each: DynamoDB takes 100 actions.
pub const MAX_DEFERRED: usize = 50;

/// Most items that one call deletes (AWS limit).
const BATCH_DELETES: usize = 25;

/// Most items that one transaction deletes (AWS limit).
const MAX_DELETES: usize = 100;

/// An alert that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeferredAlert {
    /// Where the fact happened.
    pub consultation_id: ConsultationId,
    /// The fact's kind.
    pub kind: String,
    /// The fact's key.
    pub key: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Held until the agent is back, and not for the next daily mail.
    #[serde(default)]
    pub until_return: bool,
}

/// For whom, and until when.
#[derive(Clone, Debug)]
pub struct Hold {
    /// The account.
    pub account: AccountId,
    /// When it is told.
    pub due: Timestamp,
    /// Because the agent is away.
    pub until_return: bool,
}

/// The attribute that tells one writing of an item from the next: what was decided on the one does not delete the other.
pub(super) const MARK: &str = "mark";

/// An item that is over, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its key.
    pub key: Key,
    /// Which writing of it.
    mark: Option<String>,
}

impl Snapshot {
    pub(super) fn of(found: &Item) -> Self {
        Self { key: item::key(found), mark: Some(item::text(found, MARK)).filter(|mark| !mark.is_empty()).map(str::to_owned) }
    }

    fn unchanged(&self) -> Expression {
        let condition = Expression::condition(if self.mark.is_some() { "#mark = :mark" } else { "attribute_not_exists(#mark)" });
        let condition = condition.name("#mark", MARK);
        match &self.mark {
            Some(mark) => condition.value(":mark", item::s(mark)),
            None => condition,
        }
    }
}

/// An item with a mark of this writing.
pub(super) fn marked(mut item: Item) -> Item {
    item.insert(MARK.to_owned(), item::s(format!("{:016x}", fastrand::u64(..))));
    item
}

impl Store {
    /// Holds an alert for some accounts, [`MAX_DEFERRED`] at a time. Again changes nothing but the marks.
    pub async fn hold(&self, hash: &str, held: &DeferredAlert, holds: &[Hold]) -> Result<()> {
        for chunk in holds.chunks(MAX_DEFERRED) {
            let mut writes = Transaction::new();
            for hold in chunk {
                let held = DeferredAlert { until_return: hold.until_return, ..held.clone() };
                let key = keys::held(&hold.account, held.recorded_at, hash);
                writes.put((), self, marked(item::write(&key, &held)?), Expression::default())?;
                writes.put((), self, scheduled_work::daily_of(&hold.account, hold.due), Expression::default())?;
            }
            self.transact(writes).await.map_err(StoreError::from)?;
        }
        Ok(())
    }

    /// Opens the work of telling what is held for an account at a time.
    pub async fn open_daily(&self, account: &AccountId, due: Timestamp) -> Result<()> {
        let mut writes = Transaction::new();
        writes.put((), self, scheduled_work::daily_of(account, due), Expression::default())?;
        self.transact(writes).await.map_err(StoreError::from)
    }

    /// A page of what is held for an account, oldest first, each as it was read.
    pub async fn held(&self, account: &AccountId, after: Option<String>, limit: i32) -> Result<Page<(Snapshot, DeferredAlert)>> {
        let page = self.query(keys::account_pk(account), keys::HELD, after, limit).await?;
        let items = page.items.into_iter().filter_map(|found| Some((Snapshot::of(&found), item::read_or_set_aside(found, "held alert")?)));
        Ok(Page { items: items.collect(), next: page.next })
    }

    /// Facts with their consultations, in the order of what is held. A consultation that has gone took its facts with it. Nothing in the
    /// place of what cannot be read.
    pub async fn fact_contexts(&self, held: &[&DeferredAlert]) -> Result<Vec<Option<FactContext>>> {
        let fact = |held: &DeferredAlert| keys::fact(&held.consultation_id, &held.kind, &held.key);
        let mut wanted: Vec<Key> = held.iter().flat_map(|held| [keys::consultation(&held.consultation_id), fact(held)]).collect();
        wanted.sort();
        wanted.dedup();
        let found: std::collections::BTreeMap<Key, _> =
            self.get_all(&wanted).await?.into_iter().map(|found| (item::key(&found), found)).collect();
        let told = |held: &&DeferredAlert| {
            let consultation = found.get(&keys::consultation(&held.consultation_id)).cloned();
            let fact = found.get(&fact(held)).cloned();
            let consultation = consultation.map(|found| item::read_or_set_aside(found, "consultation"));
            let fact = fact.map(|found| item::read_or_set_aside(found, "fact"));
            (consultation != Some(None) && fact != Some(None))
                .then(|| FactContext { consultation: consultation.flatten(), fact: fact.flatten() })
        };
        Ok(held.iter().map(told).collect())
    }

    /// Deletes what is over, as it was read: what was written again since stays.
    pub async fn forget(&self, over: &[Snapshot]) -> Result<()> {
        for chunk in over.chunks(MAX_DELETES) {
            let mut open = vec![true; chunk.len()];
            while open.contains(&true) {
                let writes = || {
                    let mut writes = Transaction::new();
                    for (i, over) in chunk.iter().enumerate().filter(|(i, _)| open[*i]) {
                        writes.delete(i, self, &over.key, over.unchanged())?;
                    }
                    Ok(writes)
                };
                match self.transact_built(writes).await {
                    Ok(()) => break,
                    Err(TransactionError::Store(e)) => return Err(e),
                    // Gone already, or written again.
                    Err(TransactionError::Refused(changed)) => changed.iter().for_each(|(i, _)| open[*i] = false),
                }
            }
        }
        Ok(())
    }

    /// Deletes what nobody needs any more.
    pub(super) async fn drop_all(&self, keys: &[Key]) -> Result<()> {
        for chunk in keys.chunks(BATCH_DELETES) {
            let delete = |key: &Key| DeleteRequest::builder().set_key(Some(key.attributes())).build();
            let deletes: std::result::Result<Vec<_>, _> = chunk.iter().map(delete).collect();
            let deletes = deletes.map_err(|_| StoreError::Corrupt("batch"))?;
            let mut left: Vec<_> = deletes.into_iter().map(|delete| WriteRequest::builder().delete_request(delete).build()).collect();
            let mut pause = Pause::default();
            while !left.is_empty() {
                let answer = self.client.batch_write_item().request_items(&self.table, left).send().await;
                let unprocessed = answer.map_err(|e| super::unavailable(&e))?.unprocessed_items;
                left = unprocessed.into_iter().flat_map(std::collections::HashMap::into_values).flatten().collect();
                if !left.is_empty() && !pause.wait().await {
                    return Err(StoreError::Unavailable("UnprocessedItems".to_owned()));
                }
            }
        }
        Ok(())
    }

    /// Replaces an absence, and has what is held looked at when it is over: `due`. Refused if the account has changed since it was read.
    pub async fn write_absence(&self, before: &Account, absence: Option<&Absence>, quota: &MailQuota, due: Timestamp) -> Result<()> {
        let set = if absence.is_some() { ", absence = :absence" } else { " REMOVE absence" };
        let mut update = Expression::update(&format!("SET mailQuota = :quota, version = :next{set}"))
            .value(":quota", item::value(quota)?)
            .value(":version", n(before.version))
            .value(":next", n(before.version + 1));
        if let Some(absence) = absence {
            update = update.value(":absence", item::value(absence)?);
        }
        // A delegate's answer, which is no new version of the account, may have come since.
        update = match &before.absence {
            Some(known) => update.when("version = :version AND absence = :known").value(":known", item::value(known)?),
            None => update.when("version = :version AND attribute_not_exists(absence)"),
        };
        let mut writes = Transaction::new();
        writes.update((), self, &keys::account(&before.id), update)?;
        writes.put((), self, scheduled_work::daily_of(&before.id, due), Expression::default())?;
        self.transact(writes).await.map_err(StoreError::from)
    }

    /// Takes back the agreement of a delegate, whichever request it agreed to; refused if the account does not ask it.
    pub async fn stand_down(&self, account: &AccountId, delegate: &AccountId) -> Result<()> {
        let update = Expression::update("SET absence.delegate.agreed = :no")
            .when("absence.delegate.accountId = :delegate")
            .value(":no", item::value(&false)?)
            .value(":delegate", item::s(delegate.as_str()));
        self.update(&keys::account(account), update).await
    }

    /// Whether the delegate of a request agrees; refused if the account no longer asks it.
    pub async fn agree_to_stand_in(&self, account: &AccountId, request: &vigie_domain::id::RequestId, agreed: bool) -> Result<()> {
        let update = Expression::update("SET absence.delegate.agreed = :agreed")
            .when("absence.delegate.requestId = :request")
            .value(":agreed", item::value(&agreed)?)
            .value(":request", item::s(request.as_str()));
        self.update(&keys::account(account), update).await
    }
}
