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
    Page, Pause, Result, Store, StoreError,
    consultations::Told,
    item::{self, n},
    keys::{self, Key},
    open,
    transaction::{Expression, Transaction},
};

/// Most held alerts written in one transaction, with the entry of each: DynamoDB takes 100 actions.
pub const HOLDS: usize = 50;

/// Most items that one call deletes (AWS limit).
const DELETES: usize = 25;

/// An alert that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
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

impl Store {
    /// Holds an alert for some accounts, [`HOLDS`] at a time. Again changes nothing.
    pub async fn hold(&self, hash: &str, held: &Held, holds: &[Hold]) -> Result<()> {
        for chunk in holds.chunks(HOLDS) {
            let mut writes = Transaction::new();
            for hold in chunk {
                let held = Held { until_return: hold.until_return, ..held.clone() };
                let key = keys::held(&hold.account, held.recorded_at, hash);
                writes.put((), self, item::write(&key, &held)?, Expression::default())?;
                writes.put((), self, open::daily_of(&hold.account, hold.due).attributes(), Expression::default())?;
            }
            self.transact(writes).await.map_err(StoreError::from)?;
        }
        Ok(())
    }

    /// A page of what is held for an account, oldest first, each with its key.
    pub async fn held(&self, account: &AccountId, after: Option<String>, limit: i32) -> Result<Page<(Key, Held)>> {
        let page = self.query(keys::account_pk(account), keys::HELD, after, limit).await?;
        let items = page.items.into_iter().map(|found| Ok((item::key(&found), item::read(found, "held alert")?)));
        Ok(Page { items: items.collect::<Result<_>>()?, next: page.next })
    }

    /// Facts with their consultations, in the order of what is held. A consultation that has gone took its facts with it.
    pub async fn told_all(&self, held: &[&Held]) -> Result<Vec<Told>> {
        let fact = |held: &Held| keys::fact(&held.consultation_id, &held.kind, &held.key);
        let mut wanted: Vec<Key> = held.iter().flat_map(|held| [keys::consultation(&held.consultation_id), fact(held)]).collect();
        wanted.sort();
        wanted.dedup();
        let found: std::collections::BTreeMap<Key, _> =
            self.get_all(&wanted).await?.into_iter().map(|found| (item::key(&found), found)).collect();
        held.iter()
            .map(|held| {
                let consultation = found.get(&keys::consultation(&held.consultation_id)).cloned();
                let fact = found.get(&fact(held)).cloned();
                Ok(Told {
                    consultation: consultation.map(|found| item::read(found, "consultation")).transpose()?,
                    fact: fact.map(|found| item::read(found, "fact")).transpose()?,
                })
            })
            .collect()
    }

    /// Forgets what is held no longer, and drops entries of open work.
    pub async fn drop_all(&self, keys: &[Key]) -> Result<()> {
        for chunk in keys.chunks(DELETES) {
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
            .when("version = :version")
            .value(":quota", item::value(quota)?)
            .value(":version", n(before.version))
            .value(":next", n(before.version + 1));
        if let Some(absence) = absence {
            update = update.value(":absence", item::value(absence)?);
        }
        let mut writes = Transaction::new();
        writes.update((), self, &keys::account(&before.id), update)?;
        writes.put((), self, open::daily_of(&before.id, due).attributes(), Expression::default())?;
        self.transact(writes).await.map_err(StoreError::from)
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
