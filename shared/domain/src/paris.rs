//! Days and hours of Paris: the daily mail and absences go by them.

use jiff::{Timestamp, civil::Date, fmt::temporal::Pieces, tz::TimeZone};

/// Compiled in, because a function's machine has no time zone database.
pub const PARIS: TimeZone = jiff::tz::get!("Europe/Paris");

/// The hour of daily mails.
const HOUR: i8 = 7;

/// The day that it is in Paris.
#[must_use]
pub fn day(at: Timestamp) -> Date {
    at.to_zoned_datetime(PARIS).date()
}

/// Reads a day: `2026-11-25`. Where an instant was written for it, it is the day of Paris then. The
/// offset of a day without a time says nothing, nor does a time without an offset.
#[must_use]
pub fn read_day(text: &str) -> Option<Date> {
    let text = text.trim();
    // Years have four digits (RFC 3339).
    let (written, rest) = (text.get(..10)?, &text[10..]);
    let date = written
        .parse()
        .ok()
        .filter(|_| written.starts_with(|c: char| c.is_ascii_digit()))?;
    if rest.is_empty() || is_offset(rest) {
        return Some(date);
    }
    if !rest.starts_with(['T', 't', ' ']) {
        return None;
    }
    let offset = Pieces::parse(text)
        .ok()
        .and_then(|pieces| pieces.to_numeric_offset());
    // What else stands behind the day takes nothing from it.
    Some(offset.and_then(|_| text.parse().ok()).map_or(date, day))
}

/// True if this is an offset from UTC, as days of XML have (`xs:date`), in any form of ISO 8601.
fn is_offset(text: &str) -> bool {
    let Some(offset) = text.strip_prefix(['+', '-']) else {
        return matches!(text, "Z" | "z");
    };
    let is = |part: &[u8]| part.len() == 2 && part.iter().all(u8::is_ascii_digit);
    match offset.as_bytes() {
        [hours @ .., b':', m0, m1] | [hours @ .., m0, m1] if hours.len() == 2 => {
            is(hours) && is(&[*m0, *m1])
        }
        hours => is(hours),
    }
}

/// The beginning of a day. Clocks change later at night.
#[must_use]
pub fn midnight(day: Date) -> Timestamp {
    day.at(0, 0, 0, 0)
        .to_zoned_datetime(PARIS)
        .map_or(Timestamp::MAX, |at| at.timestamp())
}

/// 7:00 on a day. Clocks change at night, so there is just one.
#[must_use]
pub fn seven(day: Date) -> Timestamp {
    day.at(HOUR, 0, 0, 0)
        .to_zoned_datetime(PARIS)
        .map_or(Timestamp::MAX, |at| at.timestamp())
}

/// Returns the time at which a daily mail tells what was recorded then: 7:00 on the day after, or
/// the next 7:00 if that has passed.
#[must_use]
pub fn told_daily(recorded_at: Timestamp, now: Timestamp) -> Timestamp {
    let mut first = after(day(recorded_at));
    if seven(first) < now {
        let today = day(now);
        first = if seven(today) < now {
            after(today)
        } else {
            today
        };
    }
    seven(first)
}

/// The day after.
#[must_use]
pub fn after(day: Date) -> Date {
    day.tomorrow().unwrap_or(Date::MAX)
}
