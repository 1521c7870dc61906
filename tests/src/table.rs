//! A fresh table of a real `DynamoDB` engine, as `infra/template.yaml` makes it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{
    Client,
    config::Builder,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use dynoxide::{AttributeValue as Plain, Database, ImportOptions};
use serde_json::{Value, json};
use tokio::runtime::{Handle, RuntimeFlavor};
use vigie_domain::{
    account::Account, canary::NAME as CANARY, contact::name::NameWords, entity::Entity,
};
use vigie_store::{
    Store,
    keys::{self, ItemKind, Key},
};

use crate::{
    engine, seed,
    wire::{Call, End, Far, Fate, Port, Rule, Service, Wire, at_port},
};

/// Its name.
pub const NAME: &str = "vigie";

/// The engine, the way to it, and the place in its stream.
pub struct Table {
    database: Database,
    wire: Wire,
    far: Far,
    url: String,
    iterator: Mutex<String>,
    /// Number of calls on the wire that were told already.
    told: Mutex<usize>,
}

/// Ways in which a call of the table is cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Nothing is done.
    Before,
    /// It is done, and nobody hears of it.
    After,
}

impl Table {
    /// An empty table on a wire of its own.
    pub async fn new() -> Self {
        Self::on(Wire::new(seed::next())).await
    }

    /// An empty table. On one thread the engine is called in this process and time is virtual: it
    /// passes when nobody has anything else to do. With several threads it is behind a socket.
    pub async fn on(wire: Wire) -> Self {
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
        database
            .create_table(serde_json::from_value(description).expect("a request"))
            .expect("a table");
        let streams = database
            .list_streams(serde_json::from_value(json!({"TableName": NAME})).expect("a request"))
            .expect("streams");
        let streams = serde_json::to_value(streams).expect("JSON");
        let arn = streams["Streams"][0]["StreamArn"].clone();
        let described = database
            .describe_stream(serde_json::from_value(json!({"StreamArn": arn})).expect("a request"))
            .expect("a stream");
        let described = serde_json::to_value(described).expect("JSON");
        let shard = described["StreamDescription"]["Shards"][0]["ShardId"].clone();
        let from = json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let iterator = database
            .get_shard_iterator(serde_json::from_value(from).expect("a request"))
            .expect("an iterator");
        let iterator = serde_json::to_value(iterator).expect("JSON")["ShardIterator"]
            .as_str()
            .expect("an iterator")
            .to_owned();

        let (far, url) = reached(&database).await;
        Self {
            database,
            wire,
            far,
            url,
            iterator: Mutex::new(iterator),
            told: Mutex::default(),
        }
    }

    /// Settings of a client of this function, or of a test's own; with a rule for its calls alone.
    pub fn config(&self, function: Option<&'static str>, rule: Option<Rule>) -> Builder {
        let port = Port {
            wire: self.wire.clone(),
            function,
            rule,
            far: self.far.clone(),
        };
        at_port!(aws_sdk_dynamodb, port, &self.url)
    }

    /// A test's own client, without retries, so that what is seen is what happened.
    pub fn client(&self) -> Client {
        Client::from_conf(self.config(None, None).build())
    }

    /// The operations since the last call of this, in order.
    pub fn calls(&self) -> Vec<String> {
        let (heard, mut told) = (self.wire.heard(), self.told.lock().expect("a lock"));
        let before = std::mem::replace(&mut *told, heard.len());
        let table = heard
            .into_iter()
            .skip(before)
            .filter(|heard| heard.service == Service::Table);
        table.map(|heard| heard.operation).collect()
    }

    /// Cuts one call short, after so many others.
    pub fn cut(&self, calls: usize, cut: Cut) {
        let left = Mutex::new(Some(calls));
        self.wire.rule("cut", move |call| {
            let mut left = left.lock().expect("a lock");
            let now = call.service == Service::Table && *left == Some(0);
            if call.service == Service::Table {
                *left = left.and_then(|left| left.checked_sub(1));
            }
            let end = End::Broken;
            now.then(|| {
                if cut == Cut::Before {
                    Fate::Before(end)
                } else {
                    Fate::After(end)
                }
            })
        });
    }

    /// Cuts no call short any more.
    pub fn mend(&self) {
        self.wire.lift("cut");
    }

    /// The table as functions have it.
    pub fn store(&self) -> Store {
        Store::new(self.client(), NAME.to_owned())
    }

    /// The table as this function has it, whose calls are written down.
    pub fn store_of(&self, function: &'static str) -> Store {
        Store::new(
            Client::from_conf(self.config(Some(function), None).build()),
            NAME.to_owned(),
        )
    }

    /// The same, with a rule for its calls alone.
    pub fn store_by(&self, function: &'static str, rule: Rule) -> Store {
        Store::new(
            Client::from_conf(self.config(Some(function), Some(rule)).build()),
            NAME.to_owned(),
        )
    }

