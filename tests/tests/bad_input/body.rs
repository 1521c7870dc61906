//! Bodies that are no JSON, of another media type, or out of all proportion.

use serde_json::{Value, json};
use vigie_tests::routes::{Scene, all, is_problem};

use crate::bad_input::{
    ENTITY, asked, places, refused, refused_field, row, send, send_event, with, with_body,
    with_fields,
};

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
        broken.extend(
            (0..valid.len())
                .step_by(11)
                .filter_map(|end| valid.get(..end))
                .map(str::to_owned),
        );
        broken.push(format!("{valid}]"));
        broken.push(format!("{valid}{valid}"));
        for broken in broken {
            let answer = send(&scene, &row, &broken).await;
            refused(
                &format!("{} {broken}", row.key()),
                &answer,
                400,
                "malformed",
            );
        }
        for broken in [
            &b"\xff"[..],
            b"{\"token\": \"\xff\"}",
            b"{\"surprise\": \"\xc3\x28\"}",
            b"\xff\xfe{\x00}\x00",
        ] {
            let answer = asked(&scene, &row, &scene.path(&row, ENTITY))
                .bytes("application/json", broken)
                .send()
                .await;
            refused(
                &format!("{} {broken:?}", row.key()),
                &answer,
                400,
                "malformed",
            );
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
        wrong.extend([
            "application/problem+json",
            "application/",
            ";",
            "multipart/form-data; boundary=application/json",
        ]);
        if row.method != "PATCH" {
            wrong.push("application/merge-patch+json");
        }
        for wrong in wrong {
            let answer = asked(&scene, &row, &path)
                .raw(wrong, &body.to_string())
                .send()
                .await;
            refused(
                &format!("{} {wrong}", row.key()),
                &answer,
                415,
                "media-type",
            );
            let answer = asked(&scene, &row, &path)
                .bytes(wrong, body.to_string().as_bytes())
                .send()
                .await;
            refused(
                &format!("{} {wrong}", row.key()),
                &answer,
                415,
                "media-type",
            );
        }
        let without = |event: &mut Value| {
            drop(
                event["headers"]
                    .as_object_mut()
                    .unwrap()
                    .remove("content-type"),
            )
        };
        refused(
            &row.key(),
            &send_event(&scene, &row, &body, without).await,
            415,
            "media-type",
        );
        let neither = |event: &mut Value| {
            without(event);
            event["body"] = Value::Null;
        };
        refused(
            &row.key(),
            &send_event(&scene, &row, &body, neither).await,
            415,
            "media-type",
        );
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn json_is_taken_however_its_media_type_is_spelt() {
    let scene = Scene::new().await;
    for (row, body) in with_body(&scene) {
        let mut right = vec![
            "application/json",
            "APPLICATION/JSON",
            "application/json; charset=utf-8",
            " application/json ;x=y",
        ];
        if row.method == "PATCH" {
            right.push("application/merge-patch+json");
        }
        for right in right {
            let body = with(&body, "", json!({"surprise": 1})).to_string();
            let answer = asked(&scene, &row, &scene.path(&row, ENTITY))
                .raw(right, &body)
                .send()
                .await;
            refused_field(&format!("{} {right}", row.key()), &answer, "surprise");
            let answer = asked(&scene, &row, &scene.path(&row, ENTITY))
                .bytes(right, body.as_bytes())
                .send()
                .await;
            refused_field(&format!("{} {right}", row.key()), &answer, "surprise");
        }
    }
}

#[tokio::test]
async fn a_body_over_its_route_s_limit_is_413() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for row in all() {
        let body = scene.body(&row, ENTITY).unwrap_or(json!({})).to_string();
        let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
        for length in [row.most + 1, row.most + 300_000] {
            let answer = send(&scene, &row, &padded(length)).await;
            refused(&row.key(), &answer, 413, "too-large");
            let answer = asked(&scene, &row, &scene.path(&row, ENTITY))
                .bytes("text/plain", padded(length).as_bytes())
                .send()
                .await;
            refused(&row.key(), &answer, 413, "too-large");
        }
    }
    assert_eq!(scene.table().await, before);
    let row = row("PUT /v1/accounts/{id}/places");
    let body = scene.body(&row, ENTITY).unwrap().to_string();
    send(
        &scene,
        &row,
        &format!("{body}{}", " ".repeat(65536 - body.len())),
    )
    .await
    .expect(200);
}

#[tokio::test]
async fn numbers_and_nesting_without_bounds_are_refused() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for (row, body) in with_fields(&scene) {
        let deep = |open: &str, close: &str, count: usize| {
            format!("{}{}", open.repeat(count), close.repeat(count))
        };
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
                assert!(
                    [400, 422].contains(&answer.status),
                    "{} {wrong:.40}: {}",
                    row.key(),
                    answer.text
                );
                is_problem(&row.key(), &answer);
            }
            for (name, old) in places(&body, "") {
                if old.is_string() {
                    let wrong = with(&body, &name, json!("<here>"))
                        .to_string()
                        .replace("\"<here>\"", &value);
                    let answer = send(&scene, &row, &wrong).await;
                    assert!(
                        [400, 422].contains(&answer.status),
                        "{} {name} {value:.40}: {}",
                        row.key(),
                        answer.text
                    );
                    is_problem(&row.key(), &answer);
                }
            }
        }
    }
    assert_eq!(scene.table().await, before);
}
