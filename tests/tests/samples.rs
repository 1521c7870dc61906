//! The files of `events/` are the contract's examples: each one is used here, parses, and is valid under its schema; and what the
//! code takes and publishes is what the schemas say.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use aws_sdk_dynamodb::types::AttributeValue;
use jsonschema::Validator;
use serde::Deserialize;
use serde_json::{Value, json};
use vigie_domain::{
    account::{Account, PendingEmail, Role},
    consultation::Consultation,
    contact::Contact,
    entity::Entity,
    fact::Fact,
    id::{AccountId, EntityId, LoginId, RequestId},
    text::Text,
};
use vigie_platform::{
    runtime::Consumer,
    store::{Store, accounts::Creation, consultations::RecordedFact, deliveries::Delivery},
};
use vigie_tests::{World, http::Function};

/// Folders of what functions are invoked with, in the order in which a story would tell them.
const QUEUES: [&str; 4] = ["provisioning", "consultations", "alerts", "mailer"];
const HTTP: [&str; 5] = ["accounts", "entities", "favourites", "portal", "preferences"];
const OTHERS: [&str; 3] = ["bus", "changes", "schemas"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

/// The files of a folder by name, in its order.
fn files(folder: &str) -> BTreeMap<String, Value> {
    let entries = std::fs::read_dir(root().join(folder)).expect("a folder").map(|entry| entry.expect("a file").path());
    let read = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_str().expect("a name").to_owned();
        let name = name.strip_suffix(".json").unwrap_or_else(|| panic!("{folder}/{name} is no JSON")).to_owned();
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
        let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&schema);
        (name, validator.expect("a schema"))
    };
    files("schemas").into_iter().map(build).collect()
}

/// Why a detail is not valid.
#[track_caller]
fn why(schemas: &BTreeMap<String, Validator>, detail_type: &str, detail: &Value) -> Option<String> {
    let schema = schemas.get(detail_type).unwrap_or_else(|| panic!("no schema of {detail_type}"));
    let errors: Vec<_> = schema.iter_errors(detail).map(|error| format!("{}: {error}", error.instance_path())).collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}

/// The events in the messages of a queue; `None` for what is no event.
fn events(sample: &Value) -> Vec<Option<Value>> {
    let records = sample["Records"].as_array().expect("records");
    records.iter().map(|record| serde_json::from_str(record["body"].as_str().expect("a body")).ok()).collect()
}

fn events_in() -> BTreeSet<String> {
    let facts = ["TenderReceived", "DocumentsWithdrawn", "MessageReceived", "QuestionReceived", "NoticePublished", "NoticeRejected"];
    let others = ["ApprovalRequested", "ValidationRequested", "ConsultationSaved", "OrganisationProvisioned"];
    facts.into_iter().chain(others).map(str::to_owned).collect()
}