    /// Stream records since the last call, as Lambda hands them to a function.
    pub fn records(&self) -> Vec<Value> {
        let mut iterator = self.iterator.lock().expect("a lock");
        let mut records = Vec::new();
        loop {
            let request = serde_json::from_value(json!({"ShardIterator": *iterator, "Limit": 100}))
                .expect("a request");
            let answer = serde_json::to_value(self.database.get_records(request).expect("records"))
                .expect("JSON");
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
                WriteRequest::builder()
                    .put_request(
                        PutRequest::builder()
                            .set_item(Some(item))
                            .build()
                            .expect("a put"),
                    )
                    .build()
            });
            client
                .batch_write_item()
                .request_items(NAME, puts.collect())
                .send()
                .await
                .expect("a write");
        }
    }

    /// Writes many items under their keys, all at once: the stream does not show them.
    pub fn import(&self, items: Vec<(Key, HashMap<String, AttributeValue>)>) {
        let items = items.into_iter().map(|(key, item)| {
            let item = item.into_iter().chain(key.attributes());
            item.map(|(name, value)| (name, plain(value))).collect()
        });
        self.database
            .import_items(NAME, items.collect(), ImportOptions::default())
            .expect("an import");
    }

    /// Ends the stream, for tests of many writes: each takes the engine as long as the stream is.
    pub fn silence(&self) {
        let request = json!({"TableName": NAME, "StreamSpecification": {"StreamEnabled": false}});
        self.database
            .update_table(serde_json::from_value(request).expect("a request"))
            .expect("no stream");
    }

    /// Everything in the table.
    pub async fn items(&self) -> Vec<HashMap<String, AttributeValue>> {
        let mut pages = self
            .client()
            .scan()
            .table_name(NAME)
            .into_paginator()
            .items()
            .send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            items.push(item.expect("an item"));
        }
        items
    }

    /// Lists where the items by which people are found by name differ from the accounts: those that
    /// are missing, and those that are left over.
    pub async fn strayed_people(&self) -> Vec<String> {
        let (mut found, mut accounts, mut parents) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
        for item in self.items().await {
            let [pk, sk] = ["pk", "sk"].map(|name| item[name].as_s().expect("a key").clone());
            match keys::parse(&pk, &sk) {
                ItemKind::Person(..) => {
                    let words = item["words"].as_s().expect("words").clone();
                    drop(found.insert((pk, sk), words));
                }
                ItemKind::Account(id) if id != CANARY => {
                    let account: Account = serde_dynamo::from_item(item).expect("an account");
                    accounts.push(account);
                }
                ItemKind::Entity(_) => {
                    let entity: Entity = serde_dynamo::from_item(item).expect("an entity");
                    parents.insert(entity.id, entity.parent_id);
                }
                _ => {}
            }
        }
        let mut strayed = Vec::new();
        for Account {
            id,
            entity_id,
            contact,
            ..
        } in accounts
        {
            let mut root = entity_id;
            while let Some(Some(above)) = parents.get(&root) {
                root = above.clone();
            }
            let words = NameWords::of(&contact);
            for beginning in words.beginnings() {
                let Key { pk, sk } = keys::person(&root, &beginning, &id);
                if found.remove(&(pk, sk)).as_deref() != Some(words.as_str()) {
                    strayed.push(format!("{id} is not found by {:?}", beginning.as_str()));
                }
            }
        }
        strayed.extend(found.into_iter().map(|left| format!("{left:?} is left")));
        strayed
    }

    /// Counts the items whose partition key has the prefix.
    pub async fn count(&self, prefix: &str) -> usize {
        self.items()
            .await
            .iter()
            .filter(|item| item["pk"].as_s().is_ok_and(|pk| pk.starts_with(prefix)))
            .count()
    }
}

/// The way to the engine, and its address.
async fn reached(database: &Database) -> (Far, String) {
    if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
        if runs() {
            tokio::time::pause();
        }
        let database = database.clone();
        return (
            Far::Here(Arc::new(move |call: &Call| engine::answer(&database, call))),
            "http://table.test".to_owned(),
        );
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
    (
        Far::There(aws_smithy_http_client::Builder::new().build_http()),
        url,
    )
}

/// True if tokio's clock runs with the machine's.
fn runs() -> bool {
    let (before, begun) = (tokio::time::Instant::now(), std::time::Instant::now());
    while std::time::Instant::now() == begun {}
    tokio::time::Instant::now() != before
}

/// A value as the engine has it.
fn plain(value: AttributeValue) -> Plain {
    match value {
        AttributeValue::S(text) => Plain::S(text),
        AttributeValue::N(number) => Plain::N(number),
        AttributeValue::Bool(yes) => Plain::BOOL(yes),
        AttributeValue::Null(_) => Plain::NULL(true),
        AttributeValue::L(list) => Plain::L(list.into_iter().map(plain).collect()),
        AttributeValue::M(map) => Plain::M(
            map.into_iter()
                .map(|(name, value)| (name, plain(value)))
                .collect(),
        ),
        other => unreachable!("no item has {other:?}"),
    }
}
