//! Each kind of call that a function makes of AWS, kept below `target/calls` for the check of its
//! role (`infra/policies`).
//!
//! A kind is kept once, by all tests together: function, action, table or bus, index, sender, and
//! the prefixes of its keys.

use std::{
    collections::{BTreeSet, HashSet, hash_map::DefaultHasher},
    fs,
    hash::{Hash, Hasher},
    io,
    path::Path,
    sync::{LazyLock, Mutex},
};

use serde_json::{Value, json};

use crate::wire::{Call, Service};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/calls");

static KEPT: LazyLock<Mutex<HashSet<u64>>> = LazyLock::new(Mutex::default);

/// Writes down what a function's client sends.
pub(crate) fn keep(call: &Call) {
    let Some(function) = call.function else {
        return;
    };
    for authorised in authorised(call) {
        write(function, &authorised).expect("target/calls");
    }
}

/// The calls that AWS authorises one by one within a request.
fn authorised(
    Call {
        service,
        operation,
        body,
        ..
    }: &Call,
) -> Vec<Value> {
    match service {
        Service::Table => of_table(operation, body),
        Service::Bus => list(&body["Entries"])
            .map(|entry| of_bus(operation, entry))
            .collect(),
        Service::Secrets => vec![of_secrets(operation, body)],
        Service::Ses => vec![of_ses(operation, body)],
    }
}

/// A transaction is authorised item by item, under the action that each would be alone; a batch as
/// a whole.
fn of_table(operation: &str, body: &Value) -> Vec<Value> {
    let call = |action: &str, table: &Value, index: &Value, keys: Vec<&Value>| {
        let keys: BTreeSet<&str> = keys.into_iter().filter_map(Value::as_str).collect();
        json!({"service": "dynamodb", "action": action, "table": table, "index": index, "keys": keys, "within": operation})
    };
    match operation {
        "TransactWriteItems" | "TransactGetItems" => list(&body["TransactItems"])
            .flat_map(|item| item.as_object().into_iter().flatten())
            .map(|(name, item)| {
                call(
                    &action(name),
                    &item["TableName"],
                    &Value::Null,
                    vec![key(item)],
                )
            })
            .collect(),
        "BatchGetItem" | "BatchWriteItem" => body["RequestItems"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(table, asked)| call(operation, &json!(table), &Value::Null, of_batch(asked)))
            .collect(),
        "Query" => vec![call(
            operation,
            &body["TableName"],
            &body["IndexName"],
            vec![partition(body)],
        )],
        _ => vec![call(
            operation,
            &body["TableName"],
            &body["IndexName"],
            vec![key(body)],
        )],
    }
}

fn action(name: &str) -> String {
    if name == "ConditionCheck" {
        "ConditionCheckItem".to_owned()
    } else {
        format!("{name}Item")
    }
}

fn key(item: &Value) -> &Value {
    item["Key"]
        .get("pk")
        .or_else(|| item["Item"].get("pk"))
        .map_or(&Value::Null, |key| &key["S"])
}

fn of_batch(asked: &Value) -> Vec<&Value> {
    match asked.as_array() {
        Some(writes) => writes
            .iter()
            .flat_map(|write| write.as_object().into_iter().flatten())
            .map(|(_, write)| key(write))
            .collect(),
        None => list(&asked["Keys"]).map(|key| &key["pk"]["S"]).collect(),
    }
}

/// The partition that a query names: `pk = :name`, or `i1pk = :name`, wherever it stands in the
/// condition.
fn partition(body: &Value) -> &Value {
    let condition = body["KeyConditionExpression"].as_str().unwrap_or_default();
    let name = condition.split(" AND ").find_map(|term| {
        term.trim()
            .strip_prefix("i1")
            .unwrap_or(term.trim())
            .strip_prefix("pk = ")
    });
    name.map_or(&Value::Null, |name| {
        &body["ExpressionAttributeValues"][name.trim()]["S"]
    })
}

fn of_bus(operation: &str, entry: &Value) -> Value {
    json!({"service": "events", "action": operation, "bus": entry["EventBusName"], "source": entry["Source"], "type": entry["DetailType"]})
}

fn of_secrets(operation: &str, body: &Value) -> Value {
    json!({"service": "secretsmanager", "action": operation, "secret": body["SecretId"]})
}

fn of_ses(operation: &str, body: &Value) -> Value {
    json!({"service": "ses", "action": operation, "from": body["FromEmailAddress"], "set": body["ConfigurationSetName"]})
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Keeps the call unless one of its kind is there already.
fn write(function: &str, call: &Value) -> io::Result<()> {
    let mut kind = call.clone();
    let prefixes: BTreeSet<&str> = list(&call["keys"])
        .filter_map(Value::as_str)
        .map(prefix)
        .collect();
    kind["keys"] = json!(prefixes);
    let mut hasher = DefaultHasher::new();
    (function, kind.to_string()).hash(&mut hasher);
    let hash = hasher.finish();
    if !KEPT.lock().expect("a lock").insert(hash) {
        return Ok(());
    }
    let file = Path::new(FOLDER).join(format!("{function}-{hash:016x}.json"));
    if file.exists() {
        return Ok(());
    }
    // Written aside and moved, since other tests write the same one now.
    let draft = file.with_extension(format!("{}.draft", std::process::id()));
    let mut kept = call.clone();
    kept["function"] = json!(function);
    fs::create_dir_all(FOLDER)?;
    fs::write(&draft, kept.to_string())?;
    fs::rename(&draft, &file)
}

/// A key up to and with its first `#`.
fn prefix(key: &str) -> &str {
    key.split_inclusive('#').next().unwrap_or_default()
}
