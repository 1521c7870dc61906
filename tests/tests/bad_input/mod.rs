//! Whatever is sent, the answer is one of the contract's errors: never a 5xx, never a change.

mod address;
mod body;
mod browser;
mod fields;
mod random;

use serde_json::Value;
use vigie_http::Access;
use vigie_tests::{
    Answer,
    http::Asked,
    routes::{Row, Scene, all, is_problem},
};

const ENTITY: &str = "EMS-DSI";

fn row(key: &str) -> Row {
    all()
        .into_iter()
        .find(|row| row.key() == key)
        .unwrap_or_else(|| panic!("no route {key}"))
}

/// Rows that take a body, and a body that they take.
fn with_body(scene: &Scene) -> Vec<(Row, Value)> {
    all()
        .into_iter()
        .filter_map(|row| Some((row, scene.body(&row, ENTITY)?)))
        .collect()
}

/// Those of which each field is the request's own. In a list of events each stands for itself, and
/// a wrong one has its tests in `intake`.
fn with_fields(scene: &Scene) -> Vec<(Row, Value)> {
    let mut rows = with_body(scene);
    rows.retain(|(row, _)| row.access != Access::Machine);
    rows
}

/// The rightful caller's request with another body, or another path.
fn asked<'s>(scene: &'s Scene, row: &Row, path: &str) -> Asked<'s> {
    let asked = scene
        .world
        .request(row.method, path)
        .header("if-match", "*");
    match scene.rightful(row) {
        Some(login) => asked.by(&login),
        None => asked,
    }
}

async fn send(scene: &Scene, row: &Row, body: &str) -> Answer {
    asked(scene, row, &scene.path(row, ENTITY))
        .raw("application/json", body)
        .send()
        .await
}

/// An event changed by hand.
async fn send_event(
    scene: &Scene,
    row: &Row,
    body: &Value,
    change: impl FnOnce(&mut Value),
) -> Answer {
    let path = scene.path(row, ENTITY);
    let mut event: Value = asked(scene, row, &path).json(body).event().parse().unwrap();
    change(&mut event);
    scene.world.answer(&path, event.to_string()).await
}

/// Every place in a value, with the name that errors give it.
fn places(value: &Value, name: &str) -> Vec<(String, Value)> {
    let mut found = vec![(name.to_owned(), value.clone())];
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                found.extend(places(
                    inner,
                    &if name.is_empty() {
                        key.clone()
                    } else {
                        format!("{name}.{key}")
                    },
                ));
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                found.extend(places(inner, &format!("{name}[{index}]")));
            }
        }
        _ => {}
    }
    found
}

/// The value at a place, to be changed.
fn at<'v>(value: &'v mut Value, name: &str) -> &'v mut Value {
    let pointer: String = name
        .replace('[', ".")
        .replace(']', "")
        .split('.')
        .filter(|part| !part.is_empty())
        .map(|part| format!("/{part}"))
        .collect();
    value
        .pointer_mut(&pointer)
        .unwrap_or_else(|| panic!("no {name}"))
}

fn with(body: &Value, name: &str, value: Value) -> Value {
    let mut body = body.clone();
    *at(&mut body, name) = value;
    body
}

#[track_caller]
fn refused(what: &str, answer: &Answer, status: u16, name: &str) {
    assert_eq!(
        (answer.status, answer.problem()),
        (status, name),
        "{what}: {}",
        answer.text
    );
    is_problem(what, answer);
}

#[track_caller]
fn refused_field(what: &str, answer: &Answer, field: &str) {
    refused(what, answer, 422, "invalid");
    assert!(
        answer.fields().contains(&field),
        "{what}: not {field} but {:?}: {}",
        answer.fields(),
        answer.text
    );
}

#[track_caller]
fn no_failure(what: &str, answer: &Answer) {
    assert!(answer.status < 500, "{what}: {}", answer.text);
    if answer.status >= 400 {
        is_problem(what, answer);
    }
}
