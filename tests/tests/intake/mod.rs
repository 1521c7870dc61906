//! The events' door for portals that do not speak to AWS.

mod bearers;
mod bus;
mod envelopes;
mod held;
mod refusals;

use serde_json::{Value, json};
use vigie_tests::{Answer, Login, World, http::Asked};

/// A program that is held to no organisation.
fn portal() -> Login {
    Login::machine("portal")
}

fn event(detail_type: &str, detail: &Value) -> Value {
    json!({"type": detail_type, "detail": detail})
}

fn asked<'w>(world: &'w World, events: &[Value]) -> Asked<'w> {
    let body = json!({"events": events});
    world.request("POST", "/v1/events").json(&body)
}

async fn sent(world: &World, by: &Login, events: &[Value]) -> Answer {
    asked(world, events).by(by).send().await
}

/// Sends events, of which each is taken, and does all that follows from them.
async fn taken(world: &World, by: &Login, events: &[Value]) {
    let answer = sent(world, by, events).await.expect(200);
    let accepted = answer.json["items"].as_array().unwrap().iter();
    assert!(
        accepted.clone().all(|item| item["accepted"] == true),
        "{}",
        answer.text
    );
    assert_eq!(accepted.count(), events.len());
    world.settle().await;
}

/// The field and the reason by which one event is refused.
async fn refusal(world: &World, by: &Login, event: Value) -> (String, String) {
    let answer = sent(world, by, &[event]).await.expect(200);
    let item = &answer.json["items"][0];
    assert_eq!(item["accepted"], false, "{}", answer.text);
    let text = |name: &str| item["errors"][0][name].as_str().unwrap().to_owned();
    (text("field"), text("reason"))
}

/// Number of events that wait on the bus.
fn on_the_bus(world: &World) -> usize {
    world.aws.with(|traffic| traffic.events.len())
}
