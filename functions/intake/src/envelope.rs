//! The two envelopes in which events come: our own, and a batch of `CloudEvents`.

use serde::Deserialize;
use serde_json::{Map, Value};
use vigie_domain::{contact::FieldError, json::Json};
use vigie_http::{Call, Problem};

/// Most events of one call.
const MOST: usize = 100;

/// Our own media type, and that of `CloudEvents`' HTTP binding (batched content mode).
const MEDIA: [&str; 2] = ["application/json", BATCH];
const BATCH: &str = "application/cloudevents-batch+json";

/// An event as it was sent.
pub(crate) struct Sent {
    /// Its detail-type.
    pub(crate) detail_type: String,
    /// Its detail.
    pub(crate) detail: Value,
}

/// An event of a portal.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "SentEvent"))]
#[serde(deny_unknown_fields)]
pub(crate) struct Own {
    /// Its type, as the table of events names it.
    r#type: String,
    /// Its detail, as the schema of its type has it.
    detail: Map<String, Value>,
}

/// Events of a portal.
#[cfg(feature = "schema")]
#[derive(Deserialize, schemars::JsonSchema)]
#[schemars(rename = "SentEvents")]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnBatch {
    /// At most 100.
    #[expect(dead_code, reason = "only described: they are read one by one")]
    #[schemars(length(max = 100))]
    events: Vec<Own>,
}

/// The attributes of a `CloudEvent` that are read; it may have others.
#[derive(Deserialize)]
struct CloudEvent {
    specversion: String,
    id: String,
    source: String,
    r#type: String,
    #[serde(default)]
    datacontenttype: Option<String>,
    data: Map<String, Value>,
}

impl From<Own> for Sent {
    fn from(own: Own) -> Self {
        Self {
            detail_type: own.r#type,
            detail: own.detail.into(),
        }
    }
}

impl TryFrom<CloudEvent> for Sent {
    type Error = FieldError;

    fn try_from(event: CloudEvent) -> Result<Self, FieldError> {
        if event.specversion != "1.0" {
            return Err(FieldError::new("specversion", "must be \"1.0\""));
        }
        for (name, value) in [("id", &event.id), ("source", &event.source)] {
            if value.is_empty() {
                return Err(FieldError::new(name, "must not be empty"));
            }
        }
        let media_type = event.datacontenttype.unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let media_type = media_type.to_ascii_lowercase();
        if !(media_type.is_empty()
            || media_type.ends_with("/json")
            || media_type.ends_with("+json"))
        {
            return Err(FieldError::new(
                "datacontenttype",
                "must be application/json",
            ));
        }
        Ok(Self {
            detail_type: event.r#type,
            detail: event.data.into(),
        })
    }
}

/// Reads the events of a call, each on its own.
///
/// # Errors
/// 415, 400; 422 for a body that holds no list of events, or more than 100.
pub(crate) fn open(call: &Call) -> Result<Vec<Result<Sent, FieldError>>, Problem> {
    let (body, media_type) = call.batch(&MEDIA)?;
    let is_batch = media_type == BATCH;
    let events = listed(body, is_batch).map_err(|e| Problem::invalid(vec![e]))?;
    if events.len() > MOST {
        let field = if is_batch { "" } else { "events" };
        let reason = format!("holds {} events: send at most {MOST} a call", events.len());
        return Err(Problem::invalid_field(field, reason));
    }
    let read = if is_batch { of_cloud } else { own };
    Ok(events.iter().map(read).collect())
}

fn listed(body: Json, is_batch: bool) -> Result<Vec<Json>, FieldError> {
    match body {
        Json::Array(events) if is_batch => Ok(events),
        _ if is_batch => Err(FieldError::new("", "must be an array of CloudEvents")),
        Json::Object(fields) => {
            let mut events = None;
            for (name, value) in fields {
                match value {
                    _ if name != "events" => {
                        return Err(FieldError::new(one_line(&name), "is not a known field"));
                    }
                    _ if events.is_some() => return Err(FieldError::new(name, "is given twice")),
                    Json::Array(list) => events = Some(list),
                    _ => return Err(FieldError::new(name, "must be an array")),
                }
            }
            events.ok_or_else(|| FieldError::new("events", "is required"))
        }
        _ => Err(FieldError::new("", "must be an object: {\"events\": […]}")),
    }
}

fn own(event: &Json) -> Result<Sent, FieldError> {
    let own: Result<Own, _> = event.to_type();
    own.map(Sent::from).map_err(|e| in_detail("detail", e))
}

fn of_cloud(event: &Json) -> Result<Sent, FieldError> {
    let event: CloudEvent = event.to_type().map_err(|e| match e.field.as_str() {
        "data" if e.reason == "is required" => FieldError::new(
            "data",
            "is required: the event's detail as a JSON object, not as data_base64",
        ),
        _ => in_detail("data", e),
    })?;
    event.try_into()
}

/// Names a field of the detail as the schemas do, whatever the envelope.
fn in_detail(envelope: &str, refused: FieldError) -> FieldError {
    let within = refused.field.strip_prefix(envelope);
    match within.and_then(|within| within.strip_prefix('.')) {
        Some(within) => FieldError::new(within, refused.reason),
        None => refused,
    }
}

fn one_line(name: &str) -> String {
    vigie_domain::text::one_line(name, 100)
}
