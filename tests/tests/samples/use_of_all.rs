//! Every sample, fed to what it is for.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_domain::{
    account::{Account, link::LinkRequest},
    audit::Record,
    consultation::fact::RecordedFact,
    delivery::{Delivery, feedback::Feedback},
};
use vigie_tests::{World, http::Function, routes::all};

use crate::samples::{
    HTTP, QUEUES, accepts,
    demo::{demo, http_demo},
    events, events_in, files, filled, schemas, why,
};

#[test]
fn events_for_the_bus_are_valid_and_cover_what_comes_in() {
    let schemas = schemas();
    let mut covered = BTreeSet::new();
    for (name, sample) in files("bus") {
        let events = sample.as_array().cloned().unwrap_or_else(|| vec![sample]);
        assert!(!events.is_empty(), "{name}");
        for event in events {
            let event = filled(&event);
            let keys: BTreeSet<_> = event
                .as_object()
                .expect("an event")
                .keys()
                .cloned()
                .collect();
            assert_eq!(
                keys,
                ["detail", "detail-type", "source"]
                    .map(str::to_owned)
                    .into()
            );
            // About a mail of the demo, on the local bus alone.
            if event["source"] == "local.ses" {
                let feedback = Feedback::read(
                    event["detail-type"].as_str().expect("a type"),
                    &event["detail"],
                );
                assert!(
                    feedback.is_ok_and(|feedback| feedback.address.is_some()),
                    "{name}"
                );
                continue;
            }
            assert_eq!(event["source"], "procurement", "{name}");
            let detail_type = event["detail-type"].as_str().expect("a type");
            assert_eq!(why(&schemas, detail_type, &event["detail"]), None, "{name}");
            assert!(accepts(detail_type, &event["detail"]), "{name}");
            covered.insert(detail_type.to_owned());
        }
    }
    assert_eq!(covered, events_in());
}

#[tokio::test]
async fn messages_are_accepted_or_rejected_as_their_names_say() {
    let schemas = schemas();
    let world = World::new().await;
    demo(&world.table.store()).await;
    for queue in QUEUES {
        // Accepted samples come first: the rest is about them.
        let samples = files(queue);
        let (bad, good): (Vec<_>, Vec<_>) = samples
            .into_iter()
            .partition(|(name, _)| name.starts_with("bad-"));
        for (name, sample) in good.into_iter().chain(bad) {
            let answer = match queue {
                "provisioning" => world.provisioning.consume(sample.clone()).await,
                "directory" => world.directory.consume(sample.clone()).await,
                "consultations" => world.consultations.consume(sample.clone()).await,
                "alerts" => world.alerts.consume(sample.clone()).await,
                "feedback" => world.feedback.consume(sample.clone()).await,
                _ => world.mailer.consume(sample.clone()).await,
            };
            assert_eq!(
                answer.expect("an answer"),
                json!({"batchItemFailures": []}),
                "{queue}/{name}"
            );
            world.taken();
            let rejected = std::mem::take(&mut *world.rejected.lock().expect("a lock"));
            let events = events(&sample);
            let mut invalid = Vec::new();
            for event in &events {
                // SES's own events are AWS's to describe: the samples are what it publishes, and a
                // bad one is bad by its name.
                if queue == "feedback" {
                    invalid.push(name.starts_with("bad-"));
                    continue;
                }
                invalid.push(event.as_ref().is_none_or(|event| {
                    let detail_type = event["detail-type"].as_str().expect("a type");
                    schemas
                        .get(detail_type)
                        .is_none_or(|schema| !schema.is_valid(&event["detail"]))
                }));
            }
            if name.starts_with("bad-") {
                assert_eq!(rejected.len(), events.len(), "{queue}/{name}");
                assert!(rejected.iter().all(|rejected| {
                    rejected["reason"]
                        .as_str()
                        .is_some_and(|reason| !reason.is_empty())
                }));
                assert!(
                    invalid.iter().all(|invalid| *invalid),
                    "{queue}/{name}: its schema says nothing against it"
                );
            } else {
                assert_eq!(rejected, Vec::<Value>::new(), "{queue}/{name}");
                assert!(
                    invalid.iter().all(|invalid| !invalid),
                    "{queue}/{name}: its schema refuses it"
                );
            }
        }
    }
}

/// The sections of the page are one page, of which its root is the sample; the operator's pages are
/// read by no program.
const SECTIONS: [&str; 14] = [
    "GET /coordonnees",
    "GET /alertes",
    "GET /favoris",
    "GET /favoris/{consultation}",
    "GET /lieux",
    "GET /comptes",
    "GET /historique",
    "GET /administration",
    "GET /administration/{part}",
    "GET /administration/{part}/{id}",
    "GET /mentions-legales",
    "GET /donnees-personnelles",
    "GET /accessibilite",
    "GET /aide",
];

#[test]
fn every_route_has_a_sample() {
    let samples: BTreeSet<String> = HTTP
        .into_iter()
        .flat_map(files)
        .map(|(_, sample)| sample["routeKey"].as_str().expect("a key").to_owned())
        .collect();
    let routes = all().into_iter().map(|row| row.key());
    let without: Vec<_> = routes.filter(|key| !samples.contains(key)).collect();
    assert_eq!(without, SECTIONS);
}

