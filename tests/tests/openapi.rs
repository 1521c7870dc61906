//! The description that is served is the one that the code gives, and it names every route once.

use serde_json::Value;
use vigie_domain::text::Text;
use vigie_tests::openapi::document;

const SERVED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../functions/portal/openapi.json"
);

/// `make openapi` writes the file anew.
#[test]
fn the_served_description_is_the_one_that_the_code_gives() {
    let text = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(SERVED, &text).unwrap();
    }
    let served = std::fs::read_to_string(SERVED).unwrap();
    assert!(
        served == text,
        "functions/portal/openapi.json is out of date: `make openapi`"
    );
}

/// The schemas of the events that go out, as the code gives them: `make openapi` writes them anew.
#[test]
fn the_schemas_of_events_out_are_those_of_their_types() {
    for (name, tells, mut schema) in vigie_domain::event::schemas() {
        schema.insert("$id".to_owned(), format!("urn:vigie:event:{name}").into());
        schema.insert("title".to_owned(), name.into());
        let of =
            format!("Describes the `detail` of the EventBridge event `{name}`, not its envelope.");
        schema.insert("description".to_owned(), format!("{tells} {of}").into());
        let mut schema = schema.to_value();
        if schema.get("anyOf").is_none() {
            schema["required"]
                .as_array_mut()
                .unwrap()
                .insert(0, "eventId".into());
        }
        tidy(&mut schema);
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let path = format!(
            "{}/../events/schemas/{name}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap();
        assert!(committed == text, "{path} is out of date: `make openapi`");
    }
}

/// Closes objects, puts each sentence on one line, and takes out what is left out rather than null.
fn tidy(schema: &mut Value) {
    let Value::Object(members) = schema else {
        return;
    };
    if members.contains_key("properties") {
        members.insert("additionalProperties".to_owned(), false.into());
    }
    if let Some(Value::Array(types)) = members.get_mut("type") {
        let only = types[0].clone();
        members.insert("type".to_owned(), only);
    }
    members.remove("default");
    for (name, member) in members {
        match member {
            Value::String(text) if name == "description" => *text = text.replace('\n', " "),
            Value::Array(forms) => forms.iter_mut().for_each(tidy),
            _ if name == "properties" => {
                member.as_object_mut().unwrap().values_mut().for_each(tidy);
            }
            _ => tidy(member),
        }
    }
}

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
    let mut routes = vigie_tests::routes::all()
        .iter()
        .map(vigie_tests::routes::Row::key)
        .collect::<Vec<_>>();
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
