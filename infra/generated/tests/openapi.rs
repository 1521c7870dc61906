//! The API's description names every route once, and says what the code does.

use serde_json::Value;
use vigie_domain::text::Text;
use vigie_generated::{
    openapi::document,
    routes::{Row, all},
};

#[test]
fn it_describes_every_route_and_nothing_else() {
    let document = document();
    let mut described: Vec<String> = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        described.extend(
            operations
                .as_object()
                .unwrap()
                .keys()
                .map(|method| format!("{} {path}", method.to_uppercase())),
        );
    }
    let mut routes: Vec<_> = all().iter().map(Row::key).collect();
    described.sort();
    routes.sort();
    assert_eq!(described, routes);
}

#[test]
fn every_operation_has_a_name_of_its_own_and_every_reference_leads_somewhere() {
    let document = document();
    let mut names = std::collections::BTreeSet::new();
    for operations in document["paths"].as_object().unwrap().values() {
        for operation in operations.as_object().unwrap().values() {
            assert!(
                names.insert(operation["operationId"].as_str().unwrap().to_owned()),
                "{}",
                operation["operationId"]
            );
        }
    }
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let path = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(path).is_some(), "{reference}");
    }
}

/// Alone, before, within and after a word; what a pattern cannot name lies beyond, and so does
/// where zero-width joiners stand.
#[test]
fn the_pattern_of_texts_takes_what_is_taken() {
    let schema =
        document()["components"]["schemas"]["ContactInput"]["properties"]["firstName"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for c in ('\0'..='\u{ffff}')
        .filter(|c| !matches!(c, '\u{200c}' | '\u{200d}'))
        .flat_map(|c| {
            [
                c.to_string(),
                format!("{c}a"),
                format!("a{c}b"),
                format!("a{c}"),
            ]
        })
    {
        assert_eq!(
            validator.is_valid(&Value::String(c.clone())),
            Text::<100>::parse(&c).is_ok(),
            "{}",
            c.escape_unicode()
        );
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(
                fields
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}
