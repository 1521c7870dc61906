//! Events that were not taken.

use serde::Serialize;
use serde_json::Value;

use crate::event::Event;

/// An event as it came, and why it was not taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Rejected {
    /// The event in one piece.
    Whole {
        /// Why, in one line.
        reason: String,
        /// The event as it came: an object, or a string where it was not JSON.
        original: Value,
    },
    /// A part of one that does not fit in one event.
    #[serde(rename_all = "camelCase")]
    Part {
        /// Why, in one line.
        reason: String,
        /// Names the message.
        message_id: String,
        /// Number of the part of its text, from 1.
        part: usize,
        /// Number of parts.
        parts: usize,
        /// The part: all of them, in order, are the event as it came.
        text: String,
    },
}

impl Rejected {
    /// Keeps an event of ours whole, for whom it could not be done yet.
    #[must_use]
    pub fn of(reason: &str, event: &Event) -> Self {
        Self::Whole {
            reason: reason.to_owned(),
            original: serde_json::json!({
                "source": "vigie", "detail-type": event.detail_type(), "detail": event,
            }),
        }
    }
}
