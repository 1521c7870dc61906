//! Reads and writes of items, whatever they are: strong, page by page, projected.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use serde::de::DeserializeOwned;

use crate::{
    Item, Page, Result, Source, Store, StoreError,
    table::{
        error::{refused, unavailable},
        item,
        keys::{self, Key},
        pause::Pause,
        projection::Projection,
        transaction::Expression,
    },
};

/// Most items that one call reads by key (AWS limit).
const BATCH_GETS: usize = 100;

/// Most items of a page, where all are read: a page ends at a megabyte anyway.
const PAGE: i32 = 20_000;

impl Store {
    pub(crate) async fn get_item(&self, key: &Key) -> Result<Option<Item>> {
        self.get_item_projected(key, Projection::ALL).await
    }

    /// Reads some attributes of an item.
    pub(crate) async fn get_item_projected(
        &self,
        key: &Key,
        projection: Projection,
    ) -> Result<Option<Item>> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .consistent_read(true)
            .set_projection_expression(projection.expression)
            .set_expression_attribute_names(projection.names)
            .send()
            .await
            .map_err(unavailable)?;
        Ok(answer.item)
    }

    /// One item, read strongly.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        key: &Key,
        what: &'static str,
    ) -> Result<Option<T>> {
        self.get_item(key)
            .await?
            .map(|item| item::read(item, what))
            .transpose()
    }

    /// Items by key, read strongly, those that exist, each once, in no order.
    pub(crate) async fn get_all(&self, keys: &[Key]) -> Result<Vec<Item>> {
        self.get_projected(keys, &Projection::ALL).await
    }

    /// Reads some attributes of items by key, as [`Store::get_all`] does.
    pub(crate) async fn get_projected(
        &self,
        keys: &[Key],
        projection: &Projection,
    ) -> Result<Vec<Item>> {
        // DynamoDB refuses a call that asks for a key twice.
        let mut asked = HashSet::with_capacity(keys.len());
        let keys: Vec<_> = keys.iter().filter(|key| asked.insert(*key)).collect();
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(BATCH_GETS) {
            let mut wanted: Vec<_> = chunk.iter().map(|key| key.attributes()).collect();
            let mut pause = Pause::default();
            while !wanted.is_empty() {
                let request = KeysAndAttributes::builder()
                    .set_keys(Some(wanted))
                    .consistent_read(true)
                    .set_projection_expression(projection.expression.clone())
                    .set_expression_attribute_names(projection.names.clone())
                    .build()
                    .map_err(|e| StoreError::Unbuildable("batch", Source::new(e)))?;
                let answer = self
                    .client
                    .batch_get_item()
                    .request_items(&self.table, request)
                    .send()
                    .await
                    .map_err(unavailable)?;
                found.extend(
                    answer
                        .responses
                        .into_iter()
                        .flat_map(HashMap::into_values)
                        .flatten(),
                );
                wanted = answer
                    .unprocessed_keys
                    .into_iter()
                    .flat_map(HashMap::into_values)
                    .flat_map(|rest| rest.keys)
                    .collect();
                if !wanted.is_empty() && !pause.wait().await {
                    return Err(StoreError::Unavailable(
                        "UnprocessedKeys".to_owned(),
                        Source::NONE,
                    ));
                }
            }
        }
        Ok(found)
    }

    /// Puts one item, whatever was there.
    pub(crate) async fn put_item(&self, written: Item) -> Result<()> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(written))
            .send()
            .await
            .map(drop)
            .map_err(refused)
    }

    /// Changes one item, contention waited out as in a transaction; [`StoreError::Refused`] if its
    /// condition does not hold.
    pub(crate) async fn update(&self, key: &Key, expression: Expression) -> Result<()> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .set_update_expression(expression.update)
            .set_condition_expression(expression.condition)
            .set_expression_attribute_names(expression.names)
            .set_expression_attribute_values(expression.values);
        let mut pause = Pause::default();
        loop {
            match request.clone().send().await.map(drop).map_err(refused) {
                Err(StoreError::Conflict) if pause.wait().await => {}
                done => return done,
            }
        }
    }

    /// A page of a list in the index, newest first, after an item of it and its place in the list;
    /// and whether there is more. The index may lag behind.
    pub(crate) async fn newest(
        &self,
        list: String,
        after: Option<(Key, String)>,
        limit: i32,
    ) -> Result<(Vec<Item>, bool)> {
        self.index_page(list, after, limit, false).await
    }

    /// Reads a page of a list of the index, in either order.
    pub(crate) async fn index_page(
        &self,
        list: String,
        after: Option<(Key, String)>,
        limit: i32,
        forward: bool,
    ) -> Result<(Vec<Item>, bool)> {
        let start = after.map(|(key, place)| {
            let mut start = key.attributes();
            start.insert(keys::I1PK.to_owned(), AttributeValue::S(list.clone()));
            start.insert(keys::I1SK.to_owned(), AttributeValue::S(place));
            start
        });
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::INDEX1)
            .key_condition_expression("i1pk = :list")
            .expression_attribute_values(":list", AttributeValue::S(list))
            .scan_index_forward(forward)
            .set_exclusive_start_key(start)
            .limit(limit)
            .send()
            .await
            .map_err(unavailable)?;
        let more = answer.last_evaluated_key.is_some();
        Ok((answer.items.unwrap_or_default(), more))
    }

    /// A page of a partition: items whose sort key has the prefix, strongly read, after `after`.
    pub(crate) async fn query(
        &self,
        pk: String,
        prefix: &str,
        after: Option<String>,
        limit: i32,
    ) -> Result<Page<Item>> {
        self.query_projected(pk, prefix, after, limit, Projection::ALL)
            .await
    }

    /// Reads a page, only some attributes of each item.
    pub(crate) async fn query_projected(
        &self,
        pk: String,
        prefix: &str,
        after: Option<String>,
        limit: i32,
        projection: Projection,
    ) -> Result<Page<Item>> {
        self.page(
            pk,
            "pk = :pk AND begins_with(sk, :sk)",
            prefix.to_owned(),
            after,
            limit,
            projection,
        )
        .await
    }

    /// All of a partition whose sort key has the prefix, page by page.
    pub(crate) async fn query_whole(&self, pk: String, prefix: &str) -> Result<Vec<Item>> {
        self.query_whole_projected(pk, prefix, &Projection::ALL)
            .await
    }

    /// Reads a whole partition, only some attributes of each item.
    pub(crate) async fn query_whole_projected(
        &self,
        pk: String,
        prefix: &str,
        projection: &Projection,
    ) -> Result<Vec<Item>> {
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let page = self
                .query_projected(pk.clone(), prefix, after, PAGE, projection.clone())
                .await?;
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(items);
            }
        }
    }

    /// A page of a whole partition: sort keys begin with a letter or a digit.
    pub(crate) async fn query_all(
        &self,
        pk: String,
        after: Option<String>,
        limit: i32,
    ) -> Result<Page<Item>> {
        self.page(
            pk,
            "pk = :pk AND sk > :sk",
            "!".to_owned(),
            after,
            limit,
            Projection::ALL,
        )
        .await
    }

    /// Reads a page of a partition's items whose sort key is not behind `last`.
    pub(crate) async fn query_until(
        &self,
        pk: String,
        last: String,
        after: Option<String>,
        limit: i32,
    ) -> Result<Page<Item>> {
        self.page(
            pk,
            "pk = :pk AND sk <= :sk",
            last,
            after,
            limit,
            Projection::ALL,
        )
        .await
    }

    async fn page(
        &self,
        pk: String,
        condition: &str,
        sk: String,
        after: Option<String>,
        limit: i32,
        projection: Projection,
    ) -> Result<Page<Item>> {
        let start = after.map(|sk| Key { pk: pk.clone(), sk }.attributes());
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression(condition)
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":sk", AttributeValue::S(sk))
            .set_projection_expression(projection.expression)
            .set_expression_attribute_names(projection.names)
            .set_exclusive_start_key(start)
            .limit(limit)
            .send()
            .await
            .map_err(unavailable)?;
        let next = answer
            .last_evaluated_key
            .as_ref()
            .and_then(|key| key.get(keys::SK))
            .and_then(|sk| sk.as_s().ok())
            .cloned();
        Ok(Page {
            items: answer.items.unwrap_or_default(),
            next,
        })
    }
}
