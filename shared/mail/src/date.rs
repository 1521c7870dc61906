//! Dates and durations in French, at the hour of Paris. The instant decides: the offset that it was
//! sent with plays no part.

use jiff::{Timestamp, Unit, civil::Date};
use vigie_domain::{consultation::deadline::Deadline, paris::PARIS};

use super::count::form;

const WEEKDAYS: [&str; 7] = [
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
];
const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// « lundi 13 avril 2026 ».
pub fn day(date: Date) -> String {
    let weekday = WEEKDAYS[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs()) % 7];
    let month = MONTHS[usize::from(date.month().unsigned_abs() - 1) % 12];
    let ordinal = if date.day() == 1 { "er" } else { "" };
    format!("{weekday} {}{ordinal} {month} {}", date.day(), date.year())
}

/// « lundi 13 avril 2026 à 12 h 00 (heure de Paris) », with non-breaking spaces within the time.
pub fn moment(at: Timestamp) -> String {
    let at = at.to_zoned_datetime(PARIS);
    format!(
        "{} à {}\u{a0}h\u{a0}{:02} (heure de Paris)",
        day(at.date()),
        at.hour(),
        at.minute()
    )
}

/// A deadline, for a buyer overseas at its own hour too: « …, soit lundi 31 janvier 2022 à 12 h 00
/// à l’heure de l’acheteur (UTC+4) ».
pub fn deadline(deadline: Deadline) -> String {
    let in_paris = moment(deadline.instant());
    let Some(offset) = deadline.overseas() else {
        return in_paris;
    };
    let at = offset.to_datetime(deadline.instant());
    let (hours, minutes) = (offset.seconds() / 3600, offset.seconds().abs() % 3600 / 60);
    let minutes = if minutes == 0 {
        String::new()
    } else {
        format!(":{minutes:02}")
    };
    let (sign, hours) = (if offset.seconds() < 0 { '−' } else { '+' }, hours.abs());
    let own = format!(
        "{} à {}\u{a0}h\u{a0}{:02}",
        day(at.date()),
        at.hour(),
        at.minute()
    );
    format!("{in_paris}, soit {own} à l’heure de l’acheteur (UTC{sign}{hours}{minutes})")
}

/// A moment to the second, where seconds decide if a tender is late.
pub fn exact_moment(at: Timestamp) -> String {
    let at = at.to_zoned_datetime(PARIS);
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    format!(
        "{} à {hour}\u{a0}h\u{a0}{minute:02}\u{a0}min\u{a0}{second:02}\u{a0}s (heure de Paris)",
        day(at.date())
    )
}

/// The time from `now` until then by the clock of Paris, in its two largest units: « 12 jours et 3
/// heures ». `None` once passed.
pub fn time_left(now: Timestamp, until: Timestamp) -> Option<String> {
    if until < now {
        return None;
    }
    let left = now
        .to_zoned_datetime(PARIS)
        .until((Unit::Day, &until.to_zoned_datetime(PARIS)))
        .unwrap_or_default();
    let units = [
        (i64::from(left.get_days()), "jour", "jours"),
        (i64::from(left.get_hours()), "heure", "heures"),
        (left.get_minutes(), "minute", "minutes"),
    ];
    // Minutes are of no interest while days are left.
    let first = units.iter().position(|(count, ..)| *count > 0);
    let shown = units
        .iter()
        .skip(first.unwrap_or(units.len()))
        .take(2)
        .filter(|(count, ..)| *count > 0);
    let words: Vec<_> = shown
        .map(|(count, one, many)| format!("{count}\u{a0}{}", form(count.unsigned_abs(), one, many)))
        .collect();
    Some(if words.is_empty() {
        "moins d’une minute".to_owned()
    } else {
        words.join(" et ")
    })
}
