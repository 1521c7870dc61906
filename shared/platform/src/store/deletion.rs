//! Deletes what nobody needs any more.

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use vigie_domain::id::AccountId;

use super::{
    Pause, Result, Source, Store, StoreError,
    error::unavailable,
    item,
    keys::{self, Key},
    snapshot::Snapshot,
    transaction::{Transaction, TransactionError},
};

/// Most items that one call deletes (AWS limit).
const BATCH_DELETES: usize = 25;

/// Most items that one transaction deletes (AWS limit).
const MAX_DELETES: usize = 100;

impl Store {
    /// Deletes what is over, as it was read: what was written again since stays.
    pub async fn snapshot_delete(&self, over: &[Snapshot]) -> Result<()> {
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

    /// Deletes items, whatever they are by now.
    pub(super) async fn drop_all(&self, keys: &[Key]) -> Result<()> {
        for chunk in keys.chunks(BATCH_DELETES) {
            let delete = |key: &Key| DeleteRequest::builder().set_key(Some(key.attributes())).build();
            let deletes: std::result::Result<Vec<_>, _> = chunk.iter().map(delete).collect();
            let deletes = deletes.map_err(|e| StoreError::Unbuildable("batch", Source::new(e)))?;
            let mut left: Vec<_> = deletes.into_iter().map(|delete| WriteRequest::builder().delete_request(delete).build()).collect();
            let mut pause = Pause::default();
            while !left.is_empty() {
                let answer = self.client.batch_write_item().request_items(&self.table, left).send().await;
                let unprocessed = answer.map_err(unavailable)?.unprocessed_items;
                left = unprocessed.into_iter().flat_map(std::collections::HashMap::into_values).flatten().collect();
                if !left.is_empty() && !pause.wait().await {
                    return Err(StoreError::Unavailable("UnprocessedItems".to_owned(), Source::NONE));
                }
            }
        }
        Ok(())
    }

    /// Deletes those of an account's items whose sort key has a prefix.
    pub(super) async fn drop_all_of(&self, account: &AccountId, prefix: &str) -> Result<()> {
        loop {
            let page = self.query(keys::account_pk(account), prefix, None, 1000).await?;
            if page.items.is_empty() {
                return Ok(());
            }
            self.drop_all(&page.items.iter().map(item::key).collect::<Vec<_>>()).await?;
        }
    }

    /// Deletes one item, such as the entry of work that is done.
    pub(super) async fn drop_entry(&self, entry: &Key) -> Result<()> {
        let request = self.client.delete_item().table_name(&self.table).set_key(Some(entry.attributes()));
        request.send().await.map(drop).map_err(unavailable)
    }
}
