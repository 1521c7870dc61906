//! Says what is stored, and for how long: the one table of the record of processing activities
//! (`infra/README.md`) and of the page on personal data.

use serde::Deserialize;

/// The table, as JSON.
const TABLE: &str = include_str!("../../data/stored.json");

/// The place in a duration for the days that logs are kept, which the template says.
const LOGS: &str = "{{logs}}";

/// A row of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stored {
    /// Place in which it lies.
    #[serde(rename = "where")]
    pub place: String,
    /// The content.
    pub what: String,
    /// The time for which it is kept.
    pub how_long: String,
    /// The content in French, where it is about people.
    pub donnees: Option<String>,
    /// The time in French.
    pub duree: Option<String>,
}

impl Stored {
    /// Returns all rows; none if the table is not one, which a test rules out.
    #[must_use]
    pub fn all() -> Vec<Self> {
        serde_json::from_str(TABLE).unwrap_or_default()
    }

    /// Returns what is about people, and how long it is kept, in French.
    pub(super) fn shown(self, log_days: u32) -> Option<[String; 2]> {
        let duration = self.duree?.replace(LOGS, &log_days.to_string());
        Some([self.donnees?, duration])
    }
}
