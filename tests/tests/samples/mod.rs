//! The files of `events/` are the contract's examples: each one is used here, parses, and is valid
//! under its schema; and what the code takes and publishes is what the schemas say.

mod asyncapi;
mod demo;
mod schemas;
mod use_of_all;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use jsonschema::Validator;
use serde_json::Value;
use vigie_domain::event::portal;

/// Folders of what functions are invoked with, in the order in which a story would tell them.
const QUEUES: [&str; 6] = [
    "provisioning",
    "directory",
    "consultations",
    "alerts",
    "mailer",
    "feedback",
];
const HTTP: [&str; 6] = [
    "accounts",
    "entities",
    "favourites",
    "intake",
    "portal",
    "preferences",
];
const OTHERS: [&str; 5] = ["bus", "canary", "publisher", "scheduler", "schemas"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

/// The files of a folder by name, in its order.
fn files(folder: &str) -> BTreeMap<String, Value> {
    let entries = std::fs::read_dir(root().join(folder))
        .expect("a folder")
        .map(|entry| entry.expect("a file").path());
    let read = |path: PathBuf| {
        let name = path
            .file_name()
            .expect("a name")
            .to_str()
            .expect("a name")
            .to_owned();
        let name = name
            .strip_suffix(".json")
            .unwrap_or_else(|| panic!("{folder}/{name} is no JSON"))
            .to_owned();
        let text = std::fs::read_to_string(&path).expect("text");
        let value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{folder}/{name}: {e}"));
        (name, value)
    };
    entries.map(read).collect()
}

/// The schemas of details by detail-type.
fn schemas() -> BTreeMap<String, Validator> {
    let build = |(name, schema): (String, Value)| {
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
        assert_eq!(schema["$id"], format!("urn:vigie:event:{name}"));
        assert_eq!(schema["title"], name.as_str());
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&schema);
        (name, validator.expect("a schema"))
    };
    files("schemas").into_iter().map(build).collect()
}

/// Why a detail is not valid.
#[track_caller]
fn why(schemas: &BTreeMap<String, Validator>, detail_type: &str, detail: &Value) -> Option<String> {
    let schema = schemas
        .get(detail_type)
        .unwrap_or_else(|| panic!("no schema of {detail_type}"));
    let errors: Vec<_> = schema
        .iter_errors(detail)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}

/// The events in the messages of a queue; `None` for what is no event.
fn events(sample: &Value) -> Vec<Option<Value>> {
    let records = sample["Records"].as_array().expect("records");
    records
        .iter()
        .map(|record| serde_json::from_str(record["body"].as_str().expect("a body")).ok())
        .collect()
}

/// Fills in a sample as `make send` does: accounts, mails and the time have their names.
fn filled(event: &Value) -> Value {
    let mut text = event
        .to_string()
        .replace("{{now}}", "2026-11-24T08:00:00.000Z");
    for (placeholder, name) in [
        ("{{account:", "id"),
        ("{{delivery:", "Zm9yIHRoZSBsb3ZlIG9mIH"),
    ] {
        while let Some((before, rest)) = text.split_once(placeholder) {
            let (_, after) = rest.split_once("}}").expect("an end");
            text = format!("{before}{name}{after}");
        }
    }
    serde_json::from_str(&text).expect("JSON")
}

fn events_in() -> BTreeSet<String> {
    portal::types().map(str::to_owned).collect()
}

/// True if the code takes a detail, as far as its shape goes.
fn accepts(detail_type: &str, detail: &Value) -> bool {
    portal::read(detail_type, detail).is_some_and(|read| read.is_ok())
}

#[test]
fn every_folder_is_known_and_every_file_has_a_test() {
    let entries = std::fs::read_dir(root())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name());
    let found: BTreeSet<_> = entries
        .map(|name| name.to_str().expect("a name").to_owned())
        .collect();
    let known = QUEUES
        .into_iter()
        .chain(HTTP)
        .chain(OTHERS)
        .chain(["README.md"]);
    assert_eq!(found, known.map(str::to_owned).collect());
    for folder in found.iter().filter(|folder| *folder != "README.md") {
        assert!(!files(folder).is_empty(), "{folder}");
    }
}
