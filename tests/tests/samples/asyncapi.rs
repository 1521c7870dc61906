//! The description of the events says of each sample what its name says.

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::samples::{QUEUES, events, files, filled};

/// The description that the portal serves.
struct Described(Value);

impl Described {
    fn served() -> Self {
        Self(serde_json::from_slice(vigie_portal::EVENTS).expect("JSON"))
    }

    /// Names the channel of events of a source.
    fn channel(source: &str) -> &str {
        match source {
            "procurement" => "procurement",
            "vigie" => "vigie",
            other => panic!("no channel of {other}"),
        }
    }

    /// Follows a reference, as far as there is one.
    fn follow<'v>(&'v self, value: &'v Value) -> &'v Value {
        match value["$ref"].as_str() {
            Some(to) => self.follow(self.0.pointer(&to[1..]).expect("a place")),
            None => value,
        }
    }

    /// Reads what a message of a channel may hold; none where the channel has no such message.
    fn payload(&self, channel: &str, message: &str) -> Option<Validator> {
        let message = self.0["channels"][channel]["messages"].get(message)?;
        let mut schema = self.follow(message)["payload"].clone();
        schema["components"] = self.0["components"].clone();
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&schema);
        Some(validator.expect("a schema"))
    }

    /// Fails unless it says of an event whether it is right, whichever way it comes.
    fn compare(&self, what: &str, event: &Value, right: bool) {
        let (source, detail_type) = (event["source"].as_str(), event["detail-type"].as_str());
        let (source, detail_type) = (source.expect("a source"), detail_type.expect("a type"));
        let valid = |channel: &str, message: &str, payload: &Value| {
            self.payload(channel, message)
                .is_some_and(|schema| schema.is_valid(payload))
        };
        let channel = Self::channel(source);
        assert_eq!(valid(channel, detail_type, event), right, "{what}");
        if channel == "procurement" {
            let detail = &event["detail"];
            let batch = json!({"events": [{"type": detail_type, "detail": detail}]});
            assert_eq!(valid("door", "Events", &batch), right, "{what}");
            let event = json!({
                "specversion": "1.0", "id": "1", "source": "/portal", "type": detail_type, "data": detail,
            });
            assert_eq!(
                valid("door", "CloudEvents", &json!([event])),
                right,
                "{what}"
            );
        }
    }
}

#[test]
fn the_description_of_the_events_takes_every_sample_and_refuses_what_is_bad() {
    let described = Described::served();
    for (name, sample) in files("bus") {
        let events = sample.as_array().cloned().unwrap_or_else(|| vec![sample]);
        let events = events.iter().map(filled);
        for event in events.filter(|event| event["source"] != "local.ses") {
            described.compare(&name, &event, true);
        }
    }
    // SES's own events are AWS's to describe.
    for queue in QUEUES.into_iter().filter(|queue| *queue != "feedback") {
        for (name, sample) in files(queue) {
            let what = format!("{queue}/{name}");
            for event in events(&sample).into_iter().flatten() {
                described.compare(&what, &event, !name.starts_with("bad-"));
            }
        }
    }
}

#[test]
fn a_channel_of_the_bus_has_every_event_of_its_source_and_the_door_those_that_come_in() {
    let described = Described::served();
    let of = |channel: &str| {
        let messages = described.0["channels"][channel]["messages"].as_object();
        messages
            .expect("messages")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let (sent, told) = (of("procurement"), of("vigie"));
    let all = files("schemas");
    assert_eq!(sent.len() + told.len(), all.len());
    assert!(sent.iter().eq(&super::events_in()), "{sent:?}");
    let mut both: Vec<_> = sent.iter().chain(&told).collect();
    both.sort();
    assert!(both.into_iter().eq(all.keys()));
    assert_eq!(of("door"), ["Events", "CloudEvents", "Outcomes"]);
}
