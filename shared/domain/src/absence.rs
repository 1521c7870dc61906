//! Absence: from one day to another, both inclusive, in Paris; and the colleague who stands in.
//!
//! Alerts of somebody who is away, judged by their own choices, go to the delegate if the delegate may see the consultation. All other
//! alerts are deferred, and come as one mail at 7:00 on the day after: nothing is dropped silently (docs/domain.md, "Absence and daily
//! mails").

use jiff::{Span, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    id::{AccountId, RequestId},
    paris,
    text::FieldError,
};

/// When an agent is away.
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

impl Absence {
    /// Returns whether that day lies in it.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        (self.from..=self.until).contains(&day)
    }

    /// Returns whether it is over on that day.
    #[must_use]
    pub fn is_over(&self, day: Date) -> bool {
        self.until < day
    }

    /// When what was held is told: at 7:00 on the day after.
    #[must_use]
    pub fn returns_at(&self) -> Timestamp {
        paris::seven(paris::after(self.until))
    }

    /// Checks that the days can be those of an absence, seen from today: in order, not over, and not beyond a year.
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
            return Err(FieldError::new("until", "lies more than a year ahead"));
        }
        Ok(())
    }
}
