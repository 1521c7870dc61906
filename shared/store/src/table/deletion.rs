//! Deletions of many items at once.

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use vigie_domain::id::AccountId;

use crate::{
    Result, Source, Store, StoreError,
    table::{
        error::unavailable,
        item,
        keys::{self, Key},
        pause::Pause,
    },
};

/// Most items that one call deletes (AWS limit).
const BATCH_DELETES: usize = 25;

impl Store {
    /// Deletes items, whatever they are by now.
    pub(crate) async fn drop_all(&self, keys: &[Key]) -> Result<()> {
        for chunk in keys.chunks(BATCH_DELETES) {
            let delete = |key: &Key| {
                DeleteRequest::builder()
                    .set_key(Some(key.attributes()))
                    .build()
            };
            let deletes: std::result::Result<Vec<_>, _> = chunk.iter().map(delete).collect();
            let deletes = deletes.map_err(|e| StoreError::Unbuildable("batch", Source::new(e)))?;
            let mut left: Vec<_> = deletes
                .into_iter()
                .map(|delete| WriteRequest::builder().delete_request(delete).build())
                .collect();
            let mut pause = Pause::default();
            while !left.is_empty() {
                let answer = self
                    .client
                    .batch_write_item()
                    .request_items(&self.table, left)
                    .send()
                    .await;
                let unprocessed = answer.map_err(unavailable)?.unprocessed_items;
                left = unprocessed
                    .into_iter()
                    .flat_map(std::collections::HashMap::into_values)
                    .flatten()
                    .collect();
                if !left.is_empty() && !pause.wait().await {
                    return Err(StoreError::Unavailable(
                        "UnprocessedItems".to_owned(),
                        Source::NONE,
                    ));
                }
            }
        }
        Ok(())
    }

    /// Deletes all that is kept with an account: what a later version adds cannot be forgotten.
    pub(crate) async fn drop_partition(&self, account: &AccountId) -> Result<()> {
        loop {
            let page = self
                .query_all(keys::account_pk(account), None, 1000)
                .await?;
            if page.items.is_empty() {
                return Ok(());
            }
            self.drop_all(&page.items.iter().map(item::key).collect::<Vec<_>>())
                .await?;
        }
    }

    /// Deletes one item, such as the entry of work that is done.
    pub(crate) async fn drop_entry(&self, entry: &Key) -> Result<()> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(entry.attributes()));
        request.send().await.map(drop).map_err(unavailable)
    }
}
