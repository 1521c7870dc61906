//! A deadline as an iCalendar object (RFC 5545): one event without a duration. The crates for this
//! bring a second library for times along; what is needed of the format is below.

use jiff::Timestamp;
use vigie_domain::{
    consultation::{Consultation, Phase},
    text::one_line,
};

use crate::date;

/// Longest reference, title and name, in characters.
const REFERENCE: usize = 100;
const TITLE: usize = 300;
const NAME: usize = 200;

/// Longest line, in bytes without its end (RFC 5545, 3.1).
const LINE: usize = 75;

/// The deadline of a consultation as of `now`; `None` if it has none.
///
/// The event keeps its `UID` whatever becomes of the consultation, and its `SEQUENCE` is the
/// revision, so that a program that has it already moves it, or strikes it out.
#[must_use]
pub fn deadline(consultation: &Consultation, now: Timestamp) -> Option<String> {
    let deadline = consultation.submission_deadline?;
    let what = "Date limite de remise des plis";
    let reference = one_line(consultation.reference.as_str(), REFERENCE);
    let title = one_line(consultation.title.as_str(), TITLE);
    let organisation = one_line(consultation.organisation.as_str(), NAME);
    let description = format!(
        "{what}\u{a0}: {}\n{organisation}\n{title}",
        date::deadline(deadline)
    );
    let status = match consultation.phase {
        Phase::Drafting => "TENTATIVE",
        Phase::Cancelled => "CANCELLED",
        _ => "CONFIRMED",
    };
    let mut lines = Lines::default();
    lines.add("BEGIN", "VCALENDAR");
    lines.add("VERSION", "2.0");
    lines.add("PRODID", "-//Vigie//FR");
    // Without it some programs take the file for an invitation to answer (RFC 5546, 3.2.1).
    lines.add("METHOD", "PUBLISH");
    lines.add("BEGIN", "VEVENT");
    lines.add("UID", &format!("deadline.{}@vigie", consultation.id));
    lines.add("DTSTAMP", &utc(now));
    // The instant decides, and every program shows it at its owner's hour.
    lines.add("DTSTART", &utc(deadline.instant()));
    lines.add(
        "SEQUENCE",
        &consultation
            .revision
            .min(u64::from(u32::MAX >> 1))
            .to_string(),
    );
    lines.add("STATUS", status);
    // A deadline does not make its reader busy.
    lines.add("TRANSP", "TRANSPARENT");
    lines.add("SUMMARY", &text(&format!("{what} – [{reference}] {title}")));
    lines.add("DESCRIPTION", &text(&description));
    if let Some(url) = &consultation.url {
        lines.add("URL", url.as_str());
    }
    lines.add("END", "VEVENT");
    lines.add("END", "VCALENDAR");
    Some(lines.0)
}

/// A name for the file, after the reference: letters, digits, dots and hyphens, whatever the
/// reference holds.
#[must_use]
pub fn file_name(consultation: &Consultation) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = consultation
        .reference
        .as_str()
        .chars()
        .take(60)
        .map(safe)
        .collect();
    let name = name.trim_matches('-');
    format!("{}.ics", if name.is_empty() { "date-limite" } else { name })
}

/// `20270201T110000Z`.
fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A value of type TEXT (3.3.11).
fn text(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + value.len() / 8);
    for c in value.chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Content lines, folded (3.1): a continuation begins with a space, and no character is cut in two.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: &str) {
        let mut length = 0;
        for c in name.chars().chain([':']).chain(value.chars()) {
            if length + c.len_utf8() > LINE {
                self.0.push_str("\r\n ");
                length = 1;
            }
            self.0.push(c);
            length += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}
