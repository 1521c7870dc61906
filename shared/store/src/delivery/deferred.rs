//! Alerts that are held for the daily mail, or until somebody who is away is back. Each is an item
//! under the account, and an entry of scheduled work says when to tell it. Both are written
//! together, so that neither is there without the other.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vigie_domain::id::{AccountId, ConsultationId};

use crate::{
    Page, Result, Store,
    consultation::facts::{ContextKeys, FactContext},
    schedule::entries,
    table::{
        item,
        keys::{self, Key},
        snapshot::{Snapshot, marked},
        transaction::{Expression, Transaction},
    },
};

/// Most held alerts written in one transaction, with the entry of each: DynamoDB takes 100 actions.
pub const MAX_DEFERRED: usize = 50;

/// An alert that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeferredAlert {
    /// The consultation of the fact.
    pub consultation_id: ConsultationId,
    /// The fact's kind.
    pub kind: String,
    /// The fact's key.
    pub key: String,
    /// Time at which it was recorded.
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
    /// Time at which it is told.
    pub due: Timestamp,
    /// Because the agent is away.
    pub until_return: bool,
}

impl Store {
    /// Holds an alert for some accounts, [`MAX_DEFERRED`] at a time. Again changes nothing but the
    /// marks.
    pub async fn deferred_alert_write(
        &self,
        hash: &str,
        held: &DeferredAlert,
        holds: &[Hold],
    ) -> Result<()> {
        for chunk in holds.chunks(MAX_DEFERRED) {
            let mut writes = Transaction::new();
            for hold in chunk {
                let held = DeferredAlert {
                    until_return: hold.until_return,
                    ..held.clone()
                };
                let key = keys::held(&hold.account, held.recorded_at, hash);
                writes.put(
                    (),
                    self,
                    marked(item::write(&key, &held)?),
                    Expression::default(),
                )?;
                writes.put(
                    (),
                    self,
                    entries::daily_of(&hold.account, hold.due),
                    Expression::default(),
                )?;
            }
            self.write(writes).await?;
        }
        Ok(())
    }

    /// A page of what is held for an account, oldest first, each as it was read.
    pub async fn deferred_alert_list(
        &self,
        account: &AccountId,
        after: Option<String>,
        limit: i32,
    ) -> Result<Page<(Snapshot, DeferredAlert)>> {
        let page = self
            .query(keys::account_pk(account), keys::HELD, after, limit)
            .await?;
        let items = page.items.into_iter().filter_map(|found| {
            Some((
                Snapshot::of(&found),
                item::read_or_set_aside(found, "held alert")?,
            ))
        });
        Ok(Page {
            items: items.collect(),
            next: page.next,
        })
    }

    /// Facts with their consultations, in the order of what is held. A consultation that has gone
    /// took its facts with it. Nothing in the place of what cannot be read.
    pub async fn deferred_alert_read_contexts(
        &self,
        held: &[&DeferredAlert],
    ) -> Result<Vec<Option<FactContext>>> {
        let keys: Vec<_> = held
            .iter()
            .map(|held| ContextKeys::of(&held.consultation_id, &held.kind, &held.key))
            .collect();
        let mut wanted: Vec<Key> = keys.iter().flat_map(ContextKeys::all).collect();
        wanted.sort();
        wanted.dedup();
        let found: std::collections::BTreeMap<Key, _> = self
            .get_all(&wanted)
            .await?
            .into_iter()
            .map(|found| (item::key(&found), found))
            .collect();
        let told = |keys: &ContextKeys| {
            let consultation = found.get(&keys.consultation).cloned();
            let fact = found.get(&keys.fact).cloned();
            let consultation =
                consultation.map(|found| item::read_or_set_aside(found, "consultation"));
            let fact = fact.map(|found| item::read_or_set_aside(found, "fact"));
            (consultation != Some(None) && fact != Some(None)).then(|| FactContext {
                consultation: consultation.flatten(),
                fact: fact.flatten(),
                ended: keys.ends.iter().any(|end| found.contains_key(end)),
            })
        };
        Ok(keys.iter().map(told).collect())
    }
}
