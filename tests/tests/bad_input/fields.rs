//! Fields that are unknown, missing, given twice or not as they should be: 422, and which.

use serde_json::{Value, json};
use vigie_tests::routes::Scene;

use crate::bad_input::{at, places, refused, refused_field, send, with, with_fields};

#[tokio::test]
async fn a_wrong_type_is_422_with_its_field() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_fields(&scene) {
        for (name, value) in places(&body, "") {
            if value.is_null() {
                continue;
            }
            let others = [
                json!(true),
                json!(7),
                json!(-1.5),
                json!("text"),
                json!(["text"]),
                json!([]),
                json!([[]]),
                json!({"administrator": null}),
            ];
            let same =
                |other: &Value| std::mem::discriminant(other) == std::mem::discriminant(&value);
            for other in others.into_iter().filter(|other| !same(other)) {
                let wrong = with(&body, &name, other);
                refused_field(
                    &format!("{} {wrong}", row.key()),
                    &send(&scene, &row, &wrong.to_string()).await,
                    &name,
                );
            }
        }
    }
    assert_eq!(scene.table().await, before);
}

/// Serde would read a struct from its values in order.
#[tokio::test]
async fn an_array_of_an_object_s_values_is_422() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_fields(&scene) {
        for (name, value) in places(&body, "") {
            let Value::Object(fields) = value else {
                continue;
            };
            let wrong = with(&body, &name, fields.into_values().collect());
            refused_field(
                &format!("{} {wrong}", row.key()),
                &send(&scene, &row, &wrong.to_string()).await,
                &name,
            );
        }
        let wrong = json!([body]);
        refused_field(
            &format!("{} {wrong}", row.key()),
            &send(&scene, &row, &wrong.to_string()).await,
            "",
        );
        // No absence is one that can be put, and so are no defaults.
        if !["/v1/accounts/{id}/absence", "/v1/entities/{id}/defaults"].contains(&row.path) {
            refused_field(
                &format!("{} null", row.key()),
                &send(&scene, &row, "null").await,
                "",
            );
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn an_unknown_field_is_422_with_its_name() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_fields(&scene) {
        for (name, value) in places(&body, "") {
            let Value::Object(fields) = value else {
                continue;
            };
            for (surprise, what) in [
                ("surprise", json!(1)),
                ("Token", Value::Null),
                ("version", json!({"a": []})),
            ] {
                let mut fields = fields.clone();
                fields.insert(surprise.to_owned(), what);
                let wrong = with(&body, &name, Value::Object(fields));
                let field = if name.is_empty() {
                    surprise.to_owned()
                } else {
                    format!("{name}.{surprise}")
                };
                refused_field(
                    &format!("{} {wrong}", row.key()),
                    &send(&scene, &row, &wrong.to_string()).await,
                    &field,
                );
            }
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn a_hostile_field_name_comes_back_short_and_harmless() {
    let scene = Scene::new().await;
    for (row, body) in with_fields(&scene) {
        for (name, value) in places(&body, "") {
            let Value::Object(mut fields) = value else {
                continue;
            };
            fields.insert(format!("\u{202e}\r\n{}", "x".repeat(50_000)), json!(1));
            let answer = send(
                &scene,
                &row,
                &with(&body, &name, Value::Object(fields)).to_string(),
            )
            .await;
            refused(&row.key(), &answer, 422, "invalid");
            assert!(
                answer.text.len() < 2000,
                "{}: {}",
                row.key(),
                answer.text.len()
            );
            assert!(
                !answer.text.contains(['\u{202e}', '\r', '\n']) && !answer.text.contains("\\r"),
                "{}: {}",
                row.key(),
                answer.text
            );
        }
    }
}

/// Fields that may be left out or null.
fn is_optional(name: &str) -> bool {
    let field = name.rsplit('.').next().unwrap_or_default();
    let contact = [
        "civility",
        "jobTitle",
        "phone",
        "fax",
        "address",
        "street",
        "postalCode",
        "city",
        "country",
    ];
    name.is_empty()
        || name.ends_with(']')
        || contact.contains(&field)
        || field == "delegateAccountId"
}

#[tokio::test]
async fn null_for_what_is_needed_is_422_with_its_field() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_fields(&scene) {
        for (name, value) in places(&body, "") {
            if value.is_null() || is_optional(&name) {
                continue;
            }
            let wrong = with(&body, &name, Value::Null);
            refused_field(
                &format!("{} {wrong}", row.key()),
                &send(&scene, &row, &wrong.to_string()).await,
                &name,
            );
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn what_is_needed_and_missing_is_422_with_its_field() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_fields(&scene) {
        for (name, _) in places(&body, "") {
            let (parent, key) = name.rsplit_once('.').unwrap_or(("", &name));
            // Fields missing from a patch stay; an agent is an agent, and opening a delegation's
            // link agrees, unless the body says otherwise.
            if is_optional(&name)
                || row.method == "PATCH"
                || ["role", "agree"].contains(&name.as_str())
            {
                continue;
            }
            let mut wrong = body.clone();
            at(&mut wrong, parent).as_object_mut().unwrap().remove(key);
            let field = if parent == "kinds" { parent } else { &name };
            refused_field(
                &format!("{} {wrong}", row.key()),
                &send(&scene, &row, &wrong.to_string()).await,
                field,
            );
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn text_that_is_too_long_or_not_one_plain_line_is_422_with_its_field() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_fields(&scene) {
        for (name, value) in places(&body, "") {
            let Value::String(text) = value else { continue };
            // Characters that reorder or break a line are passed over in a pasted phone number:
            // only digits are kept.
            let is_phone = name.ends_with("phone") || name.ends_with("fax");
            let mut bad = vec![
                "x".repeat(5000),
                "é".repeat(20_000),
                "\u{1f600}".repeat(300),
                "\u{200b}\u{2060}".to_owned(),
                String::new(),
                " ".to_owned(),
            ];
            if !is_phone {
                let (first, rest) = text.split_at(1);
                let hostile = [
                    "\0",
                    "\u{7}",
                    "\n",
                    "\r\n",
                    "\t",
                    "\u{1b}[31m",
                    "\u{7f}",
                    "\u{85}",
                    "\u{2028}",
                    "\u{202e}",
                    "\u{2066}",
                    "\u{2069}",
                ];
                bad.extend(hostile.map(|hostile| format!("{first}{hostile}{rest}")));
            }
            for bad in bad {
                let what = format!(
                    "{} {name}: {:.60}",
                    row.key(),
                    bad.escape_debug().to_string()
                );
                let answer = send(&scene, &row, &with(&body, &name, json!(bad)).to_string()).await;
                if name == "token" {
                    refused(&what, &answer, 404, "not-found");
                } else {
                    refused_field(&what, &answer, &name);
                }
            }
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn a_name_given_twice_is_422_with_its_field() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_fields(&scene) {
        for (name, value) in places(&body, "") {
            let Some((key, inner)) = value.as_object().and_then(|fields| fields.iter().next())
            else {
                continue;
            };
            let object = value.to_string();
            let twice = format!("{{\"{key}\":{inner},{}", &object[1..]);
            let wrong = body.to_string().replacen(&object, &twice, 1);
            let field = if name.is_empty() {
                key.clone()
            } else {
                format!("{name}.{key}")
            };
            refused_field(
                &format!("{} {wrong}", row.key()),
                &send(&scene, &row, &wrong).await,
                &field,
            );
        }
    }
    assert_eq!(scene.table().await, before);
}
