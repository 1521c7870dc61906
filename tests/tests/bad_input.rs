//! Whatever is sent, the answer is one of the contract's errors: never a 5xx, never a change.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Map, Value, json};
use vigie_tests::{
    Answer,
    routes::{Row, Scene, all, is_problem},
};

const ENTITY: &str = "EMS-DSI";

fn row(key: &str) -> Row {
    all().into_iter().find(|row| row.key() == key).unwrap_or_else(|| panic!("no route {key}"))
}

/// Rows that take a body, and a body that they take.
fn with_body(scene: &Scene) -> Vec<(Row, Value)> {
    all().into_iter().filter_map(|row| Some((row, scene.body(&row, ENTITY)?))).collect()
}

/// The rightful caller's request with another body, or another path.
fn asked<'s>(scene: &'s Scene, row: &Row, path: &str) -> vigie_tests::http::Asked<'s> {
    let asked = scene.world.request(row.method, path).header("if-match", "*");
    match scene.rightful(row) {
        Some(login) => asked.by(&login),
        None => asked,
    }
}

async fn send(scene: &Scene, row: &Row, body: &str) -> Answer {
    asked(scene, row, &scene.path(row, ENTITY)).raw("application/json", body).send().await
}

/// An event changed by hand.
async fn send_event(scene: &Scene, row: &Row, body: &Value, change: impl FnOnce(&mut Value)) -> Answer {
    let path = scene.path(row, ENTITY);
    let mut event: Value = asked(scene, row, &path).json(body).event().parse().unwrap();
    change(&mut event);
    scene.world.answer(row.method, &path, event.to_string()).await
}

/// Every place in a value, with the name that errors give it.
fn places(value: &Value, name: &str) -> Vec<(String, Value)> {
    let mut found = vec![(name.to_owned(), value.clone())];
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                found.extend(places(inner, &if name.is_empty() { key.clone() } else { format!("{name}.{key}") }));
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
    let pointer: String =
        name.replace('[', ".").replace(']', "").split('.').filter(|part| !part.is_empty()).map(|part| format!("/{part}")).collect();
    value.pointer_mut(&pointer).unwrap_or_else(|| panic!("no {name}"))
}

fn with(body: &Value, name: &str, value: Value) -> Value {
    let mut body = body.clone();
    *at(&mut body, name) = value;
    body
}

#[track_caller]
fn refused(what: &str, answer: &Answer, status: u16, name: &str) {
    assert_eq!((answer.status, answer.problem()), (status, name), "{what}: {}", answer.text);
    is_problem(what, answer);
}

#[track_caller]
fn refused_field(what: &str, answer: &Answer, field: &str) {
    refused(what, answer, 422, "invalid");
    assert!(answer.fields().contains(&field), "{what}: not {field} but {:?}: {}", answer.fields(), answer.text);
}

#[track_caller]
fn no_failure(what: &str, answer: &Answer) {
    assert!(answer.status < 500, "{what}: {}", answer.text);
    if answer.status >= 400 {
        is_problem(what, answer);
    }
}

