//! Envelopes: our own, `CloudEvents`, and whatever else comes; and how large they may be.

use serde_json::{Value, json};
use vigie_tests::{Answer, Login, World, scenario::tender};

use crate::intake::{event, on_the_bus, portal, refusal, sent};

const BATCH: &str = "application/cloudevents-batch+json";

async fn raw(world: &World, by: &Login, media_type: &str, body: &str) -> Answer {
    let asked = world.request("POST", "/v1/events").raw(media_type, body);
    asked.by(by).send().await
}

fn cloud(extra: &Value) -> Value {
    let mut event = json!({
        "specversion": "1.0", "id": "1", "source": "https://portal.example", "type": "TenderReceived",
        "data": tender("c-1", "d-1"),
    });
    let all = event.as_object_mut().unwrap();
    for (name, value) in extra.as_object().unwrap() {
        match value {
            Value::Null => drop(all.remove(name)),
            _ => drop(all.insert(name.clone(), value.clone())),
        }
    }
    event
}

/// The field by which the only event of a body is refused; none if it is taken.
async fn field(world: &World, media_type: &str, body: &Value) -> Option<String> {
    let answer = raw(world, &portal(), media_type, &body.to_string())
        .await
        .expect(200);
    let errors = answer.json["items"][0]["errors"].as_array()?;
    Some(errors[0]["field"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_batch_of_cloud_events_is_the_same_events() {
    let world = World::new().await;
    for event in [
        cloud(&json!({})),
        cloud(
            &json!({"datacontenttype": "application/json; charset=utf-8", "time": "2026-11-24T09:00:00Z", "subject": "x", "own": 7}),
        ),
    ] {
        assert_eq!(field(&world, BATCH, &json!([event])).await, None);
    }
    let bytes = json!([cloud(&json!({}))]).to_string();
    let asked = world
        .request("POST", "/v1/events")
        .bytes(BATCH, bytes.as_bytes());
    asked.by(&portal()).send().await.expect(200);
    world.settle().await;
    assert!(world.rejections().is_empty());
    assert_eq!(
        world.events("FactRecorded").len(),
        1,
        "one fact, however often it is sent"
    );
    for (extra, wanted) in [
        (json!({"specversion": "0.3"}), "specversion"),
        (json!({"specversion": null}), "specversion"),
        (json!({"id": ""}), "id"),
        (json!({"id": null}), "id"),
        (json!({"source": 7}), "source"),
        (json!({"type": null}), "type"),
        (json!({"data": null}), "data"),
        (json!({"data": null, "data_base64": "e30="}), "data"),
        (json!({"data_base64": "e30="}), "data_base64"),
        (json!({"data": []}), "data"),
        (json!({"data": {"consultationId": "c-1"}}), "depositId"),
        (json!({"datacontenttype": "text/xml"}), "datacontenttype"),
    ] {
        let refused = field(&world, BATCH, &json!([cloud(&extra)])).await;
        assert_eq!(refused.as_deref(), Some(wanted), "{extra}");
    }
}

#[tokio::test]
async fn each_event_stands_for_itself_and_a_body_that_holds_none_is_refused() {
    let world = World::new().await;
    let good = event("TenderReceived", &tender("c-1", "d-1"));
    let twice = r#"{"type": "TenderReceived", "detail": {"consultationId": "c-1", "consultationId": "c-2"}}"#;
    let body = format!(
        r#"{{"events": [{good}, 7, {{}}, {{"type": "Unknown", "detail": {{}}}}, {twice}, {good}]}}"#
    );
    let answer = raw(&world, &portal(), "application/json", &body)
        .await
        .expect(200);
    let items = answer.json["items"].as_array().unwrap();
    let fields: Vec<_> = items
        .iter()
        .map(|item| item["errors"][0]["field"].as_str())
        .collect();
    assert_eq!(
        fields,
        [
            None,
            Some(""),
            Some("type"),
            Some("type"),
            Some("consultationId"),
            None
        ]
    );
    assert_eq!(on_the_bus(&world), 2);
    for (body, field) in [
        ("{}", "events"),
        (r#"{"events": {}}"#, "events"),
        (r#"{"events": [], "events": []}"#, "events"),
        (r#"{"events": [], "more": 1}"#, "more"),
        ("[]", ""),
        ("7", ""),
    ] {
        let answer = raw(&world, &portal(), "application/json", body)
            .await
            .expect(422);
        assert_eq!(answer.fields(), [field], "{body}");
    }
    let answer = raw(&world, &portal(), BATCH, "{}").await.expect(422);
    assert_eq!(answer.fields(), [""]);
    raw(&world, &portal(), "application/json", "{")
        .await
        .expect(400);
    let marked = raw(&world, &portal(), "application/json", "\u{feff}{}")
        .await
        .expect(400);
    let detail = marked.json["detail"].as_str().unwrap();
    assert!(detail.contains("byte order mark"), "{detail}");
    for other in ["text/plain", "application/cloudevents+json", ""] {
        let answer = raw(&world, &portal(), other, "{}").await.expect(415);
        assert!(answer.json["detail"].as_str().unwrap().contains(BATCH));
    }
    for (media_type, body) in [("application/json", r#"{"events": []}"#), (BATCH, "[]")] {
        let answer = raw(&world, &portal(), media_type, body).await.expect(200);
        assert_eq!(answer.json["items"], json!([]));
    }
}

#[tokio::test]
async fn a_wrong_envelope_is_told_the_right_one() {
    let world = World::new().await;
    let right = "{\"events\": [{\"type\": …, \"detail\": {…}}]}";
    let good = event("TenderReceived", &tender("c-1", "d-1"));
    for body in [
        good.clone(),
        json!([good]),
        json!(null),
        json!({"event": [good]}),
    ] {
        let answer = raw(&world, &portal(), "application/json", &body.to_string()).await;
        let problem = answer.expect(422).json;
        let reason = problem["errors"][0]["reason"].as_str().unwrap();
        assert!(reason.contains(right), "{body} {reason}");
    }
    let envelope = "an event is {\"type\": …, \"detail\": {…}}";
    let detail = tender("c-1", "d-1");
    for (event, field, reason) in [
        (
            json!({"type": "TenderReceived", "data": detail}),
            "data",
            "is not a known field: ",
        ),
        (
            json!({"detail-type": "TenderReceived", "detail": detail}),
            "detail-type",
            "is not a known field: ",
        ),
        (
            json!({"id": "1", "type": "TenderReceived", "detail": detail}),
            "id",
            "is not a known field: ",
        ),
        (json!([detail]), "", "must be an object: "),
        (json!("TenderReceived"), "", "must be an object: "),
    ] {
        let told = refusal(&world, &portal(), event).await;
        assert_eq!(told, (field.to_owned(), format!("{reason}{envelope}")));
    }
    // As AWS's own call takes it: a text that holds JSON.
    let text = json!({"type": "TenderReceived", "detail": detail.to_string()});
    let told = refusal(&world, &portal(), text).await;
    assert_eq!(told, ("detail".to_owned(), "must be an object".to_owned()));
}

#[tokio::test]
async fn a_compressed_body_is_told_to_come_as_it_is() {
    let world = World::new().await;
    let send = |coding: &'static str| {
        let asked = world.request("POST", "/v1/events");
        let asked = asked.raw("application/json", r#"{"events": []}"#);
        asked
            .header("content-encoding", coding)
            .by(&portal())
            .send()
    };
    for coding in ["gzip", "br", "identity, gzip"] {
        let answer = send(coding).await.expect(415);
        assert!(
            answer.json["detail"]
                .as_str()
                .unwrap()
                .contains("Content-Encoding")
        );
    }
    for coding in ["identity", "Identity", ""] {
        send(coding).await.expect(200);
    }
}

#[tokio::test]
async fn what_is_right_json_and_cannot_be_read_is_read_as_behind_the_queue() {
    let world = World::new().await;
    let body = r#"{"events": [{"type": "MessageReceived", "detail": {"consultationId": "c-1", "messageId": "m-1",
        "receivedAt": "2026-11-24T09:00:00+01:00", "messageType": "\ud83d �", "more": 1e999}}]}"#;
    let answer = raw(&world, &portal(), "application/json", body)
        .await
        .expect(200);
    assert_eq!(answer.json["items"][0]["accepted"], true, "{}", answer.text);
    world.settle().await;
    assert!(world.rejections().is_empty());
}

#[tokio::test]
async fn a_call_has_a_hundred_events_of_200_kb_in_256_kib_at_most() {
    let world = World::new().await;
    let many = |count: usize| vec![event("TenderReceived", &tender("c-1", "d-1")); count];
    sent(&world, &portal(), &many(100)).await.expect(200);
    let answer = sent(&world, &portal(), &many(101)).await.expect(422);
    assert_eq!(answer.fields(), ["events"]);
    let batch = |count: usize| Value::from(vec![cloud(&json!({})); count]).to_string();
    raw(&world, &portal(), BATCH, &batch(100)).await.expect(200);
    let answer = raw(&world, &portal(), BATCH, &batch(101)).await.expect(422);
    assert_eq!(answer.fields(), [""]);
    // Judged before it is read, and after who sends it.
    let large = "x".repeat(256 * 1024 + 1);
    raw(&world, &portal(), "application/json", &large)
        .await
        .expect(413);
    raw(&world, &portal(), "text/plain", &large)
        .await
        .expect(413);
    raw(&world, &Login::new("ada"), "text/plain", &large)
        .await
        .expect(403);
    raw(&world, &portal(), "application/json", &large[1..])
        .await
        .refused(400, "malformed");
    let of = |bytes: usize| {
        let mut detail = tender("c-1", "d-1");
        detail["ignored"] = "".into();
        let own = "TenderReceived".len() + detail.to_string().len();
        detail["ignored"] = "x".repeat(bytes - own).into();
        event("TenderReceived", &detail)
    };
    let answer = sent(&world, &portal(), &[of(200_000)]).await.expect(200);
    assert_eq!(answer.json["items"][0]["accepted"], true);
    let answer = sent(&world, &portal(), &[of(200_001)]).await.expect(200);
    assert_eq!(answer.json["items"][0]["errors"][0]["field"], "detail");
    // Other routes keep their own limit.
    let asked = world
        .request("POST", "/v1/confirmations")
        .raw("application/json", &large[..64 * 1024 + 1]);
    let answer = asked.send().await.expect(413);
    assert!(answer.json["detail"].as_str().unwrap().contains("64 KiB"));
}
