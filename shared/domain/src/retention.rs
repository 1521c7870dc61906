//! Retention: the time for which things are kept, where a clock and not their owner ends it.

use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};

/// Time for which an account whose invitation nobody accepted is kept after the last one
/// (docs/domain.md, "Contact details").
pub const UNACCEPTED: SignedDuration = SignedDuration::from_hours(30 * 24);

const PARIS: TimeZone = jiff::tz::get!("Europe/Paris");

/// Time for which a fact waits for the automatic favourites of its consultation: as long as a queue
/// keeps the save that gives them.
pub const WAITING: SignedDuration = SignedDuration::from_hours(14 * 24);

/// True if something that began to wait then still does. Stars that come later tell nothing
/// recorded before them.
#[must_use]
pub fn waits(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since) < WAITING
}

/// Returns the time at which a consultation goes with its facts and favourites, if it has been over
/// since then: 13 months later by the calendar of Paris, at the same hour; from 31 January to the
/// last day of February.
#[must_use]
pub fn consultation_until(over_since: Timestamp) -> Timestamp {
    let later = over_since.to_zoned_datetime(PARIS).checked_add(13.months());
    later.map_or(Timestamp::MAX, |later| later.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirteen_months_are_months_of_the_calendar_at_the_hour_of_paris() {
        for (over_since, until) in [
            ("2026-11-24T08:00:00Z", "2027-12-24T08:00:00Z"),
            // Archived in winter, gone in summer: 9:00 in Paris both times.
            ("2026-02-28T08:00:00Z", "2027-03-28T07:00:00Z"),
            ("2027-01-31T08:00:00Z", "2028-02-29T08:00:00Z"),
            ("2026-01-31T08:00:00Z", "2027-02-28T08:00:00Z"),
        ] {
            let parse = |text: &str| text.parse::<Timestamp>().expect("a time");
            assert_eq!(
                consultation_until(parse(over_since)),
                parse(until),
                "{over_since}"
            );
        }
        assert_eq!(consultation_until(Timestamp::MAX), Timestamp::MAX);
    }
}
