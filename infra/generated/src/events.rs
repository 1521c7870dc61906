//! The events, with JSON Schemas of their details.

use serde_json::{Value, json};
use vigie_domain::event;

/// The side that publishes an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The portal.
    In,
    /// Vigie.
    Out,
}

impl Direction {
    /// Returns the source that events have on the bus.
    pub fn source(self) -> &'static str {
        match self {
            Self::In => "procurement",
            Self::Out => "vigie",
        }
    }
}

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its detail-type.
    pub name: &'static str,
    /// The side that publishes it.
    pub direction: Direction,
    /// The sentence that it tells.
    pub tells: String,
    /// The schema of its detail.
    pub schema: Value,
}

impl Event {
    fn new(name: &'static str, direction: Direction, tells: String, mut schema: Value) -> Self {
        tidy(&mut schema, direction);
        let described = format!(
            "{tells} Describes the `detail` of the EventBridge event `{name}`, not its envelope."
        );
        let mut titled = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:vigie:event:{name}"),
            "title": name,
            "description": described,
        });
        if let (Value::Object(titled), Value::Object(schema)) = (&mut titled, schema) {
            for (name, member) in schema {
                titled.entry(name).or_insert(member);
            }
        }
        Self {
            name,
            direction,
            tells,
            schema: titled,
        }
    }
}

/// Returns all of them, by name.
pub fn all() -> Vec<Event> {
    let sent = event::sent::schemas().into_iter();
    let sent =
        sent.map(|(name, tells, schema)| Event::new(name, Direction::In, tells.to_owned(), schema));
    let told = event::schemas().into_iter().map(|(name, tells, schema)| {
        let mut schema = schema.to_value();
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.insert(0, "eventId".into());
        }
        Event::new(name, Direction::Out, tells, schema)
    });
    let mut all: Vec<_> = sent.chain(told).collect();
    all.sort_by_key(|event| event.name);
    all
}

/// Puts each sentence on one line, and says what objects hold beyond what is described: of the
/// portal anything; of Vigie nothing, and what has no value is left out rather than null.
fn tidy(schema: &mut Value, direction: Direction) {
    let Value::Object(members) = schema else {
        return;
    };
    if members.contains_key("properties") {
        let open = direction == Direction::In;
        members.insert("additionalProperties".to_owned(), open.into());
    }
    if let Some(Value::Array(types)) = members.get_mut("type")
        && direction == Direction::Out
    {
        let only = types[0].clone();
        members.insert("type".to_owned(), only);
    }
    members.remove("default");
    for (name, member) in members {
        match member {
            Value::String(text) if name == "description" => *text = text.replace('\n', " "),
            Value::Array(forms) => forms.iter_mut().for_each(|form| tidy(form, direction)),
            Value::Object(fields) if name == "properties" => {
                fields.values_mut().for_each(|field| tidy(field, direction));
            }
            _ => tidy(member, direction),
        }
    }
}
