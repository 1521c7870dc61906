//! Events of the bus, as a queue hands them to a function: each message ends on its own, a bad one
//! blocks nothing.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use vigie_domain::{
    event::{
        self, Rejected,
        portal::{self, Said, Understood},
    },
    text::{FieldError, one_line, readable::readable},
};
use vigie_runtime::{log, table::StoreError, tokens::KeysUnavailable};

use crate::bus::{Bus, BusError};

/// Longest reason of a rejection, in characters: it may quote the event, which the bus takes only
/// up to a size.
const REASON: usize = 2000;

/// Longest detail of an event of ours, in bytes: the bus takes 256 KB a call, and the queue behind
/// it the event with its envelope.
const MOST: usize = 250_000;

/// Longest piece of an original that does not fit in one event, as JSON; a reason is at most four
/// bytes a character, escaped twice that.
const PART: usize = 200_000;

/// The reason for which a message was not dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It can never be: goes to the rejected queue with this reason, and is acknowledged.
    Reject(String),
    /// Not now: it comes back. Holds a code for the log.
    Retry(String),
}

impl Failure {
    /// Rejects a type that the function does not read.
    #[must_use]
    pub fn unknown() -> Self {
        Self::Reject("unknown detail-type".to_owned())
    }
}

impl From<FieldError> for Failure {
    fn from(e: FieldError) -> Self {
        Self::Reject(e.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(e: StoreError) -> Self {
        Self::Retry(e.to_string())
    }
}

impl From<KeysUnavailable> for Failure {
    fn from(e: KeysUnavailable) -> Self {
        Self::Retry(e.to_string())
    }
}

impl From<BusError> for Failure {
    fn from(e: BusError) -> Self {
        Self::Retry(e.to_string())
    }
}

/// An event of the bus in a queue.
#[derive(Clone, Debug)]
pub struct Message {
    /// The number of times that it was received, this one included.
    pub receives: u32,
    /// True if it comes from the archive: it was told once already.
    pub replayed: bool,
    /// Its source.
    pub source: String,
    /// Its detail-type.
    pub detail_type: String,
    /// Its detail.
    pub detail: Value,
}

impl Message {
    /// Reads an event of the portal, and says which fields had to be repaired, without their text.
    ///
    /// # Errors
    /// The field that is missing or wrong; or it has a type that no portal sends.
    pub fn understood(&self) -> Result<Said, Failure> {
        let read = portal::read(&self.detail_type, &self.detail).ok_or_else(Failure::unknown)?;
        let Understood { said, repaired, .. } = read?;
        if !repaired.is_empty() {
            log::count("RepairedText", repaired.len());
            log::info(
                "event repaired",
                json!({"detailType": self.detail_type, "fields": repaired}),
            );
        }
        Ok(said)
    }

    /// Reads the detail of an event of ours.
    ///
    /// # Errors
    /// It is not what its type has: never to be dealt with.
    pub fn detail_of<'d, T: Deserialize<'d>>(&'d self) -> Result<T, Failure> {
        T::deserialize(&self.detail).map_err(|e| Failure::Reject(e.to_string()))
    }
}

#[derive(Deserialize)]
struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    message_id: String,
    body: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    #[serde(default)]
    approximate_receive_count: Option<String>,
    #[serde(default)]
    sent_timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Envelope {
    source: String,
    detail_type: String,
    detail: Value,
    /// Set by the bus alone, on what is replayed from an archive.
    #[serde(default)]
    replay_name: Option<Value>,
}

/// Time at which an event came on the bus. It stays with the message from dead letters back into
/// its queue, which SQS's own time does not.
#[derive(Deserialize)]
struct Published {
    time: Timestamp,
}

/// Hands each message of an SQS event to `each` and answers with those that must come back
/// (`ReportBatchItemFailures`).
///
/// # Errors
/// The event is not SQS's: then nothing is acknowledged.
pub async fn each_message(
    event: Value,
    bus: &Bus,
    each: impl AsyncFn(&Message) -> Result<(), Failure>,
) -> Result<Value, serde_json::Error> {
    let batch: Batch = serde_json::from_value(event)?;
    let mut failures = Vec::new();
    for record in batch.records {
        let sent = record.attributes.sent_timestamp.as_deref();
        let body = readable(&record.body);
        if matches!(body, Cow::Owned(_)) {
            log::count("RepairedText", 1);
        }
        let result = match serde_json::from_str::<Envelope>(&body) {
            Err(_) => Err(Failure::Reject("not an EventBridge event".to_owned())),
            Ok(envelope) => {
                let receives = record
                    .attributes
                    .approximate_receive_count
                    .and_then(|n| n.parse().ok())
                    .unwrap_or(1);
                let Envelope {
                    source,
                    detail_type,
                    detail,
                    replay_name,
                } = envelope;
                each(&Message {
                    receives,
                    replayed: replay_name.is_some(),
                    source,
                    detail_type,
                    detail,
                })
                .await
            }
        };
        if let Err(code) = finish(result, &body, &record.message_id, bus).await {
            log::error(
                "message comes back",
                json!({"messageId": record.message_id, "reason": code}),
            );
            log::count("MessageComesBack", 1);
            log::seconds("OldestUnsentAge", age(&body, sent, Timestamp::now()));
            failures.push(json!({"itemIdentifier": record.message_id}));
        }
    }
    Ok(json!({"batchItemFailures": failures}))
}

/// Returns the age in seconds of a message's event on the bus, or else of the message in its queue.
/// SQS's own metric leaves out messages that were received three times, and those matter here.
fn age(body: &str, sent: Option<&str>, now: Timestamp) -> u64 {
    let published = serde_json::from_str(body)
        .ok()
        .map(|event: Published| event.time);
    let sent = sent.and_then(|sent| Timestamp::from_millisecond(sent.parse().ok()?).ok());
    let oldest = published.into_iter().chain(sent).min();
    oldest
        .and_then(|oldest| u64::try_from(now.duration_since(oldest).as_secs()).ok())
        .unwrap_or_default()
}

/// Rejects the message if it must be rejected; returns the code if it must come back.
async fn finish(
    result: Result<(), Failure>,
    body: &str,
    id: &str,
    bus: &Bus,
) -> Result<(), String> {
    let reason = match result {
        Ok(()) => return Ok(()),
        Err(Failure::Retry(code)) => return Err(code),
        Err(Failure::Reject(reason)) => reason,
    };
    // The reason may quote the event, so it goes only where the event goes: into the encrypted
    // queue.
    log::error("message rejected", json!({"messageId": id}));
    for detail in rejected(&one_line(&reason, REASON), body, id) {
        // One a call: the limit is the call's.
        bus.publish(&[event::Event::from(detail).into()])
            .await
            .map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// The details of the events that say why a message was refused, and keep it: one, or where the bus
/// does not take it as one, its text in parts.
fn rejected(reason: &str, body: &str, id: &str) -> Vec<Rejected> {
    let original = serde_json::from_str(body).unwrap_or_else(|_| Value::from(body));
    let whole = Rejected::Whole {
        reason: reason.to_owned(),
        original,
    };
    if json!(whole).to_string().len() <= MOST {
        return vec![whole];
    }
    let parts = parts(body, PART);
    let part = |(i, text): (usize, &&str)| Rejected::Part {
        reason: reason.to_owned(),
        message_id: id.to_owned(),
        part: i + 1,
        parts: parts.len(),
        text: (*text).to_owned(),
    };
    parts.iter().enumerate().map(part).collect()
}

/// Cuts a text in pieces that are at most so long as JSON.
fn parts(text: &str, most: usize) -> Vec<&str> {
    let (mut parts, mut start, mut length) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        let more = match c {
            '"' | '\\' => 2,
            c if c.is_control() => 6,
            c => c.len_utf8(),
        };
        if length + more > most {
            parts.push(&text[start..at]);
            (start, length) = (at, 0);
        }
        length += more;
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: &str = "2026-11-24T09:00:00Z";

    fn after(body: &str, sent: Option<&str>, seconds: i64) -> u64 {
        let now = DAY
            .parse::<Timestamp>()
            .map(|day| day + jiff::SignedDuration::from_secs(seconds));
        age(body, sent, now.unwrap_or_default())
    }

    #[test]
    fn a_message_is_as_old_as_its_event() {
        let body = format!(r#"{{"time": "{DAY}", "detail": {{}}}}"#);
        assert_eq!(after(&body, None, 1800), 1800);
        // Put back from the dead letters, it is new to the queue and as old as before.
        assert_eq!(after(&body, Some("1795512600000"), 5000), 5000);
    }

    #[test]
    fn what_is_refused_is_kept_whole_whatever_its_size() {
        for body in [
            format!("{{\"a\": \"{}\"}}", "é\"\\\u{7}".repeat(100_000)),
            "x".repeat(MOST),
            "1e15,".repeat(40_000),
            "{}".to_owned(),
        ] {
            let all: Vec<_> = rejected(&"\u{1f916}".repeat(REASON), &body, "message")
                .iter()
                .map(|rejected| json!(rejected))
                .collect();
            assert!(
                all.iter().all(|detail| detail.to_string().len() <= MOST),
                "{}",
                body.len()
            );
            let text: String = all
                .iter()
                .filter_map(|detail| detail["text"].as_str())
                .collect();
            let whole = serde_json::from_str(&body).unwrap_or_else(|_| Value::from(body.as_str()));
            assert!(
                text == body || all[0]["original"] == whole,
                "{}",
                body.len()
            );
        }
    }

    #[test]
    fn without_a_time_of_its_own_it_is_as_old_as_the_queue_says() {
        for body in ["{}", "not JSON", r#"{"time": "yesterday"}"#] {
            assert_eq!(after(body, Some("1795510800000"), 60), 60, "{body}");
            assert_eq!(after(body, None, 60), 0, "{body}");
            assert_eq!(after(body, Some("soon"), 60), 0, "{body}");
        }
    }

    #[test]
    fn what_comes_from_a_clock_that_is_ahead_is_new() {
        assert_eq!(after(&format!(r#"{{"time": "{DAY}"}}"#), None, -5), 0);
    }
}
