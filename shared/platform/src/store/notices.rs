//! Notices that an administrator gets with their next daily mail: an agent whom mails do not reach.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vigie_domain::id::{AccountId, RequestId};

use super::{
    Result, Store, StoreError, item, keys, scheduled_work,
    snapshot::{Snapshot, marked},
    transaction::{Expression, Transaction},
};

/// Most notices told with one daily mail; more come with the next.
const MOST: i32 = 100;

/// An agent whom mails do not reach, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// The agent.
    pub agent_id: AccountId,
    /// The request by which the address was marked.
    pub request_id: RequestId,
    /// The time at which it was marked.
    pub since: Timestamp,
}

impl Store {
    /// Keeps a notice for an administrator until a time. Again changes nothing but the mark.
    pub async fn notice_write(&self, administrator: &AccountId, notice: &Notice, due: Timestamp) -> Result<()> {
        let mut writes = Transaction::new();
        let key = keys::notice(administrator, &notice.request_id);
        writes.put((), self, marked(item::write(&key, notice)?), Expression::default())?;
        writes.put((), self, scheduled_work::daily_of(administrator, due), Expression::default())?;
        self.transact(writes).await.map_err(StoreError::from)
    }

    /// Returns what is kept for an administrator, each as it was read.
    pub async fn notice_list(&self, administrator: &AccountId) -> Result<Vec<(Snapshot, Notice)>> {
        let page = self.query(keys::account_pk(administrator), keys::NOTICE, None, MOST).await?;
        let read = |found| Some((Snapshot::of(&found), item::read_or_set_aside(found, "notice")?));
        Ok(page.items.into_iter().filter_map(read).collect())
    }
}
