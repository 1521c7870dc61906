//! SES's events about mails, in the shape of the samples in `events/feedback`.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{World, fake_aws::Mail};

/// The event of a sample, without its queue.
#[track_caller]
pub fn sample(name: &str) -> Value {
    let path = format!(
        "{}/../events/feedback/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let message: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).expect("a sample")).expect("JSON");
    serde_json::from_str(message["Records"][0]["body"].as_str().expect("a body")).expect("an event")
}

/// Returns SES's event about a mail, made of a sample, with the time at which SES took the mail and
/// the time of the event.
#[track_caller]
pub fn said_of(mail: &Mail, name: &str, sent_at: Timestamp, at: Timestamp) -> Value {
    let mut event = sample(name);
    let detail = &mut event["detail"];
    detail["mail"]["timestamp"] = json!(sent_at);
    detail["mail"]["messageId"] = json!(mail.id);
    detail["mail"]["destination"] = json!([mail.to]);
    let tags: serde_json::Map<String, Value> = mail
        .tags
        .iter()
        .map(|(name, value)| (name.clone(), json!([value])))
        .collect();
    detail["mail"]["tags"] = Value::Object(tags);
    let parts: Vec<String> = detail
        .as_object()
        .expect("a detail")
        .keys()
        .cloned()
        .collect();
    for part in parts
        .iter()
        .filter(|part| !matches!(part.as_str(), "mail" | "eventType"))
    {
        if detail[part]["timestamp"].is_string() {
            detail[part]["timestamp"] = json!(at);
        }
    }
    event
}

impl World {
    /// SES says something of a mail now, and all that follows from it.
    pub async fn ses_says(&self, mail: &Mail, name: &str) {
        let event = said_of(mail, name, self.now(), self.now());
        self.hears(event).await;
    }

    /// An event of SES, and all that follows from it.
    pub async fn hears(&self, event: Value) {
        self.aws.with(|traffic| traffic.events.push_back(event));
        self.settle().await;
    }
}
