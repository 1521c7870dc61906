//! The description of the events, in `AsyncAPI`, made from the schemas of their details.

use serde_json::{Map, Value, json};

use crate::events::{Direction, Event};

/// Returns the document that the portal serves.
pub fn document(events: &[Event]) -> Value {
    let of = |direction| {
        events
            .iter()
            .filter(move |event| event.direction == direction)
    };
    let names = |direction| of(direction).map(|event| event.name).collect();
    let (sent, told): (Vec<_>, Vec<_>) = (names(Direction::In), names(Direction::Out));
    json!({
        "asyncapi": "3.0.0",
        "id": "urn:vigie:events",
        "info": {
            "title": "Vigie: events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Events by which a procurement portal tells Vigie what happens, and events by which Vigie tells what it did. Times are RFC 3339.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": servers(),
        "channels": channels(&sent, &told),
        "operations": operations(&sent, &told),
        "components": {
            "messages": messages(events, &sent),
            "schemas": events.iter().map(|event| (event.name.to_owned(), detail(event))).collect::<Map<_, _>>(),
            "securitySchemes": {
                "machine": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token of the client-credentials grant with the scope `vigie/events`.",
                },
            },
        },
    })
}

fn servers() -> Value {
    json!({
        "bus": {
            "host": "events.{region}.amazonaws.com",
            "protocol": "https",
            "description": "The stack's event bus on Amazon EventBridge: `PutEvents` for what comes in, rules for what goes out.",
            "variables": {"region": {"default": "eu-west-3", "description": "Region of the stack."}},
        },
        "api": {
            "host": "{api}",
            "protocol": "https",
            "description": "The API, for a portal without AWS.",
            "variables": {"api": {"description": "Where this description was found.", "examples": ["vigie.example.fr"]}},
            "security": [reference("securitySchemes", "machine")],
        },
    })
}

fn channels(sent: &[&str], told: &[&str]) -> Value {
    let of = |names: &[&str]| -> Map<_, _> {
        let named = names.iter();
        named
            .map(|name| ((*name).to_owned(), reference("messages", name)))
            .collect()
    };
    let bus = json!([{"$ref": "#/servers/bus"}]);
    json!({
        "procurement": {
            "address": "{bus}",
            "title": "The portal's events on the bus",
            "description": "Events with the source `procurement`.",
            "servers": bus,
            "parameters": {"bus": {"description": "Name of the stack's bus."}},
            "messages": of(sent),
        },
        "door": {
            "address": "/v1/events",
            "title": "The portal's events by HTTP",
            "description": "The same events, without AWS. Each stands for itself: the answer says of each by its index if it was accepted.",
            "servers": [{"$ref": "#/servers/api"}],
            "messages": of(&["Events", "CloudEvents", "Outcomes"]),
        },
        "vigie": {
            "address": "{bus}",
            "title": "Vigie's events on the bus",
            "description": "Events with the source `vigie`. Each has an `eventId` that stays the same when it is published again.",
            "servers": bus,
            "parameters": {"bus": {"description": "Name of the stack's bus."}},
            "messages": of(told),
        },
    })
}

fn operations(sent: &[&str], told: &[&str]) -> Value {
    let of = |channel: &str, names: &[&str]| -> Vec<_> {
        let named = names.iter();
        named
            .map(|name| json!({"$ref": format!("#/channels/{channel}/messages/{name}")}))
            .collect()
    };
    json!({
        "takeFromBus": {
            "action": "receive",
            "channel": {"$ref": "#/channels/procurement"},
            "title": "Takes the portal's events from the bus",
            "messages": of("procurement", sent),
        },
        "takeByHttp": {
            "action": "receive",
            "channel": {"$ref": "#/channels/door"},
            "title": "Takes the portal's events by HTTP",
            "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
            "messages": of("door", &["Events", "CloudEvents"]),
            "reply": {
                "channel": {"$ref": "#/channels/door"},
                "messages": of("door", &["Outcomes"]),
            },
        },
        "tell": {
            "action": "send",
            "channel": {"$ref": "#/channels/vigie"},
            "title": "Tells what Vigie did",
            "messages": of("vigie", told),
        },
    })
}

