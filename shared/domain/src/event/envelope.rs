//! The envelopes in which events of the portal come by HTTP: our own, and `CloudEvents`.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};

use crate::{
    canary::is_canary,
    event::portal::{self, Said, Understood},
    json::Json,
    text::FieldError,
};

/// Largest event, in bytes, type and detail: what a queue takes has its envelope too.
const MOST: usize = 200_000;

/// An event as it was sent.
#[derive(Debug)]
pub struct Sent {
    /// Its detail-type.
    pub detail_type: String,
    /// Its detail.
    pub detail: Value,
}

/// An event of a portal.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "SentEvent"))]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// Its type, as the table of events names it.
    r#type: String,
    /// Its detail, as the schema of its type has it.
    detail: Map<String, Value>,
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
    #[serde(default)]
    data_base64: Option<IgnoredAny>,
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
        if event.data_base64.is_some() {
            return Err(FieldError::new("data_base64", "must not stand beside data"));
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

impl Sent {
    /// Reads an event in our own envelope.
    ///
    /// # Errors
    /// The field of the envelope that is missing, wrong or unknown.
    pub fn of_own(event: &Json) -> Result<Self, FieldError> {
        const ENVELOPE: &str = "an event is {\"type\": …, \"detail\": {…}}";
        let read: Result<Own, _> = event.to_type();
        let own = read.map_err(|e| match e.reason.as_str() {
            "is not a known field" => {
                FieldError::new(e.field, format!("is not a known field: {ENVELOPE}"))
            }
            _ if e.field.is_empty() => {
                FieldError::new("", format!("must be an object: {ENVELOPE}"))
            }
            _ => in_detail("detail", e),
        })?;
        Ok(Self {
            detail_type: own.r#type,
            detail: own.detail.into(),
        })
    }

    /// Reads a `CloudEvent`.
    ///
    /// # Errors
    /// The attribute that is missing or wrong.
    pub fn of_cloud(event: &Json) -> Result<Self, FieldError> {
        let event: CloudEvent = event.to_type().map_err(|e| match e.field.as_str() {
            "data" if e.reason == "is required" => FieldError::new(
                "data",
                "is required: the event's detail as a JSON object, not as data_base64",
            ),
            _ => in_detail("data", e),
        })?;
        event.try_into()
    }

    /// Understands it, by the code of the function behind its queue.
    ///
    /// # Errors
    /// The field that is missing or wrong, and the form that it has to have.
    pub fn understood(&self) -> Result<Understood, FieldError> {
        let Self {
            detail_type,
            detail,
        } = self;
        if detail_type.len() + detail.to_string().len() > MOST {
            let reason = format!(
                "is larger than {} KB: send less of what is only shown",
                MOST / 1000
            );
            return Err(FieldError::new("detail", reason));
        }
        let read = portal::read(detail_type, detail);
        let understood = read.unwrap_or_else(|| Err(portal::unknown_type()))?;
        let of_canary = match &understood.said {
            Said::Consultation(saved) => is_canary(saved.id.as_str()),
            Said::Fact(about, _) => is_canary(about.consultation_id.as_str()),
            Said::Agent(_) | Said::Entity(_) | Said::Organisation(_) => false,
        };
        if of_canary {
            return Err(FieldError::new(
                "consultationId",
                "is Vigie's own: choose another",
            ));
        }
        Ok(understood)
    }
}

/// Names a field of the detail as the schemas do, whatever the envelope.
fn in_detail(envelope: &str, refused: FieldError) -> FieldError {
    let within = refused.field.strip_prefix(envelope);
    match within.and_then(|within| within.strip_prefix('.')) {
        Some(within) => FieldError::new(within, refused.reason),
        None => refused,
    }
}
