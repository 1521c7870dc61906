//! Schemas as the makers of clients want them: enumerations in one list, no boolean schemas,
//! descriptions without links into the code, an example for every body.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Types, operation::refusals};

const AT: &str = "#/components/schemas/";

/// A type as a patch has it: nothing is required.
pub(super) fn without_requirements(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("required");
    }
    schema
}

/// All schemas by name. What is taken has a name of its own where it differs from what is given
/// under the same one.
pub(super) fn merge(paths: &mut Map<String, Value>, mut types: Types) -> Map<String, Value> {
    let mut given: Map<String, Value> = types.given.take_definitions(true);
    let taken: Map<String, Value> = types.taken.take_definitions(true);
    given.values_mut().for_each(tidy);
    let mut taken: Map<String, Value> = taken.into_iter().chain(types.patches).collect();
    taken.values_mut().for_each(tidy);
    let other = |name: &str, schema: &Value, renamed: &BTreeMap<String, String>| {
        given.get(name).is_some_and(|given| given != schema) || mentions(schema, renamed)
    };
    let mut renamed = BTreeMap::new();
    // A schema that refers to a differing one differs too.
    loop {
        let more: Vec<_> = taken
            .iter()
            .filter(|(name, schema)| {
                !renamed.contains_key(*name)
                    && given.contains_key(*name)
                    && other(name, schema, &renamed)
            })
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            break;
        }
        renamed.extend(
            more.into_iter()
                .map(|name| (name.clone(), format!("{name}Input"))),
        );
    }
    for (name, mut schema) in taken {
        rename(&mut schema, &renamed);
        given.insert(renamed.get(&name).cloned().unwrap_or(name), schema);
    }
    for operation in paths
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(|operations| operations.values_mut())
    {
        for part in ["requestBody", "parameters"] {
            if let Some(part) = operation.get_mut(part) {
                rename(part, &renamed);
            }
        }
        tidy(operation);
    }
    given.extend(refusals().map(|(name, schema)| (name.to_owned(), schema)));
    given
}

fn mentions(schema: &Value, names: &BTreeMap<String, String>) -> bool {
    match schema {
        Value::Object(fields) => {
            let own = fields
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|r| r.strip_prefix(AT))
                .is_some_and(|name| names.contains_key(name));
            own || fields.values().any(|value| mentions(value, names))
        }
        Value::Array(items) => items.iter().any(|item| mentions(item, names)),
        _ => false,
    }
}