#[tokio::test]
async fn requests_are_answered_as_their_names_say() {
    for folder in HTTP {
        for (name, sample) in files(folder) {
            let world = http_demo().await;
            let http = &sample["requestContext"]["http"];
            let (method, path) = (
                http["method"].as_str().expect("a method"),
                http["path"].as_str().expect("a path"),
            );
            assert_eq!(sample["rawPath"], path, "{folder}/{name}");
            let of_folder: &dyn Function = match folder {
                "accounts" => &world.accounts,
                "entities" => &world.entities,
                "favourites" => &world.favourites,
                "intake" => &world.intake,
                "preferences" => &world.preferences,
                _ => &world.portal,
            };
            let answer = of_folder.answer(sample.to_string()).await;

            let functions = world.functions();
            let serving: Vec<_> = functions
                .iter()
                .filter(|(serves, _)| serves(path))
                .collect();
            if sample["routeKey"] != "$default" {
                assert_eq!(
                    serving.len(),
                    1,
                    "{folder}/{name}: nobody serves {method} {path}"
                );
                assert_eq!(
                    serving[0].1.answer(sample.to_string()).await.status < 500,
                    answer.status < 500
                );
            }
            let status = name
                .strip_prefix("bad-")
                .map(|rest| rest[..3].parse::<u16>().expect("a status"));
            if let Some(status) = status {
                assert_eq!(answer.status, status, "{folder}/{name}: {}", answer.text);
                assert!(
                    !answer.problem().is_empty(),
                    "{folder}/{name}: {}",
                    answer.text
                );
            } else if [
                "/v1/confirmations",
                "/v1/invitations",
                "/v1/links",
                "/v1/delegations",
                "/v1/recoveries/confirm",
                "/v1/recoveries/stop",
            ]
            .contains(&path)
                || path.starts_with("/v1/unsubscribe/")
                || path.starts_with("/v1/deadlines/")
            {
                // Their tokens are of the right form, but not signed.
                assert_eq!(answer.status, 404, "{folder}/{name}: {}", answer.text);
            } else {
                assert!(
                    answer.status < 300,
                    "{folder}/{name}: {} {}",
                    answer.status,
                    answer.text
                );
            }
        }
    }
}

#[test]
fn stream_records_are_as_the_table_writes_them_and_give_the_events_that_follow() {
    let schemas = schemas();
    let expected = BTreeMap::from([
        (
            "account-pending-email",
            vec!["AccountMailDue", "AccountMailDue"],
        ),
        ("audit-inserted", vec!["AccountMailDue"]),
        ("fact-inserted", vec!["FactRecorded"]),
        ("link-request-inserted", vec!["AccountMailDue"]),
        ("test-alert-inserted", vec!["AccountMailDue"]),
        ("ttl-removal", vec![]),
    ]);
    let samples = files("publisher");
    assert_eq!(
        samples.keys().map(String::as_str).collect::<Vec<_>>(),
        expected.keys().copied().collect::<Vec<_>>()
    );
    for (name, sample) in samples {
        let events =
            vigie_publisher::events(sample.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(
            events
                .iter()
                .map(|event| event.detail_type)
                .collect::<Vec<_>>(),
            expected[name.as_str()],
            "{name}"
        );
        for event in events {
            assert_eq!(
                why(&schemas, event.detail_type, &event.detail),
                None,
                "{name}"
            );
        }
        for record in sample["Records"].as_array().expect("records") {
            for image in ["NewImage", "OldImage"]
                .iter()
                .filter_map(|image| record["dynamodb"].get(image))
            {
                let mut item = plain(&json!({"M": image}));
                let sk = item["sk"].take();
                let item_type = sk
                    .as_str()
                    .expect("a key")
                    .split('#')
                    .next()
                    .expect("a type")
                    .to_owned();
                item.as_object_mut().expect("an object").retain(|name, _| {
                    !["pk", "sk", "i1pk", "i1sk", "ttl"].contains(&name.as_str())
                });
                // Read as the functions read it, it is written as they write it.
                let written = match item_type.as_str() {
                    "ACCOUNT" => Account::deserialize(&item).map(serde_json::to_value),
                    "AUDIT" => Record::deserialize(&item).map(serde_json::to_value),
                    "LINKREQUEST" => LinkRequest::deserialize(&item).map(serde_json::to_value),
                    "FACT" => RecordedFact::deserialize(&item).map(serde_json::to_value),
                    _ => Delivery::deserialize(&item).map(serde_json::to_value),
                };
                let written = written
                    .unwrap_or_else(|e| panic!("{name}: {e}"))
                    .expect("JSON");
                assert_eq!(written, item, "{name}");
            }
        }
    }
}

/// An attribute in DynamoDB's JSON, as plain JSON.
fn plain(attribute: &Value) -> Value {
    let (kind, value) = attribute
        .as_object()
        .and_then(|attribute| attribute.iter().next())
        .expect("an attribute");
    match (kind.as_str(), value) {
        ("M", Value::Object(map)) => map
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        ("L", Value::Array(list)) => list.iter().map(plain).collect(),
        ("N", Value::String(number)) => serde_json::from_str(number).expect("a number"),
        ("NULL", _) => Value::Null,
        _ => value.clone(),
    }
}

#[tokio::test]
async fn the_canary_flies_on_its_clock_and_when_it_is_asked() {
    let world = World::new().await;
    let samples = files("canary");
    assert!(samples.keys().eq(["one-more", "strike"]), "{samples:?}");
    let mut tenders = Vec::new();
    for name in ["strike", "one-more"] {
        world
            .canary
            .consume(samples[name].clone())
            .await
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        world.settle().await;
        tenders.push(world.events("TenderReceived").len());
    }
    assert_eq!(tenders, [0, 2], "the first waits for its consultation");
}

#[tokio::test]
async fn a_sweep_closes_what_the_demo_has_open() {
    let world = World::new().await;
    demo(&world.table.store()).await;
    for (name, sample) in files("scheduler") {
        world
            .scheduler
            .consume(sample)
            .await
            .unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}
