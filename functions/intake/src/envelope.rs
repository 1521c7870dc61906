//! The two bodies in which events come: our own list, and a batch of `CloudEvents`.

#[cfg(feature = "schema")]
use serde::Deserialize;
#[cfg(feature = "schema")]
use vigie_domain::event::envelope::Own;
use vigie_domain::{contact::FieldError, event::envelope::Sent, json::Json};
use vigie_http::{Call, Problem};

/// Most events of one call.
const MOST: usize = 100;

/// Our own media type, and that of `CloudEvents`' HTTP binding (batched content mode).
const MEDIA: [&str; 2] = ["application/json", BATCH];
const BATCH: &str = "application/cloudevents-batch+json";

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
    let read = if is_batch {
        Sent::of_cloud
    } else {
        Sent::of_own
    };
    Ok(events.iter().map(read).collect())
}

/// The body as it has to be.
const OWN: &str = "{\"events\": [{\"type\": …, \"detail\": {…}}]}";

fn listed(body: Json, is_batch: bool) -> Result<Vec<Json>, FieldError> {
    match body {
        Json::Array(events) if is_batch => Ok(events),
        _ if is_batch => Err(FieldError::new("", "must be an array of CloudEvents")),
        Json::Object(fields) => {
            let mut events = None;
            for (name, value) in fields {
                match value {
                    _ if name != "events" => {
                        let reason = format!("is not a known field: the body is {OWN}");
                        return Err(FieldError::new(one_line(&name), reason));
                    }
                    _ if events.is_some() => return Err(FieldError::new(name, "is given twice")),
                    Json::Array(list) => events = Some(list),
                    _ => return Err(FieldError::new(name, "must be an array")),
                }
            }
            events.ok_or_else(|| FieldError::new("events", "is required"))
        }
        _ => {
            let reason = format!("must be {OWN}; CloudEvents come as {BATCH}");
            Err(FieldError::new("", reason))
        }
    }
}

fn one_line(name: &str) -> String {
    vigie_domain::text::one_line(name, 100)
}
