//! Deadlines: the instant decides, and the hour is told as it was given.

use jiff::{Timestamp, fmt::temporal::Pieces, tz::Offset};
use serde::{Deserialize, Serialize};

use crate::text::Invalid;

/// An instant, with the offset that it was written with. RFC 3339 both ways.
///
/// The offset decides nothing: gazettes write winter's in April, and it is never repaired. It only
/// tells at which hour of its own a buyer overseas expects tenders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "String")
)]
pub struct Deadline {
    instant: Timestamp,
    offset: Offset,
}

impl Deadline {
    /// The instant after which a deposit is late.
    #[must_use]
    pub fn instant(self) -> Timestamp {
        self.instant
    }

    /// The buyer's own offset, if it is none that France's mainland (or UTC) writes.
    #[must_use]
    pub fn overseas(self) -> Option<Offset> {
        let hour = 3600;
        Some(self.offset).filter(|offset| ![0, hour, 2 * hour].contains(&offset.seconds()))
    }
}

impl Deadline {
    /// Returns the same as readers of JSON take it: `+04:00`.
    #[must_use]
    pub fn zone(self) -> Option<String> {
        let seconds = self.overseas()?.seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        Some(format!(
            "{sign}{:02}:{:02}",
            seconds.abs() / 3600,
            seconds.abs() / 60 % 60
        ))
    }
}

impl TryFrom<String> for Deadline {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        const NO: Invalid = Invalid("a deadline is a date and time of RFC 3339, with its offset");
        // RFC 3339 has years of four digits.
        if text.starts_with(['+', '-']) {
            return Err(NO);
        }
        let pieces = Pieces::parse(&text).map_err(|_| NO)?;
        let offset = pieces.to_numeric_offset().ok_or(NO)?;
        let instant = text.parse().or_else(|_| {
            // The last hours of the year 9999, by which some mean that there is none, lie behind
            // the last instant that there is.
            let written = pieces.date().to_datetime(pieces.time().ok_or(NO)?);
            if pieces.date().year() == 9999 && offset.to_timestamp(written).is_err() {
                Ok(Timestamp::MAX)
            } else {
                Err(NO)
            }
        })?;
        Ok(Self { instant, offset })
    }
}

impl From<Deadline> for String {
    fn from(deadline: Deadline) -> Self {
        deadline
            .instant
            .display_with_offset(deadline.offset)
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deadline(text: &str) -> Deadline {
        Deadline::try_from(text.to_owned()).expect("a deadline")
    }

    #[test]
    fn it_is_written_as_it_was_read() {
        for text in [
            "2022-01-31T12:00:00+04:00",
            "2015-04-13T12:00:00+01:00",
            "2022-02-07T12:00:00-04:00",
            "2026-10-25T02:30:00.5+11:00",
        ] {
            assert_eq!(String::from(deadline(text)), text);
            assert_eq!(deadline(text).instant(), text.parse().expect("an instant"));
        }
        assert_eq!(
            deadline("2022-01-31T08:00:00Z").instant(),
            deadline("2022-01-31T12:00:00+04:00").instant()
        );
    }

    #[test]
    fn only_overseas_hours_are_a_buyer_s_own() {
        for (text, overseas) in [
            ("2022-01-31T12:00:00+04:00", Some(4)),
            ("2022-01-31T12:00:00-04:00", Some(-4)),
            ("2022-01-31T12:00:00+11:00", Some(11)),
            ("2022-01-31T12:00:00+01:00", None),
            ("2022-07-31T12:00:00+02:00", None),
            ("2022-04-13T12:00:00+01:00", None),
            ("2022-01-31T12:00:00Z", None),
        ] {
            assert_eq!(
                deadline(text)
                    .overseas()
                    .map(|offset| offset.seconds() / 3600),
                overseas,
                "{text}"
            );
            assert_eq!(
                deadline(text).zone().is_some(),
                overseas.is_some(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_buyer_s_own_zone_is_written_as_its_offset() {
        for (text, zone) in [
            ("2022-01-31T12:00:00+04:00", "+04:00"),
            ("2022-01-31T12:00:00-03:00", "-03:00"),
            ("2022-01-31T12:00:00-09:30", "-09:30"),
            ("2022-01-31T12:00:00+11:00", "+11:00"),
        ] {
            assert_eq!(deadline(text).zone().as_deref(), Some(zone), "{text}");
        }
    }

    #[test]
    fn a_time_without_an_offset_is_none() {
        for text in [
            "2022-01-31T12:00:00",
            "2022-01-31",
            "noon",
            "",
            "2022-13-31T12:00:00Z",
        ] {
            assert!(Deadline::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
