//! A fresh table of a real `DynamoDB` engine, as `infra/template.yaml` makes it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{
    Client,
    config::{
        BehaviorVersion, Builder, ConfigBag, Intercept, Region, RuntimeComponents,
        interceptors::{BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef},
        retry::RetryConfig,
    },
    error::BoxError,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use dynoxide::{AttributeValue as Plain, Database, ImportOptions};
use serde_json::{Value, json};
use vigie_platform::store::{Store, keys::Key};

use crate::calls::Caller;

/// Its name.
pub const NAME: &str = "vigie";

/// The engine, its HTTP endpoint and the place in its stream.
pub struct Table {
    database: Database,
    /// The endpoint.
    pub url: String,
    iterator: Mutex<String>,
    calls: Calls,
}

/// The operations that clients of the table put on the wire, in order.
#[derive(Clone, Debug, Default)]
struct Calls(Arc<Mutex<Vec<String>>>, Arc<Mutex<Option<(usize, Cut)>>>);

/// Ways in which a call of the table is cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Nothing is done.
    Before,
    /// It is done, and nobody hears of it.
    After,
}

impl Calls {
    /// Counts down to the call that is cut short, at the moment when it would be.
    fn pass(&self, at: Cut) -> Result<(), BoxError> {
        let mut planned = self.1.lock().expect("a lock");
        match *planned {
            Some((0, cut)) if cut == at => {
                *planned = None;
                Err("cut short".into())
            }
            Some((calls, cut)) if cut == at => {
                *planned = Some((calls - 1, cut));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "calls"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let target = context.request().headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        self.0.lock().expect("a lock").push(operation.to_owned());
        self.pass(Cut::Before)
    }

    fn read_after_transmit(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.pass(Cut::After)
    }
}

impl Table {
    /// An empty table.
    pub async fn new() -> Self {
        let database = Database::memory().expect("an engine");
        let string = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
        let key = |name: &str, r#type: &str| json!({"AttributeName": name, "KeyType": r#type});
        let description = json!({
            "TableName": NAME,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [string("pk"), string("sk"), string("i1pk"), string("i1sk")],
            "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
            "GlobalSecondaryIndexes": [{
                "IndexName": "index1",
                "KeySchema": [key("i1pk", "HASH"), key("i1sk", "RANGE")],
                "Projection": {"ProjectionType": "ALL"},
            }],
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        });
        database.create_table(serde_json::from_value(description).expect("a request")).expect("a table");
        let streams = database.list_streams(serde_json::from_value(json!({"TableName": NAME})).expect("a request")).expect("streams");
        let streams = serde_json::to_value(streams).expect("JSON");
        let arn = streams["Streams"][0]["StreamArn"].clone();
        let described = database.describe_stream(serde_json::from_value(json!({"StreamArn": arn})).expect("a request")).expect("a stream");
        let described = serde_json::to_value(described).expect("JSON");
        let shard = described["StreamDescription"]["Shards"][0]["ShardId"].clone();
        let from = json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let iterator = database.get_shard_iterator(serde_json::from_value(from).expect("a request")).expect("an iterator");
        let iterator = serde_json::to_value(iterator).expect("JSON")["ShardIterator"].as_str().expect("an iterator").to_owned();

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
        Self { database, url, iterator: Mutex::new(iterator), calls: Calls::default() }
    }

    /// The SDK's client, without retries, so that what is seen is what happened.
    pub fn client(&self) -> Client {
        let config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-3"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .interceptor(self.calls.clone())
            .endpoint_url(&self.url);
        Client::from_conf(config.build())
    }

    /// The operations since the last call of this, in order.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.0.lock().expect("a lock"))
    }

    /// Cuts one call short, after so many others.
    pub fn cut(&self, calls: usize, cut: Cut) {
        *self.calls.1.lock().expect("a lock") = Some((calls, cut));
    }

    /// Cuts no call short any more.
    pub fn mend(&self) {
        *self.calls.1.lock().expect("a lock") = None;
    }

    /// The table as functions have it.
    pub fn store(&self) -> Store {
        Store::new(self.client(), NAME.to_owned())
    }

    /// The table as this function has it, whose calls are written down.
    pub fn store_of(&self, function: &'static str) -> Store {
        let config = self.client().config().to_builder().interceptor(Caller(function));
        Store::new(Client::from_conf(config.build()), NAME.to_owned())
    }

    /// Stream records since the last call, as Lambda hands them to a function.
    pub fn records(&self) -> Vec<Value> {
        let mut iterator = self.iterator.lock().expect("a lock");
        let mut records = Vec::new();
        loop {
            let request = serde_json::from_value(json!({"ShardIterator": *iterator, "Limit": 100})).expect("a request");
            let answer = serde_json::to_value(self.database.get_records(request).expect("records")).expect("JSON");
            let found = answer["Records"].as_array().cloned().unwrap_or_default();
            if let Some(next) = answer["NextShardIterator"].as_str() {
                next.clone_into(&mut iterator);
            }
            if found.is_empty() {
                return records;
            }
            records.extend(found);
        }
    }

    /// Writes items under their keys.
    pub async fn put_all(&self, items: Vec<(Key, HashMap<String, AttributeValue>)>) {
        let client = self.client();
        for chunk in items.chunks(25) {
            let puts = chunk.iter().map(|(key, item)| {
                let item = item.clone().into_iter().chain(key.attributes()).collect();
                WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build().expect("a put")).build()
            });
            client.batch_write_item().request_items(NAME, puts.collect()).send().await.expect("a write");
        }
    }

    /// Ends the stream, for tests of many writes: each takes the engine as long as the stream is.
    pub fn silence(&self) {
        let request = json!({"TableName": NAME, "StreamSpecification": {"StreamEnabled": false}});
        self.database.update_table(serde_json::from_value(request).expect("a request")).expect("no stream");
    }

    /// The same of many items, all at once: the stream does not show them.
    pub fn import(&self, items: Vec<(Key, HashMap<String, AttributeValue>)>) {
        let items = items.into_iter().map(|(key, item)| {
            let item = item.into_iter().chain(key.attributes());
            item.map(|(name, value)| (name, plain(value))).collect()
        });
        self.database.import_items(NAME, items.collect(), ImportOptions::default()).expect("an import");
    }

    /// Everything in the table.
    pub async fn items(&self) -> Vec<HashMap<String, AttributeValue>> {
        let mut pages = self.client().scan().table_name(NAME).into_paginator().items().send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            items.push(item.expect("an item"));
        }
        items
    }

    /// Counts the items whose partition key has the prefix.
    pub async fn count(&self, prefix: &str) -> usize {
        self.items().await.iter().filter(|item| item["pk"].as_s().is_ok_and(|pk| pk.starts_with(prefix))).count()
    }
}

/// A value as the engine has it.
fn plain(value: AttributeValue) -> Plain {
    match value {
        AttributeValue::S(text) => Plain::S(text),
        AttributeValue::N(number) => Plain::N(number),
        AttributeValue::Bool(yes) => Plain::BOOL(yes),
        AttributeValue::Null(_) => Plain::NULL(true),
        AttributeValue::L(list) => Plain::L(list.into_iter().map(plain).collect()),
        AttributeValue::M(map) => Plain::M(map.into_iter().map(|(name, value)| (name, plain(value))).collect()),
        other => unreachable!("no item has {other:?}"),
    }
}
