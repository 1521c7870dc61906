//! Cursors: where a page of a list ended, as text that only the list itself reads.

use jiff::Timestamp;

use crate::{Call, Problem};

/// Divides the parts; no identifier and no time has it.
const BETWEEN: &str = "~";

/// Makes the cursor of a place: the parts that name it.
#[must_use]
pub fn cursor(parts: &[&str]) -> String {
    parts.join(BETWEEN)
}

/// Makes the cursor of a place in a list that is newest first: an entry's time and its name.
#[must_use]
pub fn dated_cursor(at: Timestamp, name: &str) -> String {
    cursor(&[&format!("{at:.3}"), name])
}

impl Call {
    /// The place that the query's `cursor` names, read from its parts; none without a cursor.
    ///
    /// # Errors
    /// 422 where the parts name no place.
    pub fn cursor<T>(&self, read: impl FnOnce(&[&str]) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(cursor) = self.query("cursor") else {
            return Ok(None);
        };
        let parts: Vec<_> = cursor.split(BETWEEN).collect();
        read(&parts).map(Some).ok_or_else(Problem::unknown_cursor)
    }
}

impl Problem {
    /// A cursor that no list gave, or that names what is elsewhere by now.
    #[must_use]
    pub fn unknown_cursor() -> Self {
        Self::invalid_field("cursor", "not one that a list gave")
    }
}