#[tokio::test]
async fn what_is_not_json_is_400() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_body(&scene) {
        let valid = body.to_string();
        let mut broken: Vec<String> = [
            "",
            " ",
            "{",
            "{\"",
            "}",
            "nope",
            "NaN",
            "'text'",
            "{'token': 'x'}",
            "{\"token\"}",
            "{\"token\":}",
            "{\"token\": \"x\",}",
            "{\"surprise\": tru",
            "{\"surprise\":",
            "[1,",
            "{} {}",
            "{}x",
            "\u{feff}{}",
            "{\"token\": \"a\nb\"}",
            "{\"token\": \"\\x\"}",
            "// {}",
            "{\"token\": 01}",
            "\0",
        ]
        .map(str::to_owned)
        .to_vec();
        broken.extend((0..valid.len()).step_by(11).filter_map(|end| valid.get(..end)).map(str::to_owned));
        broken.push(format!("{valid}]"));
        broken.push(format!("{valid}{valid}"));
        for broken in broken {
            let answer = send(&scene, &row, &broken).await;
            refused(&format!("{} {broken}", row.key()), &answer, 400, "malformed");
        }
        for broken in [&b"\xff"[..], b"{\"token\": \"\xff\"}", b"{\"surprise\": \"\xc3\x28\"}", b"\xff\xfe{\x00}\x00"] {
            let answer = asked(&scene, &row, &scene.path(&row, ENTITY)).bytes("application/json", broken).send().await;
            refused(&format!("{} {broken:?}", row.key()), &answer, 400, "malformed");
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn a_media_type_that_is_not_json_is_415() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_body(&scene) {
        let path = scene.path(&row, ENTITY);
        let mut wrong = vec![
            "",
            "text/plain",
            "text/json",
            "application/xml",
            "application/x-www-form-urlencoded",
            "*/*",
            "application/json2",
            "json",
            "é",
        ];
        wrong.extend(["application/problem+json", "application/", ";", "multipart/form-data; boundary=application/json"]);
        if row.method != "PATCH" {
            wrong.push("application/merge-patch+json");
        }
        for wrong in wrong {
            let answer = asked(&scene, &row, &path).raw(wrong, &body.to_string()).send().await;
            refused(&format!("{} {wrong}", row.key()), &answer, 415, "media-type");
            let answer = asked(&scene, &row, &path).bytes(wrong, body.to_string().as_bytes()).send().await;
            refused(&format!("{} {wrong}", row.key()), &answer, 415, "media-type");
        }
        let without = |event: &mut Value| drop(event["headers"].as_object_mut().unwrap().remove("content-type"));
        refused(&row.key(), &send_event(&scene, &row, &body, without).await, 415, "media-type");
        let neither = |event: &mut Value| {
            without(event);
            event["body"] = Value::Null;
        };
        refused(&row.key(), &send_event(&scene, &row, &body, neither).await, 415, "media-type");
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn json_is_taken_however_its_media_type_is_spelt() {
    let scene = Scene::new().await;
    for (row, body) in with_body(&scene) {
        let mut right = vec!["application/json", "APPLICATION/JSON", "application/json; charset=utf-8", " application/json ;x=y"];
        if row.method == "PATCH" {
            right.push("application/merge-patch+json");
        }
        for right in right {
            let body = with(&body, "", json!({"surprise": 1})).to_string();
            let answer = asked(&scene, &row, &scene.path(&row, ENTITY)).raw(right, &body).send().await;
            refused_field(&format!("{} {right}", row.key()), &answer, "surprise");
            let answer = asked(&scene, &row, &scene.path(&row, ENTITY)).bytes(right, body.as_bytes()).send().await;
            refused_field(&format!("{} {right}", row.key()), &answer, "surprise");
        }
    }
}

#[tokio::test]
async fn a_body_over_64_kib_is_413_on_every_route() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for row in all() {
        let body = scene.body(&row, ENTITY).unwrap_or(json!({})).to_string();
        let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
        for length in [65537, 300_000] {
            let answer = send(&scene, &row, &padded(length)).await;
            refused(&row.key(), &answer, 413, "too-large");
            let answer = asked(&scene, &row, &scene.path(&row, ENTITY)).bytes("text/plain", padded(length).as_bytes()).send().await;
            refused(&row.key(), &answer, 413, "too-large");
        }
    }
    assert_eq!(scene.table().await, before);
    let row = row("PUT /v1/accounts/{id}/places");
    let body = scene.body(&row, ENTITY).unwrap().to_string();
    send(&scene, &row, &format!("{body}{}", " ".repeat(65536 - body.len()))).await.expect(200);
}

#[tokio::test]
async fn a_wrong_type_is_422_with_its_field() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_body(&scene) {
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
            let same = |other: &Value| std::mem::discriminant(other) == std::mem::discriminant(&value);
            for other in others.into_iter().filter(|other| !same(other)) {
                let wrong = with(&body, &name, other);
                refused_field(&format!("{} {wrong}", row.key()), &send(&scene, &row, &wrong.to_string()).await, &name);
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
    for (row, body) in with_body(&scene) {
        for (name, value) in places(&body, "") {
            let Value::Object(fields) = value else { continue };
            let wrong = with(&body, &name, fields.into_values().collect());
            refused_field(&format!("{} {wrong}", row.key()), &send(&scene, &row, &wrong.to_string()).await, &name);
        }
        let wrong = json!([body]);
        refused_field(&format!("{} {wrong}", row.key()), &send(&scene, &row, &wrong.to_string()).await, "");
        refused_field(&format!("{} null", row.key()), &send(&scene, &row, "null").await, "");
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn an_unknown_field_is_422_with_its_name() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_body(&scene) {
        for (name, value) in places(&body, "") {
            let Value::Object(fields) = value else { continue };
            for (surprise, what) in [("surprise", json!(1)), ("Token", Value::Null), ("version", json!({"a": []}))] {
                let mut fields = fields.clone();
                fields.insert(surprise.to_owned(), what);
                let wrong = with(&body, &name, Value::Object(fields));
                let field = if name.is_empty() { surprise.to_owned() } else { format!("{name}.{surprise}") };
                refused_field(&format!("{} {wrong}", row.key()), &send(&scene, &row, &wrong.to_string()).await, &field);
            }
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn a_hostile_field_name_comes_back_short_and_harmless() {
    let scene = Scene::new().await;
    for (row, body) in with_body(&scene) {
        for (name, value) in places(&body, "") {
            let Value::Object(mut fields) = value else { continue };
            fields.insert(format!("\u{202e}\r\n{}", "x".repeat(50_000)), json!(1));
            let answer = send(&scene, &row, &with(&body, &name, Value::Object(fields)).to_string()).await;
            refused(&row.key(), &answer, 422, "invalid");
            assert!(answer.text.len() < 2000, "{}: {}", row.key(), answer.text.len());
            assert!(!answer.text.contains(['\u{202e}', '\r', '\n']) && !answer.text.contains("\\r"), "{}: {}", row.key(), answer.text);
        }
    }
}

/// Fields that may be left out or null.
fn is_optional(name: &str) -> bool {
    let field = name.rsplit('.').next().unwrap_or_default();
    let contact = ["civility", "jobTitle", "phone", "fax", "address", "street", "postalCode", "city", "country"];
    name.is_empty() || name.ends_with(']') || contact.contains(&field)
}

#[tokio::test]
async fn null_for_what_is_needed_is_422_with_its_field() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_body(&scene) {
        for (name, value) in places(&body, "") {
            if value.is_null() || is_optional(&name) {
                continue;
            }
            let wrong = with(&body, &name, Value::Null);
            refused_field(&format!("{} {wrong}", row.key()), &send(&scene, &row, &wrong.to_string()).await, &name);
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn what_is_needed_and_missing_is_422_with_its_field() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_body(&scene) {
        for (name, _) in places(&body, "") {
            let (parent, key) = name.rsplit_once('.').unwrap_or(("", &name));
            // What a patch leaves out stays; an agent is an agent unless said otherwise.
            if is_optional(&name) || row.method == "PATCH" || name == "role" {
                continue;
            }
            let mut wrong = body.clone();
            at(&mut wrong, parent).as_object_mut().unwrap().remove(key);
            let field = if parent == "kinds" { parent } else { &name };
            refused_field(&format!("{} {wrong}", row.key()), &send(&scene, &row, &wrong.to_string()).await, field);
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn text_that_is_too_long_or_not_one_plain_line_is_422_with_its_field() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_body(&scene) {
        for (name, value) in places(&body, "") {
            let Value::String(text) = value else { continue };
            // What reorders or breaks a line is passed over in a pasted phone number: digits are all that is kept.
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
                let hostile =
                    ["\0", "\u{7}", "\n", "\r\n", "\t", "\u{1b}[31m", "\u{7f}", "\u{85}", "\u{2028}", "\u{202e}", "\u{2066}", "\u{2069}"];
                bad.extend(hostile.map(|hostile| format!("{first}{hostile}{rest}")));
            }
            for bad in bad {
                let what = format!("{} {name}: {:.60}", row.key(), bad.escape_debug().to_string());
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
    for (row, body) in with_body(&scene) {
        for (name, value) in places(&body, "") {
            let Some((key, inner)) = value.as_object().and_then(|fields| fields.iter().next()) else { continue };
            let object = value.to_string();
            let twice = format!("{{\"{key}\":{inner},{}", &object[1..]);
            let wrong = body.to_string().replacen(&object, &twice, 1);
            let field = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
            refused_field(&format!("{} {wrong}", row.key()), &send(&scene, &row, &wrong).await, &field);
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn numbers_and_nesting_without_bounds_are_refused() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_body(&scene) {
        let deep = |open: &str, close: &str, count: usize| format!("{}{}", open.repeat(count), close.repeat(count));
        let values = [
            "1e999".to_owned(),
            "-1e-999999999999".to_owned(),
            format!("1e{}", "9".repeat(400)),
            "9".repeat(5000),
            "-0.0".to_owned(),
            deep("[", "]", 30_000),
            deep("[", "]", 127),
            format!("{}1{}", "{\"a\":".repeat(9000), "}".repeat(9000)),
            "\"\\ud800\"".to_owned(),
        ];
        for value in values {
            for wrong in [value.clone(), format!("{{\"surprise\":{value}}}")] {
                let answer = send(&scene, &row, &wrong).await;
                assert!([400, 422].contains(&answer.status), "{} {wrong:.40}: {}", row.key(), answer.text);
                is_problem(&row.key(), &answer);
            }
            for (name, old) in places(&body, "") {
                if old.is_string() {
                    let wrong = with(&body, &name, json!("<here>")).to_string().replace("\"<here>\"", &value);
                    let answer = send(&scene, &row, &wrong).await;
                    assert!([400, 422].contains(&answer.status), "{} {name} {value:.40}: {}", row.key(), answer.text);
                    is_problem(&row.key(), &answer);
                }
            }
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn what_cannot_be_an_id_names_nothing() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    let (long, longer) = ("a".repeat(129), "b".repeat(9000));
    let odd = [
        "é",
        "a b",
        " ",
        "%41",
        "%2e%2e",
        "a%2Fb",
        "a%00b",
        "%",
        "%zz",
        "%ff",
        "\0",
        "a\nb",
        "\u{202e}x",
        "\u{1f600}",
        "{id}",
        "<script>",
        "\"",
        "'",
        "a'--",
        "*",
        "~",
        "a|b",
        "a\\b",
        "a;b",
        "a:b",
        "@",
        "$default",
        "#",
        "a#b",
        "[",
        "a,b",
        "a+b",
        &long,
        &longer,
    ];
    for row in all() {
        for (index, name) in row.path.split('/').enumerate().filter(|(_, name)| name.starts_with('{')) {
            for odd in odd {
                let known = scene.path(&row, ENTITY);
                let mut path: Vec<_> = known.split('/').collect();
                path[index] = odd;
                let asked = asked(&scene, &row, &path.join("/"));
                let answer = match scene.body(&row, ENTITY) {
                    Some(body) => asked.json(&body).send().await,
                    None => asked.send().await,
                };
                let what = format!("{} with {odd:.40?} for {name}", row.key());
                assert!([404, 422].contains(&answer.status), "{what}: {} {}", answer.status, answer.text);
                is_problem(&what, &answer);
            }
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn a_limit_or_cursor_that_makes_no_sense_is_422_with_its_name() {
    let scene = Scene::new().await;
    let far = format!("{}~c-1", "9".repeat(300));
    for key in ["GET /v1/accounts/{id}/favourites", "GET /v1/entities/{id}/agents"] {
        let row = row(key);
        let path = scene.path(&row, ENTITY);
        let limits = ["0", "-1", "101", "abc", "", "1.5", "99999999999999999999", "1e1", "0x1", "\u{ff11}", "1,2", "null"];
        for limit in limits {
            let answer = asked(&scene, &row, &format!("{path}?limit={limit}")).send().await;
            refused_field(&format!("{key} limit={limit}"), &answer, "limit");
        }
        let long = "a".repeat(9000);
        for cursor in
            ["", "~", "é", "a~b~c", "2026-11-24~c-1", "2026-11-24T08:00:00.000Z~", "2026-11-24T08:00:00.000Z~a/b", "#", &long, &far]
        {
            let answer = asked(&scene, &row, &format!("{path}?cursor={cursor}")).send().await;
            refused_field(&format!("{key} cursor={cursor:.40}"), &answer, "cursor");
        }
        for fine in ["limit=1", "limit=100", "other=1", "", "limit=1&other"] {
            asked(&scene, &row, &format!("{path}?{fine}")).send().await.expect(200);
        }
    }
    // Cursors that no list gave, and yet could have been.
    for path in [
        scene.bruno.path("/favourites?cursor=-009999-01-02T01:59:59Z~c"),
        scene.bruno.path("/favourites?cursor=9999-12-30T21:59:59.999Z~zzz"),
    ] {
        scene.world.get(&scene.bruno.login, &path).await.expect(200);
    }
    scene.world.get(&scene.ada.login, "/v1/entities/EMS-DSI/agents?cursor=zzz").await.expect(200);
}

#[tokio::test]
async fn odd_queries_and_headers_are_no_failure() {
    let scene = Scene::new().await;
    let long = "x".repeat(70_000);
    let queries =
        ["<", "a=\"", "a=b c", "%", "%ff=%00", "&&&", "=", "a=é", "a=\u{1f600}", "a=\\", "a=^`{|}", "#", "?", "a=\u{7f}", "a=\0", &long];
    // Names and values as RFC 9110 has them: no server lets others through.
    let headers = [
        ("host", "exa mple"),
        ("host", "127.0.0.1:99999"),
        ("host", ""),
        ("host", "é"),
        ("x-forwarded-proto", "not a scheme"),
        ("user-agent", "é\u{1f600}"),
        ("if-match", "\"é\""),
        ("if-match", "\"1"),
        ("accept", &long),
    ];
    for row in all() {
        for query in queries {
            let path = format!("{}?{query}", scene.path(&row, ENTITY));
            no_failure(&format!("{} ?{query:.20}", row.key()), &asked(&scene, &row, &path).send().await);
        }
        for (name, value) in headers {
            let asked = asked(&scene, &row, &scene.path(&row, ENTITY)).header(name, value);
            no_failure(&format!("{} {name}: {value:.20}", row.key()), &asked.send().await);
        }
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_404() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for row in all() {
        for method in ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "X"] {
            if all().iter().any(|other| other.path == row.path && other.method == method) {
                continue;
            }
            let asked = scene.world.request(method, &scene.path(&row, ENTITY)).by(&scene.ada.login).json(&json!({}));
            refused(&format!("{method} {}", row.path), &asked.send().await, 404, "not-found");
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn a_path_that_is_almost_one_is_404() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for row in all().into_iter().filter(|row| row.path != "/") {
        let path = scene.path(&row, ENTITY);
        for almost in [
            format!("{path}/"),
            format!("/{path}"),
            path.to_uppercase(),
            format!("{path}/more"),
            path.replacen('/', "//", 2),
            format!("{path}%20"),
        ] {
            let asked = asked(&scene, &row, &almost).json(&json!({}));
            refused(&format!("{} {almost}", row.method), &asked.send().await, 404, "not-found");
        }
    }
    for path in ["", "/v1", "/v1/", "/v2/me", "*", "/..", "/v1/accounts", "/v1/accounts//contact", "/v1/entities/"] {
        let answer = scene.world.request("GET", path).by(&scene.ada.login).send().await;
        refused(path, &answer, 404, "not-found");
    }
    assert_eq!(scene.table().await, before);
}

/// JSON that has much in common with what routes take.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "\\PC{0,12}",
        any::<String>(),
        prop::sample::select(vec![
            "immediate",
            "off",
            "administrator",
            "agent",
            "67",
            "2A",
            "EMS",
            "EMS-DEV",
            "LYON",
            "a@b.fr",
            "+33388609090",
            "nobody"
        ])
        .prop_map(str::to_owned),
    ];
    let key = prop_oneof![
        3 => prop::sample::select(vec![
            "token", "places", "kinds", "automaticFavourites", "name", "parentId", "contact", "role", "active", "permanentGuest", "entityId", "firstName",
            "lastName", "email", "phone", "address", "city", "own", "mine", "tenderReceived", "consultationClosed",
        ])
        .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..8).prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

#[test]
fn no_json_makes_a_route_fail() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let scene = runtime.block_on(Scene::new());
    for (row, body) in with_body(&scene) {
        let spots: Vec<_> = places(&body, "").into_iter().map(|(name, _)| name).collect();
        // Either anything at all, or a valid body with anything at one place in it.
        let bodies = (any_json(), prop::option::weighted(0.7, prop::sample::select(spots)));
        let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
        let thrown = runner.run(&bodies, |(json, spot)| {
            let sent = spot.map_or_else(|| json.clone(), |spot| with(&body, &spot, json.clone()));
            let answer = runtime.block_on(send(&scene, &row, &sent.to_string()));
            no_failure(&format!("{} {sent}", row.key()), &answer);
            Ok(())
        });
        thrown.unwrap_or_else(|e| panic!("{}: {e}", row.key()));
    }
}
