//! The events, with JSON Schemas of their details.

use std::{fs, io};

use serde_json::Value;

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
    pub name: String,
    /// The side that publishes it.
    pub direction: Direction,
    /// The schema of its detail.
    pub schema: Value,
}

impl Event {
    /// Returns the path of its schema.
    pub fn path(&self) -> String {
        format!("events/schemas/{}.json", self.name)
    }

    /// Returns what it tells, in a sentence.
    pub fn tells(&self) -> &str {
        let described = self.schema["description"].as_str().unwrap_or_default();
        described.split(" Describes").next().unwrap_or_default()
    }
}

/// Returns all of them, by name.
///
/// # Errors
/// A schema that is written by hand cannot be read.
pub fn all() -> io::Result<Vec<Event>> {
    let mut events = told();
    for entry in fs::read_dir(crate::root().join("events/schemas"))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if events.iter().all(|event| event.name != name) {
            events.push(Event {
                name: name.into_owned(),
                direction: Direction::In,
                schema: serde_json::from_str(&fs::read_to_string(&path)?)?,
            });
        }
    }
    events.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(events)
}

/// The events that Vigie publishes, made from their types.
fn told() -> Vec<Event> {
    let described = vigie_domain::event::schemas().into_iter();
    described
        .map(|(name, tells, mut schema)| {
            schema.insert("$id".to_owned(), format!("urn:vigie:event:{name}").into());
            schema.insert("title".to_owned(), name.into());
            let of = format!(
                "Describes the `detail` of the EventBridge event `{name}`, not its envelope."
            );
            schema.insert("description".to_owned(), format!("{tells} {of}").into());
            let mut schema = schema.to_value();
            if let Some(Value::Array(required)) = schema.get_mut("required") {
                required.insert(0, "eventId".into());
            }
            tidy(&mut schema);
            Event {
                name: name.to_owned(),
                direction: Direction::Out,
                schema,
            }
        })
        .collect()
}

/// Closes objects, puts each sentence on one line, and takes out what is left out rather than null.
fn tidy(schema: &mut Value) {
    let Value::Object(members) = schema else {
        return;
    };
    if members.contains_key("properties") {
        members.insert("additionalProperties".to_owned(), false.into());
    }
    if let Some(Value::Array(types)) = members.get_mut("type") {
        let only = types[0].clone();
        members.insert("type".to_owned(), only);
    }
    members.remove("default");
    for (name, member) in members {
        match member {
            Value::String(text) if name == "description" => *text = text.replace('\n', " "),
            Value::Array(forms) => forms.iter_mut().for_each(tidy),
            Value::Object(fields) if name == "properties" => {
                fields.values_mut().for_each(tidy);
            }
            _ => tidy(member),
        }
    }
}