#[test]
fn every_folder_is_known_and_every_file_has_a_test() {
    let entries = std::fs::read_dir(root()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let found: BTreeSet<_> = entries.map(|name| name.to_str().expect("a name").to_owned()).collect();
    let known = QUEUES.into_iter().chain(HTTP).chain(OTHERS).chain(["README.md"]);
    assert_eq!(found, known.map(str::to_owned).collect());
    for folder in found.iter().filter(|folder| *folder != "README.md") {
        assert!(!files(folder).is_empty(), "{folder}");
    }
}

#[test]
fn events_for_the_bus_are_valid_and_cover_what_comes_in() {
    let schemas = schemas();
    let mut covered = BTreeSet::new();
    for (name, sample) in files("bus") {
        let events = sample.as_array().cloned().unwrap_or_else(|| vec![sample]);
        assert!(!events.is_empty(), "{name}");
        for event in events {
            let text = event.to_string();
            // What `make send` replaces by an account's id.
            let parts = text.split("{{account:").enumerate();
            let parts =
                parts.map(|(i, part)| if i == 0 { part.to_owned() } else { format!("id{}", part.split_once("}}").expect("an end").1) });
            let event: Value = serde_json::from_str(&parts.collect::<String>()).expect("JSON");
            let keys: BTreeSet<_> = event.as_object().expect("an event").keys().cloned().collect();
            assert_eq!(keys, ["detail", "detail-type", "source"].map(str::to_owned).into());
            assert_eq!(event["source"], "procurement", "{name}");
            let detail_type = event["detail-type"].as_str().expect("a type");
            assert_eq!(why(&schemas, detail_type, &event["detail"]), None, "{name}");
            assert!(accepts(detail_type, &event["detail"]), "{name}");
            covered.insert(detail_type.to_owned());
        }
    }
    assert_eq!(covered, events_in());
}

/// Whether the code takes a detail, as far as its shape goes.
fn accepts(detail_type: &str, detail: &Value) -> bool {
    match detail_type {
        "ConsultationSaved" => Consultation::deserialize(detail).is_ok_and(|consultation| consultation.check().is_ok()),
        "OrganisationProvisioned" => Contact::from_json(&detail["administrator"]).is_ok(),
        _ => Fact::from_event(detail_type, detail).is_some_and(|fact| fact.is_ok()),
    }
}

#[tokio::test]
async fn messages_are_accepted_or_rejected_as_their_names_say() {
    let schemas = schemas();
    let world = World::new().await;
    demo(&world.table.store()).await;
    for queue in QUEUES {
        // What is accepted first: it is what the rest is about.
        let samples = files(queue);
        let (bad, good): (Vec<_>, Vec<_>) = samples.into_iter().partition(|(name, _)| name.starts_with("bad-"));
        for (name, sample) in good.into_iter().chain(bad) {
            let answer = match queue {
                "provisioning" => world.provisioning.consume(sample.clone()).await,
                "consultations" => world.consultations.consume(sample.clone()).await,
                "alerts" => world.alerts.consume(sample.clone()).await,
                _ => world.mailer.consume(sample.clone()).await,
            };
            assert_eq!(answer.expect("an answer"), json!({"batchItemFailures": []}), "{queue}/{name}");
            world.taken();
            let rejected = std::mem::take(&mut *world.rejected.lock().expect("a lock"));
            let events = events(&sample);
            let mut invalid = Vec::new();
            for event in &events {
                invalid.push(event.as_ref().is_none_or(|event| {
                    let detail_type = event["detail-type"].as_str().expect("a type");
                    schemas.get(detail_type).is_none_or(|schema| !schema.is_valid(&event["detail"]))
                }));
            }
            if name.starts_with("bad-") {
                assert_eq!(rejected.len(), events.len(), "{queue}/{name}");
                assert!(rejected.iter().all(|rejected| rejected["reason"].as_str().is_some_and(|reason| !reason.is_empty())));
                assert!(invalid.iter().all(|invalid| *invalid), "{queue}/{name}: its schema says nothing against it");
            } else {
                assert_eq!(rejected, Vec::<Value>::new(), "{queue}/{name}");
                assert!(invalid.iter().all(|invalid| !invalid), "{queue}/{name}: its schema refuses it");
            }
        }
    }
}

const ISSUER: &str = "https://cognito-idp.eu-west-3.amazonaws.com/eu-west-3_demo";

fn id(last: &str) -> AccountId {
    AccountId::parse(&format!("01939c0e-0000-7000-8000-0000000000{last}")).expect("an id")
}

fn request(last: &str) -> RequestId {
    RequestId::parse(&format!("01939c0e-0000-7000-8000-0000000000{last}")).expect("an id")
}

/// Who and what the samples speak of: see `events/README.md`.
async fn demo(store: &Store) {
    let now = "2026-11-24T08:00:00Z".parse().expect("a time");
    let entity = |id: &str, parent: Option<&str>| Entity {
        id: EntityId::parse(id).expect("an id"),
        name: Text::parse(id).expect("a name"),
        parent_id: parent.map(|id| EntityId::parse(id).expect("an id")),
        organisation: Text::parse("Eurométropole de Strasbourg").expect("a name"),
    };
    let account = |last: &str, entity: &str, role, first_name: &str| {
        let email = format!("{}@strasbourg.example.fr", first_name.to_lowercase());
        let contact = Contact::from_json(&json!({"firstName": first_name, "lastName": "Martin", "email": email})).expect("a contact");
        Account::invite(id(last), EntityId::parse(entity).expect("an id"), role, contact, request("ab"), now)
    };
    let root = entity("ems", None);
    let administrator = account("01", "ems", Role::Administrator, "Odile");
    assert_eq!(store.create_account(&administrator, Some(&root)).await, Ok(Creation::Created));
    for (id, parent) in [("ems-numerique", "ems"), ("ems-sig", "ems-numerique"), ("ems-postes", "ems-numerique")] {
        store.create_entity(&entity(id, Some(parent)), &EntityId::parse(parent).expect("an id")).await.expect("an entity");
    }
    let others = [("02", "Claire"), ("03", "Karim"), ("20", "Nouveau")].map(|(id, name)| account(id, "ems-sig", Role::Agent, name));
    for other in &others {
        assert_eq!(store.create_account(other, None).await, Ok(Creation::Created));
    }
    for (account, login) in [(&administrator, "001"), (&others[0], "002"), (&others[1], "003")] {
        let login = LoginId::new(ISSUER, &format!("5f0c1e2a-0000-4000-8000-000000000{login}"));
        store.bind(account, &login, &request("ab")).await.expect("a login");
    }
}

/// A world in which every request of the samples has something to do: a change of address waits, a consultation can be seen.
async fn http_demo() -> World {
    let world = World::new().await;
    let store = world.table.store();
    demo(&store).await;
    let sample = files("consultations").remove("consultation-saved").expect("a sample");
    world.consultations.consume(sample).await.expect("a save");
    let claire = store.account(&id("02")).await.expect("a read").expect("an account");
    let address =
        Contact::from_json(&json!({"firstName": "C", "lastName": "M", "email": "neuve@strasbourg.example.fr"})).expect("a contact").email;
    let expires_at = "2026-11-30T08:00:00Z".parse().expect("a time");
    let pending = PendingEmail { address, request_id: request("aa"), expires_at, attempt: 1 };
    store.write_contact(&claire, &claire.contact, Some(&pending), &claire.mail_quota).await.expect("a change");
    world.set(&format!("ACCOUNT#{}", claire.id), "ACCOUNT", "version", AttributeValue::N("1".to_owned())).await;
    world
}

#[tokio::test]
async fn requests_are_answered_as_their_names_say() {
    for folder in HTTP {
        for (name, sample) in files(folder) {
            let world = http_demo().await;
            let http = &sample["requestContext"]["http"];
            let (method, path) = (http["method"].as_str().expect("a method"), http["path"].as_str().expect("a path"));
            assert_eq!(sample["rawPath"], path, "{folder}/{name}");
            let of_folder: &dyn Function = match folder {
                "accounts" => &world.accounts,
                "entities" => &world.entities,
                "favourites" => &world.favourites,
                "preferences" => &world.preferences,
                _ => &world.portal,
            };
            let answer = of_folder.answer(sample.to_string()).await;

            let functions = world.functions();
            let serving: Vec<_> = functions.iter().filter(|(serves, _)| serves(method, path)).collect();
            if sample["routeKey"] != "$default" {
                assert_eq!(serving.len(), 1, "{folder}/{name}: nobody serves {method} {path}");
                assert_eq!(serving[0].1.answer(sample.to_string()).await.status < 500, answer.status < 500);
            }
            let status = name.strip_prefix("bad-").map(|rest| rest[..3].parse::<u16>().expect("a status"));
            if let Some(status) = status {
                assert_eq!(answer.status, status, "{folder}/{name}: {}", answer.text);
                assert!(!answer.problem().is_empty(), "{folder}/{name}: {}", answer.text);
            } else if path == "/v1/confirmations" || path == "/v1/invitations" {
                // Their tokens are of the right form, but not signed.
                assert_eq!(answer.status, 404, "{folder}/{name}: {}", answer.text);
            } else {
                assert!(answer.status < 300, "{folder}/{name}: {} {}", answer.status, answer.text);
            }
        }
    }
}

#[test]
fn stream_records_are_as_the_table_writes_them_and_give_the_events_that_follow() {
    let schemas = schemas();
    let expected = BTreeMap::from([
        ("account-pending-email", vec!["AccountMailDue", "AccountMailDue"]),
        ("fact-inserted", vec!["FactRecorded"]),
        ("ttl-removal", vec![]),
    ]);
    let samples = files("changes");
    assert_eq!(samples.keys().map(String::as_str).collect::<Vec<_>>(), expected.keys().copied().collect::<Vec<_>>());
    for (name, sample) in samples {
        let events = vigie_changes::events(sample.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(events.iter().map(|event| event.detail_type).collect::<Vec<_>>(), expected[name.as_str()], "{name}");
        for event in events {
            assert_eq!(why(&schemas, event.detail_type, &event.detail), None, "{name}");
        }
        for record in sample["Records"].as_array().expect("records") {
            for image in ["NewImage", "OldImage"].iter().filter_map(|image| record["dynamodb"].get(image)) {
                let mut item = plain(&json!({"M": image}));
                let sk = item["sk"].take();
                let item_type = sk.as_str().expect("a key").split('#').next().expect("a type").to_owned();
                item.as_object_mut().expect("an object").retain(|name, _| !["pk", "sk", "i1pk", "i1sk", "ttl"].contains(&name.as_str()));
                // Read as the functions read it, it is written as they write it.
                let written = match item_type.as_str() {
                    "ACCOUNT" => Account::deserialize(&item).map(serde_json::to_value),
                    "FACT" => RecordedFact::deserialize(&item).map(serde_json::to_value),
                    _ => Delivery::deserialize(&item).map(serde_json::to_value),
                };
                let written = written.unwrap_or_else(|e| panic!("{name}: {e}")).expect("JSON");
                assert_eq!(written, item, "{name}");
            }
        }
    }
}

/// An attribute in DynamoDB's JSON, as plain JSON.
fn plain(attribute: &Value) -> Value {
    let (kind, value) = attribute.as_object().and_then(|attribute| attribute.iter().next()).expect("an attribute");
    match (kind.as_str(), value) {
        ("M", Value::Object(map)) => map.iter().map(|(name, value)| (name.clone(), plain(value))).collect::<serde_json::Map<_, _>>().into(),
        ("L", Value::Array(list)) => list.iter().map(plain).collect(),
        ("N", Value::String(number)) => serde_json::from_str(number).expect("a number"),
        ("NULL", _) => Value::Null,
        _ => value.clone(),
    }
}

#[tokio::test]
async fn whatever_is_published_is_valid_and_every_schema_is_of_use() {
    let schemas = schemas();
    let world = World::new().await;
    world.everything().await;
    let seen = world.seen.lock().expect("a lock").clone();
    let mut used = events_in();
    for event in seen.iter().filter(|event| event["source"] == "vigie") {
        let detail_type = event["detail-type"].as_str().expect("a type");
        assert_eq!(why(&schemas, detail_type, &event["detail"]), None, "{event}");
        used.insert(detail_type.to_owned());
    }
    assert_eq!(used, schemas.keys().cloned().collect());
}

/// Values that are right in one place and wrong in another, with lengths on either side of every limit.
fn values() -> Vec<Value> {
    let mut values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(2),
        json!(-1),
        json!(1.5),
        json!(4_294_967_295_u64),
        json!(4_294_967_296_u64),
        json!({}),
        json!([]),
        json!(["x"]),
        json!([1]),
        json!([""]),
        json!([null]),
        json!([{}]),
        json!(["a#b"]),
        json!(["x", "x"]),
        json!("2026-11-24T09:00:00+01:00"),
        json!("2026-11-24T09:00:00.123Z"),
        json!("2026-11-24T09:00:00"),
        json!("2026-11-24"),
        json!("2026-11-31"),
        json!("yesterday"),
        json!("drafting"),
        json!("published"),
        json!("electronic"),
        json!("identified"),
        json!("a#b"),
        json!("a b"),
        json!("é"),
        json!("https://marches.example.fr/x?a=1&b=2#c"),
        json!("http://x"),
        json!("https://"),
        json!("https://a b"),
        json!("https://é.fr"),
        json!("ftp://x"),
        json!("javascript:alert(1)"),
    ];
    for limit in [100, 128, 200, 500, 2000, 5000] {
        values.push(json!("x".repeat(limit)));
        values.push(json!("é".repeat(limit)));
        values.push(json!("x".repeat(limit + 1)));
        values.push(json!(["x".repeat(limit)]));
        values.push(json!(["x".repeat(limit + 1)]));
    }
    for limit in [50, 200, 1000] {
        for count in [limit, limit + 1] {
            values.push((0..count).map(|i| json!(format!("x{i}"))).collect());
        }
    }
    for limit in [2048, 2049] {
        values.push(json!(format!("https://{}", "x".repeat(limit - 8))));
    }
    values
}

#[test]
fn the_schemas_of_what_comes_in_say_what_the_code_takes() {
    let schemas = schemas();
    let mut details: BTreeMap<String, Value> = BTreeMap::new();
    for sample in files("consultations").into_iter().filter(|(name, _)| !name.starts_with("bad-")).map(|(_, sample)| sample) {
        for event in events(&sample).into_iter().flatten() {
            details.entry(event["detail-type"].as_str().expect("a type").to_owned()).or_insert_with(|| event["detail"].clone());
        }
    }
    assert_eq!(details.len(), events_in().len() - 1, "all but OrganisationProvisioned");
    let mut differ = Vec::new();
    for (detail_type, detail) in &details {
        let mut compare = |what: String, detail: &Value| {
            let (schema, code) = (schemas[detail_type].is_valid(detail), accepts(detail_type, detail));
            if schema != code {
                differ.push(format!("{detail_type} with {what}: schema {schema}, code {code}"));
            }
        };
        for value in [json!(null), json!([]), json!("x"), json!({})] {
            compare(value.to_string(), &value);
        }
        let schema = files("schemas").remove(detail_type).expect("a schema");
        for field in schema["properties"].as_object().expect("properties").keys() {
            let mut without = detail.clone();
            without.as_object_mut().expect("an object").remove(field);
            compare(format!("no {field}"), &without);
            let date = schema["properties"][field]["format"] == "date";
            for value in values() {
                // The contract's dates are days; the code takes the day of a longer time too.
                if date && value.as_str().is_some_and(|text| text.contains('T')) {
                    continue;
                }
                let mut changed = detail.clone();
                changed[field] = value.clone();
                let shown: String = value.to_string().chars().take(40).collect();
                compare(format!("{field} = {shown} ({})", value.as_str().map_or(0, |text| text.chars().count())), &changed);
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
