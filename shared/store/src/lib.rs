//! The table: typed items, strong reads, and transactions whose refusals say which position
//! refused.

mod absences;
mod account_data;
mod account_writes;
mod accounts;
mod addresses;
mod administrators;
mod alerts;
mod asked_mails;
mod audit;
mod canary;
mod closings;
mod consultation_lists;
mod consultations;
mod deferred_alerts;
mod deletion;
mod deliveries;
mod delivery_claims;
mod delivery_lists;
mod entities;
mod entity_walk;
mod error;
mod facts;
mod favourites;
mod feedback;
mod followers;
mod invitations;
mod item;
// Public, since tests write and look up items by their keys, and the stream's reader parses them.
pub mod keys;
mod links;
mod named;
mod projection;
mod purges;
mod quotas;
mod reservations;
mod retention;
mod roots;
mod scheduled_work;
mod sight;
mod snapshot;
mod stand_ins;
mod stars;
mod test_alerts;
mod transaction;
mod unreached;
mod watches;

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, KeysAndAttributes},
};
use serde::de::DeserializeOwned;

pub use self::{
    account_data::AccountData,
    account_writes::{Changed, Creation},
    addresses::Confirmed,
    audit::AuditEntry,
    consultation_lists::FirstDraft,
    consultations::Saved,
    deferred_alerts::{DeferredAlert, Hold, MAX_DEFERRED},
    deliveries::{Delivery, DeliveryState, Outcome, Subject, TEST_ALERT},
    delivery_claims::{Claim, Intent, LEASE, WantedDelivery},
    delivery_lists::DeliveryPosition,
    entities::TreeVersion,
    error::{Result, Source, StoreError},
    facts::FactContext,
    favourites::Favourite,
    followers::Candidates,
    invitations::Accepted,
    links::{Link, Linked},
    quotas::Allowed,
    reservations::{Holding, Reservation},
    scheduled_work::{
        Closing, Daily, HeldMail, Purge, Retention, SHARDS, Unaccepted, Unreached, Work,
    },
    snapshot::Snapshot,
    stand_ins::{PassedOn, Passing},
    stars::{StarCursor, Stars},
    watches::WATCHERS_PER_PAGE,
};
use self::{
    error::{refused, unavailable},
    keys::Key,
    projection::Projection,
    transaction::Expression,
};
use vigie_runtime::{
    clock,
    config::{ConfigError, required},
};

/// A raw item.
pub type Item = HashMap<String, AttributeValue>;

/// The table and its client.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
}

/// One page of a list, and where the next begins.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items of the page.
    pub items: Vec<T>,
    /// Sort key after which to go on; `None` at the end.
    pub next: Option<String>,
}

impl Store {
    /// A table.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The table that the environment names (`TABLE_NAME`).
    ///
    /// # Errors
    /// It is not named.
    pub fn from_env(client: Client) -> std::result::Result<Self, ConfigError> {
        Ok(Self::new(client, required("TABLE_NAME")?))
    }

    /// Opens the connection during init, where CPU is free of charge and a cold first request would
    /// wait for it.
    pub async fn warm(&self) {
        // Success does not matter: the first request will tell.
        let _ = self.get_item(&keys::warm()).await;
    }

    async fn get_item(&self, key: &Key) -> Result<Option<Item>> {
        self.get_item_projected(key, Projection::ALL).await
    }

    /// The same, only some of its attributes.
    async fn get_item_projected(&self, key: &Key, projection: Projection) -> Result<Option<Item>> {
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
    async fn get<T: DeserializeOwned>(&self, key: &Key, what: &'static str) -> Result<Option<T>> {
        self.get_item(key)
            .await?
            .map(|item| item::read(item, what))
            .transpose()
    }

    /// Items by key, read strongly, at most 100 a call, those that exist, each once, in no order.
    async fn get_all(&self, keys: &[Key]) -> Result<Vec<Item>> {
        self.get_projected(keys, &Projection::ALL).await
    }

    /// The same, only some attributes of each.
    async fn get_projected(&self, keys: &[Key], projection: &Projection) -> Result<Vec<Item>> {
        // DynamoDB refuses a call that asks for a key twice.
        let mut asked = HashSet::with_capacity(keys.len());
        let keys: Vec<_> = keys.iter().filter(|key| asked.insert(*key)).collect();
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(100) {
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
    async fn put_item(&self, written: Item) -> Result<()> {
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
    async fn update(&self, key: &Key, expression: Expression) -> Result<()> {
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
    async fn newest(
        &self,
        list: String,
        after: Option<(Key, String)>,
        limit: i32,
    ) -> Result<(Vec<Item>, bool)> {
        self.index_page(list, after, limit, false).await
    }

    /// The same in either order.
    async fn index_page(
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
    async fn query(
        &self,
        pk: String,
        prefix: &str,
        after: Option<String>,
        limit: i32,
    ) -> Result<Page<Item>> {
        self.query_projected(pk, prefix, after, limit, Projection::ALL)
            .await
    }

    /// The same, only some attributes of each.
    async fn query_projected(
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

    /// A page of a whole partition: sort keys begin with a letter or a digit.
    async fn query_all(&self, pk: String, after: Option<String>, limit: i32) -> Result<Page<Item>> {
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

    /// The same of items whose sort key is not behind `last`.
    async fn query_until(
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

/// Waits with full jitter, longer each time; five times in all.
#[derive(Default)]
struct Pause(u32);

impl Pause {
    /// Waits; returns whether there was a next time.
    async fn wait(&mut self) -> bool {
        self.0 += 1;
        if self.0 > 5 {
            return false;
        }
        let most = 25_u64 << self.0;
        clock::wait(Duration::from_millis(fastrand::u64(most / 4..most))).await;
        true
    }
}
