//! Sign-offs that a consultation waits for, approvals and validations: each is asked for, may be
//! reminded of once, and ends. Either kind is ended by its own events alone.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    id::{FactKey, digest},
    paris,
    text::untrusted::{ExternalUrl, Untrusted},
    working_day,
};

/// A sign-off that is asked for at one level. The fields are those of docs/contract.md, "Events
/// in".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignOff {
    /// Business id, together with the level.
    pub request_id: FactKey,
    /// The level, numbered or named.
    pub level: Untrusted<5000>,
    /// The person who asks, as the portal shows them.
    pub requested_by: Untrusted<5000>,
    /// The day by which an answer is wanted.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub wanted_on: Option<Date>,
    /// The page where it is given.
    #[serde(default)]
    pub url: Option<ExternalUrl>,
}

/// The end of a request at one level, or at all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct End {
    /// Business id of the request, as it was asked for.
    pub request_id: FactKey,
    /// The level that ended, as it was asked for; absent or null: all levels of that request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Untrusted<5000>>,
    /// Instant of the answer.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub at: Timestamp,
    /// The answer; either ends the request.
    pub outcome: Outcome,
}

/// The answer to a request. Either ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Outcome {
    /// Approved, or validated.
    Given,
    /// Neither.
    Refused,
}

impl SignOff {
    /// Returns its key within its kind and consultation.
    #[must_use]
    pub fn key(&self) -> String {
        at_level(&self.request_id, &self.level)
    }

    /// Returns when it is reminded of, if a day is wanted: at 7:00 in Paris on the last working day
    /// before that.
    #[must_use]
    pub fn reminded_at(&self) -> Option<Timestamp> {
        self.wanted_on
            .and_then(working_day::before)
            .map(paris::seven)
    }
}

impl End {
    /// Returns its key within its kind and consultation.
    #[must_use]
    pub fn key(&self) -> String {
        match &self.level {
            Some(level) => at_level(&self.request_id, level),
            None => self.request_id.to_string(),
        }
    }
}

/// The level is free text, and in the key as a digest only: a surname is made of the same letters
/// as an id.
fn at_level(request: &FactKey, level: &Untrusted<5000>) -> String {
    format!("{request}+{}", digest(&[level.as_str()]))
}

/// Returns the kind, and the keys, of the facts that end the sign-off of a fact, by its own kind
/// and key: the end of its level, and that of all levels. `None` of what is no sign-off.
#[must_use]
pub fn ended_by(kind: &str, key: &str) -> Option<(&'static str, [String; 2])> {
    let ends = match kind {
        "approvalRequested" | "approvalReminded" => "approvalGiven",
        "validationRequested" | "validationReminded" => "validationGiven",
        _ => return None,
    };
    let (request, _) = key.split_once('+')?;
    Some((ends, [key.to_owned(), request.to_owned()]))
}