fn messages(events: &[Event], sent: &[&str]) -> Map<String, Value> {
    let mut messages: Map<_, _> = events
        .iter()
        .map(|event| (event.name.to_owned(), on_the_bus(event)))
        .collect();
    messages.insert("Events".to_owned(), batch(sent));
    messages.insert("CloudEvents".to_owned(), cloud_events(sent));
    messages.insert("Outcomes".to_owned(), outcomes());
    messages
}

/// An event as the bus hands it on; `PutEvents` has the same parts in an entry.
fn on_the_bus(event: &Event) -> Value {
    let name = event.name;
    json!({
        "name": name,
        "title": name,
        "summary": event.tells,
        "payload": {
            "type": "object",
            "required": ["source", "detail-type", "detail"],
            "properties": {
                "source": {"type": "string", "const": event.direction.source()},
                "detail-type": {"type": "string", "const": name},
                "detail": reference("schemas", name),
            },
        },
    })
}

/// Most events of one request.
const EVENTS: usize = 100;

fn batch(sent: &[&str]) -> Value {
    let forms: Vec<_> = sent
        .iter()
        .map(|name| {
            json!({
                "type": "object",
                "required": ["type", "detail"],
                "properties": {"type": {"type": "string", "const": name}, "detail": reference("schemas", name)},
                "additionalProperties": false,
            })
        })
        .collect();
    json!({
        "name": "Events",
        "title": "Events of the portal",
        "summary": "At most 100 events, 200 KB each and 256 KiB in all.",
        "contentType": "application/json",
        "payload": {
            "type": "object",
            "required": ["events"],
            "properties": {
                "events": {"type": "array", "maxItems": EVENTS, "items": {"oneOf": forms}},
            },
            "additionalProperties": false,
        },
    })
}

fn cloud_events(sent: &[&str]) -> Value {
    let forms: Vec<_> = sent
        .iter()
        .map(|name| {
            json!({
                "type": "object",
                "required": ["specversion", "id", "source", "type", "data"],
                "properties": {
                    "specversion": {"type": "string", "const": "1.0"},
                    "id": {"type": "string", "minLength": 1, "description": "May differ between re-sends of one fact."},
                    "source": {"type": "string", "format": "uri-reference", "minLength": 1},
                    "type": {"type": "string", "const": name, "description": "The detail-type."},
                    "datacontenttype": {"type": "string", "pattern": "^[^;]*[/+][Jj][Ss][Oo][Nn] *(;.*)?$"},
                    "time": {"type": "string", "format": "date-time"},
                    "data": reference("schemas", name),
                },
            })
        })
        .collect();
    json!({
        "name": "CloudEvents",
        "title": "Events of the portal as CloudEvents",
        "summary": "CloudEvents 1.0 in the batched mode of their HTTP binding; limits are those of `Events`.",
        "contentType": "application/cloudevents-batch+json",
        "payload": {"type": "array", "maxItems": EVENTS, "items": {"oneOf": forms}},
    })
}

fn outcomes() -> Value {
    let index = json!({"type": "integer", "minimum": 0, "description": "Place of the event in the request, from 0."});
    let fault = json!({
        "type": "object",
        "required": ["field", "reason"],
        "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
    });
    json!({
        "name": "Outcomes",
        "title": "What became of each event",
        "summary": "The answer: an event that was accepted can be read and is on the bus.",
        "contentType": "application/json",
        "payload": {
            "type": "object",
            "required": ["items"],
            "properties": {
                "refusedLater": {"type": "string", "description": "Where refusals are seen that depend on what is stored."},
                "items": {
                    "type": "array",
                    "maxItems": EVENTS,
                    "items": {"oneOf": [
                        {
                            "type": "object",
                            "required": ["index", "accepted"],
                            "properties": {"index": index, "accepted": {"type": "boolean", "const": true}},
                        },
                        {
                            "type": "object",
                            "required": ["index", "accepted", "errors"],
                            "properties": {
                                "index": index,
                                "accepted": {"type": "boolean", "const": false},
                                "errors": {"type": "array", "minItems": 1, "items": fault},
                            },
                        },
                    ]},
                },
            },
        },
    })
}

/// The schema of a detail, which has no name of its own here.
fn detail(event: &Event) -> Value {
    let mut schema = event.schema.clone();
    if let Value::Object(members) = &mut schema {
        members.retain(|name, _| !["$schema", "$id"].contains(&name.as_str()));
    }
    schema
}

fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}
