//! Absence: from one day to another, both inclusive, in Paris; and the colleague who stands in.
//!
//! Alerts of somebody who is away, judged by their own choices, go to the delegate if the delegate
//! may see the consultation. All other alerts are deferred, and come as one mail at 7:00 on the day
//! after: nothing is dropped silently (docs/domain.md, "Absence and daily mails").

use jiff::{Span, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    audit::Change,
    id::{AccountId, RequestId},
    paris,
    text::{FieldError, Invalid},
};

/// A day more than a year ahead is a slip of the hand.
const TOO_FAR: Invalid = Invalid("lies more than a year ahead");

/// A day as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Day(pub Date);

impl TryFrom<String> for Day {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        // A year of five digits is none that can be counted with, but what is wrong with it is that
        // it is far away.
        let year = text
            .trim()
            .split_once('-')
            .and_then(|(year, _)| year.trim_start_matches('+').parse::<u64>().ok());
        let no_day = if year.is_some_and(|year| year > 9999) {
            TOO_FAR
        } else {
            Invalid("is no day: write it as 2026-11-25")
        };
        paris::read_day(&text).map(Self).ok_or(no_day)
    }
}

/// Days on which an agent is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Absence {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// The colleague who stands in, once they agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegate: Option<Delegate>,
}

/// The colleague who stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delegate {
    /// Its account.
    pub account_id: AccountId,
    /// Names the request in the mailed token.
    pub request_id: RequestId,
    /// Set once they agreed.
    #[serde(default)]
    pub agreed: bool,
}

/// The fields of an absence, in records of its changes.
pub const FROM: &str = "absence.from";
/// The last day.
pub const UNTIL: &str = "absence.until";
/// The account of the colleague who is asked to stand in.
pub const DELEGATE: &str = "absence.delegate";

/// Lists the fields of an absence, as they were and as they are, for whoever is told of it.
#[must_use]
pub fn changes(before: Option<&Absence>, after: Option<&Absence>) -> Vec<Change> {
    let fields = |absence: Option<&Absence>| {
        let delegate = absence.and_then(|absence| absence.delegate.as_ref());
        [
            absence.map(|absence| absence.from.to_string()),
            absence.map(|absence| absence.until.to_string()),
            delegate.map(|delegate| delegate.account_id.to_string()),
        ]
    };
    let changes = [FROM, UNTIL, DELEGATE]
        .into_iter()
        .zip(fields(before))
        .zip(fields(after));
    changes
        .map(|((field, old), new)| Change::new(field, old.as_deref(), new.as_deref()))
        .collect()
}

impl Absence {
    /// True if that day lies in it.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        (self.from..=self.until).contains(&day)
    }

    /// True if it is over on that day.
    #[must_use]
    pub fn is_over(&self, day: Date) -> bool {
        self.until < day
    }

    /// Time at which what was held is told: at 7:00 on the day after.
    #[must_use]
    pub fn returns_at(&self) -> Timestamp {
        paris::seven(paris::after(self.until))
    }

    /// Returns the first day of an absence that is wanted from this day on: nobody is away in the
    /// past, so it is today, unless the absence that is known has begun already.
    #[must_use]
    pub fn first_day(wanted: Date, known: Option<&Self>, today: Date) -> Date {
        let begun = known.filter(|known| known.covers(today) && wanted <= known.from);
        if wanted < today {
            begun.map_or(today, |known| known.from)
        } else {
            wanted
        }
    }

    /// Checks that the days can be those of an absence, seen from today: in order, not over, and
    /// not beyond a year.
    ///
    /// # Errors
    /// The field that is wrong, and why.
    pub fn check_days(from: Date, until: Date, today: Date) -> Result<(), FieldError> {
        let latest = today.checked_add(Span::new().years(1)).unwrap_or(Date::MAX);
        if from > until {
            return Err(FieldError::new("until", "lies before from"));
        }
        if until < today {
            return Err(FieldError::new("until", "has passed"));
        }
        if until > latest {
            return Err(FieldError::new("until", TOO_FAR.0));
        }
        Ok(())
    }
}
