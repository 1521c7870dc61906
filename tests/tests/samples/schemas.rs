//! The code takes and publishes what the schemas say.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vigie_tests::World;

use crate::samples::{accepts, events, events_in, files, schemas, why};

#[tokio::test]
async fn whatever_is_published_is_valid_and_every_schema_is_of_use() {
    let schemas = schemas();
    let world = World::new().await;
    world.everything().await;
    let seen = world.seen.lock().expect("a lock").clone();
    let mut used = events_in();
    for event in seen.iter().filter(|event| event["source"] == "vigie") {
        let detail_type = event["detail-type"].as_str().expect("a type");
        assert_eq!(
            why(&schemas, detail_type, &event["detail"]),
            None,
            "{event}"
        );
        used.insert(detail_type.to_owned());
    }
    assert_eq!(used, schemas.keys().cloned().collect());
}

/// Values that are right in one place and wrong in another, with lengths on either side of every
/// limit.
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
    for sample in ["directory", "consultations", "provisioning"]
        .into_iter()
        .flat_map(files)
        .filter(|(name, _)| !name.starts_with("bad-"))
        .map(|(_, sample)| sample)
    {
        let sent = |event: &Value| event["source"] == "procurement";
        for event in events(&sample).into_iter().flatten().filter(sent) {
            details
                .entry(event["detail-type"].as_str().expect("a type").to_owned())
                .or_insert_with(|| event["detail"].clone());
        }
    }
    assert!(details.keys().eq(&events_in()), "{details:?}");
    let mut differ = Vec::new();
    for (detail_type, detail) in &details {
        let mut compare = |what: String, detail: &Value| {
            let (schema, code) = (
                schemas[detail_type].is_valid(detail),
                accepts(detail_type, detail),
            );
            if schema != code {
                differ.push(format!(
                    "{detail_type} with {what}: schema {schema}, code {code}"
                ));
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
                compare(
                    format!(
                        "{field} = {shown} ({})",
                        value.as_str().map_or(0, |text| text.chars().count())
                    ),
                    &changed,
                );
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