fn rename(schema: &mut Value, names: &BTreeMap<String, String>) {
    match schema {
        Value::Object(fields) => {
            let renamed = fields
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|r| r.strip_prefix(AT))
                .and_then(|name| names.get(name));
            if let Some(name) = renamed {
                fields.insert("$ref".to_owned(), format!("{AT}{name}").into());
            }
            fields.values_mut().for_each(|value| rename(value, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        _ => {}
    }
}

/// Everywhere in a value.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            enumerate(fields);
            if let Some(format) = fields.get_mut("format") {
                match format.as_str() {
                    Some("uint64" | "uint") => *format = "int64".into(),
                    Some("uint32" | "uint16" | "uint8") => *format = "int32".into(),
                    _ => {}
                }
            }
            if let Some(Value::String(text)) = fields.get_mut("description") {
                let first = text.split("\n\n").next().unwrap_or_default();
                *text = first
                    .replace(['\n'], " ")
                    .replace("[`", "`")
                    .replace("`]", "`");
            }
            if fields.get("default").is_some_and(Value::is_null) {
                fields.remove("default");
            }
            for (name, field) in fields.iter_mut() {
                match (name.as_str(), &mut *field) {
                    ("properties", Value::Object(properties)) => {
                        properties.values_mut().for_each(anything);
                    }
                    ("additionalProperties" | "items", field) => anything(field),
                    _ => {}
                }
                tidy(field);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// The schema that takes everything, as an object.
fn anything(schema: &mut Value) {
    if *schema == Value::Bool(true) {
        *schema = json!({});
    }
}

/// A choice of constants is an enumeration, and what each means is told beside it.
fn enumerate(fields: &mut Map<String, Value>) {
    let Some(choices) = fields.get("oneOf").and_then(Value::as_array) else {
        return;
    };
    let each = |choice: &Value| -> Option<Vec<(Value, Option<String>)>> {
        let meaning = choice["description"].as_str().map(str::to_owned);
        if let Some(constant) = choice.get("const") {
            return Some(vec![(constant.clone(), meaning)]);
        }
        Some(
            choice
                .get("enum")?
                .as_array()?
                .iter()
                .map(|value| (value.clone(), meaning.clone()))
                .collect(),
        )
    };
    let Some(choices) = choices.iter().map(each).collect::<Option<Vec<_>>>() else {
        return;
    };
    let choices: Vec<_> = choices.into_iter().flatten().collect();
    let mut text = fields
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    for (value, meaning) in &choices {
        if let (Some(value), Some(meaning)) = (value.as_str(), meaning) {
            text.extend([" `", value, "`: ", meaning]);
        }
    }
    fields.remove("oneOf");
    fields.insert("type".to_owned(), "string".into());
    fields.insert(
        "enum".to_owned(),
        choices.into_iter().map(|(value, _)| value).collect(),
    );
    fields.insert("description".to_owned(), text.trim().into());
}

/// Gives every body an example that its schema makes.
pub(super) fn exemplify(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let Some(paths) = document["paths"].as_object_mut() else {
        return;
    };
    for operation in paths
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(|operations| operations.values_mut())
    {
        if let Some(body) = operation.get_mut("requestBody") {
            examples(body, &schemas);
        }
        for (_, answer) in operation["responses"].as_object_mut().into_iter().flatten() {
            examples(answer, &schemas);
        }
    }
}

fn examples(body: &mut Value, schemas: &Value) {
    let Some(content) = body.get_mut("content").and_then(Value::as_object_mut) else {
        return;
    };
    for media in content.values_mut() {
        if media.get("example").is_none() {
            media["example"] = example("", &media["schema"], schemas);
        }
    }
}

/// Examples as people of the demonstration would have them.
const SAID: &[(&str, &str)] = &[
    ("id", "01939c0e-0000-7000-8000-000000000002"),
    ("accountId", "01939c0e-0000-7000-8000-000000000002"),
    ("delegateAccountId", "01939c0e-0000-7000-8000-000000000003"),
    ("otherAccountId", "01939c0e-0000-7000-8000-000000000003"),
    ("entityId", "ems-sig"),
    ("parentId", "ems-numerique"),
    ("consultationId", "c-21-166157"),
    ("civility", "Mme"),
    ("firstName", "Claire"),
    ("lastName", "Martin"),
    ("name", "Systèmes d’information géographique"),
    ("organisation", "Eurométropole de Strasbourg"),
    ("jobTitle", "Acheteuse"),
    ("phone", "+33388609090"),
    ("fax", "+33388609091"),
    ("street", "1 parc de l’Étoile"),
    ("postalCode", "67000"),
    ("city", "Strasbourg"),
    ("country", "France"),
    ("reference", "21-166157"),
    ("title", "Prestations d’assistance sur le logiciel Qgis"),
    (
        "token",
        "c1~01939c0e-0000-7000-8000-000000000002~01939c0e-0000-7000-8000-0000000000aa~AAAA",
    ),
    ("code", "5.1.1"),
    ("factKey", "depot-7001"),
    (
        "calendar",
        "/v1/deadlines/d1~01939c0e-0000-7000-8000-000000000002~c-21-166157~AAAA",
    ),
    ("login", "q1w2e3r4t5y6u7i8o9p0AB"),
    ("field", "contact.email"),
    ("reason", "is required"),
];

fn example(name: &str, schema: &Value, schemas: &Value) -> Value {
    if let Some(example) = schema["examples"].get(0) {
        return example.clone();
    }
    if let Some(named) = schema["$ref"].as_str().and_then(|r| r.strip_prefix(AT)) {
        return example(name, &schemas[named], schemas);
    }
    if let Some(value) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return value.clone();
    }
    for choice in ["anyOf", "oneOf", "allOf"] {
        if let Some(first) = schema[choice].get(0) {
            return example(name, first, schemas);
        }
    }
    let kind = schema["type"]
        .as_str()
        .or_else(|| schema["type"].get(0)?.as_str())
        .unwrap_or_default();
    match kind {
        "object" => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            fields
                .map(|(name, field)| (name.clone(), example(name, field, schemas)))
                .collect::<Map<_, _>>()
                .into()
        }
        "array" => json!([example(name, &schema["items"], schemas)]),
        "integer" | "number" => schema
            .get("minimum")
            .filter(|least| **least != 0)
            .cloned()
            .unwrap_or(json!(3)),
        "boolean" => json!(true),
        "string" => match schema["format"].as_str() {
            Some("date-time") => json!("2026-11-24T08:31:07Z"),
            Some("date") => json!("2026-12-21"),
            Some("email") => json!("claire.martin@strasbourg.example.fr"),
            // A text with a pattern and no description of its own is an identifier.
            _ => SAID
                .iter()
                .find(|(said, _)| *said == name)
                .map_or(
                    if schema["pattern"].is_string() {
                        "ems-numerique"
                    } else {
                        "…"
                    },
                    |(_, value)| *value,
                )
                .into(),
        },
        _ => json!({}),
    }
}
