//! Days and hours of Paris: the daily mail and absences go by them.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Compiled in, because a function's machine has no time zone database.
pub const PARIS: TimeZone = jiff::tz::get!("Europe/Paris");

/// The hour of daily mails.
const HOUR: i8 = 7;

/// The day that it is in Paris.
#[must_use]
pub fn day(at: Timestamp) -> Date {
    at.to_zoned_datetime(PARIS).date()
}

/// 7:00 on a day. Clocks change at night, so there is just one.
#[must_use]
pub fn seven(day: Date) -> Timestamp {
    day.at(HOUR, 0, 0, 0).to_zoned_datetime(PARIS).map_or(Timestamp::MAX, |at| at.timestamp())
}

/// When what was recorded then is told in a daily mail: at 7:00 on the day after, or at the next 7:00 if that has passed.
#[must_use]
pub fn told_daily(recorded_at: Timestamp, now: Timestamp) -> Timestamp {
    let mut first = after(day(recorded_at));
    if seven(first) < now {
        let today = day(now);
        first = if seven(today) < now { after(today) } else { today };
    }
    seven(first)
}

/// The day after.
#[must_use]
pub fn after(day: Date) -> Date {
    day.tomorrow().unwrap_or(Date::MAX)
}
