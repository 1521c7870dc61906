//! Repairs events of the portal: a fault in content that is only shown never makes a fact be
//! refused.
//!
//! An event is rejected only for a fault in the parts that identify or time its fact: ids, kind,
//! instant, revision. Everything else is shortened, emptied or left out, whatever it is. Ways of
//! writing the same thing (`1.0` for an integer, `null` for a list, more digits of a second than
//! are kept) are understood, not repaired.

use serde_json::{Map, Number, Value, json};
use url::Url;

use crate::{
    consultation::people::is_unreadable,
    paris,
    text::{self, FieldError, Invalid, one_line, untrusted::ExternalUrl},
};

/// An event's detail as it is understood, and the names of the fields that had to be repaired.
#[derive(Clone, Debug, PartialEq)]
pub struct Repaired {
    /// The detail.
    pub detail: Value,
    /// Fields that are shown otherwise than they were sent.
    pub fields: Vec<&'static str>,
}

/// The form that a field has to have.
#[derive(Clone, Copy)]
pub(crate) enum Field {
    /// Identifies: an integer, perhaps written `1.0`.
    Integer,
    /// Identifies: a list, perhaps written `null`.
    List,
    /// Identifies: a person; left out where their address cannot be read.
    Person,
    /// Identifies: a list of people, perhaps written `null`.
    People,
    /// Times: an instant, perhaps with more digits than nanoseconds.
    Instant,
    /// Identifies, if it is there: text of at most so many characters, cut as [`Field::Text`] is.
    Part(usize),
    /// Shown: text of at most so many characters.
    Text(usize),
    /// Shown: at most so many texts of at most so many characters; how many more there were is kept
    /// under a name of its own.
    Texts {
        most: usize,
        each: usize,
        omitted: &'static str,
    },
    /// Shown: a link.
    Url,
    /// Shown: a day.
    Day,
    /// Shown: yes or no.
    Flag,
}

/// The form of a number that identifies, as a person would say it.
pub(crate) const WHOLE: &str = "must be a whole number, from 1 on";

/// Most lots of a tender and most reasons of a refusal that are kept; the European tender format
/// has notices of 3,000 lots.
const LOTS: usize = 200;
const REASONS: usize = 50;

use Field::{Day, Flag, Instant, Integer, List, Part, People, Person, Text, Texts};

const URL: (&str, Field) = ("url", Field::Url);
const SIGN_OFF: &[(&str, Field)] = &[
    ("level", Text(5000)),
    ("requestedBy", Text(5000)),
    ("wantedOn", Day),
    URL,
];

/// The fields that are not ids or names of a kind, by detail-type.
pub(crate) fn fields(detail_type: &str) -> &'static [(&'static str, Field)] {
    match detail_type {
        "ConsultationSaved" => &[
            ("revision", Integer),
            ("reference", Text(200)),
            ("title", Text(5000)),
            ("organisation", Text(5000)),
            ("submissionDeadline", Instant),
            ("author", Person),
            ("guests", People),
            URL,
        ],
        "TenderReceived" => &[
            ("depositNumber", Text(100)),
            ("receivedAt", Instant),
            (
                "lots",
                Texts {
                    most: LOTS,
                    each: 200,
                    omitted: "lotsOmitted",
                },
            ),
        ],
        "DocumentsWithdrawn" => &[("at", Instant)],
        "MessageReceived" => &[("receivedAt", Instant), ("messageType", Text(5000)), URL],
        "QuestionReceived" => &[("receivedAt", Instant), ("hasAttachment", Flag), URL],
        "NoticePublished" => &[
            ("noticeNumber", Text(100)),
            ("edition", Text(5000)),
            ("publishedOn", Day),
            URL,
            ("pdfUrl", Field::Url),
        ],
        "NoticeRejected" => &[
            ("attempt", Integer),
            (
                "reasons",
                Texts {
                    most: REASONS,
                    each: 5000,
                    omitted: "reasonsOmitted",
                },
            ),
            URL,
        ],
        "ApprovalRequested" | "ValidationRequested" => SIGN_OFF,
        "ApprovalGiven" | "ValidationGiven" => &[("level", Part(5000)), ("at", Instant)],
        "EntitySaved" => &[("revision", Integer), ("transverse", List)],
        "EntityRemoved" => &[("revision", Integer)],
        _ => &[],
    }
}

/// Repairs the detail of an event of the portal. What is no object, or of an unknown type, stays as
/// it is.
#[must_use]
pub fn repair(detail_type: &str, detail: &Value) -> Repaired {
    let Value::Object(sent) = detail else {
        return Repaired {
            detail: detail.clone(),
            fields: Vec::new(),
        };
    };
    let (mut kept, mut repaired) = (sent.clone(), Vec::new());
    for (name, field) in fields(detail_type) {
        if !mend(&mut kept, name, *field) {
            repaired.push(*name);
        }
    }
    Repaired {
        detail: kept.into(),
        fields: repaired,
    }
}

/// Returns the refusal of a field with the form that it has to have, as a person would say it. One
/// that is missing is said to be.
#[must_use]
pub fn with_cure(detail_type: &str, refused: FieldError) -> FieldError {
    let mut known = fields(detail_type).iter();
    let form = known.find(|(name, _)| *name == refused.field);
    let cure = match form {
        _ if refused.reason == "is required" => return refused,
        Some((_, Instant)) => {
            "must be a date and time with its offset, such as 2026-11-24T09:00:00+01:00"
        }
        Some((_, Integer)) => WHOLE,
        _ => return refused,
    };
    FieldError::new(refused.field, cure)
}

/// Puts a field right; returns whether it shows what was sent.
fn mend(detail: &mut Map<String, Value>, name: &str, field: Field) -> bool {
    let sent = detail.remove(name);
    let (kept, as_sent) = match field {
        Integer => (sent.map(integer), true),
        List => (sent.filter(|sent| !sent.is_null()), true),
        Person => {
            let unreadable = sent.as_ref().is_some_and(is_unreadable);
            (sent.map(person), !unreadable)
        }
        People => people(sent),
        Instant => (sent.map(instant), true),
        Part(_) if sent.as_ref().is_none_or(Value::is_null) => (None, true),
        Part(max) | Text(max) => {
            let (text, as_sent) = text(sent.as_ref(), max);
            (Some(text.into()), as_sent)
        }
        Texts {
            most,
            each,
            omitted,
        } => {
            let (texts, more, as_sent) = texts(sent.as_ref(), most, each);
            detail.insert(omitted.to_owned(), more.into());
            (Some(texts.into()), as_sent)
        }
        Field::Url => {
            let (link, as_sent) = link(sent.as_ref());
            (link.map(Value::from), as_sent)
        }
        Day => {
            let (day, as_sent) = day(sent.as_ref());
            (day.map(Value::from), as_sent)
        }
        Flag => {
            let flag = sent.as_ref().and_then(Value::as_bool);
            (Some(flag.unwrap_or_default().into()), flag.is_some())
        }
    };
    if let Some(kept) = kept {
        detail.insert(name.to_owned(), kept);
    }
    as_sent
}

/// Largest integer that a number with a decimal point holds exactly.
const EXACT: f64 = 9_007_199_254_740_991.0;

#[expect(
    clippy::cast_possible_truncation,
    reason = "a whole number within what is exact"
)]
pub(crate) fn integer(sent: Value) -> Value {
    match sent.as_f64() {
        Some(number) if sent.is_f64() && number.fract() == 0.0 && number.abs() <= EXACT => {
            Number::from(number as i64).into()
        }
        _ => sent,
    }
}

/// Forgets an address that cannot be read.
fn person(sent: Value) -> Value {
    if is_unreadable(&sent) {
        json!({"email": null})
    } else {
        sent
    }
}

/// Returns people without those whose address cannot be read, and whether they are all.
fn people(sent: Option<Value>) -> (Option<Value>, bool) {
    match sent {
        Some(Value::Array(mut people)) => {
            let all = people.len();
            people.retain(|person| !is_unreadable(person));
            let as_sent = people.len() == all;
            (Some(people.into()), as_sent)
        }
        sent => (sent.filter(|sent| !sent.is_null()), true),
    }
}

/// Cuts off what a nanosecond does not hold.
fn instant(sent: Value) -> Value {
    let Value::String(text) = &sent else {
        return sent;
    };
    let text = text.trim();
    let Some((start, rest)) = text.split_once('.') else {
        return text.into();
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    format!("{start}.{}{}", &rest[..digits.min(9)], &rest[digits..]).into()
}

/// Returns a text, and whether it is the one that was sent. A number is its digits.
fn text(sent: Option<&Value>, max: usize) -> (String, bool) {
    match sent {
        Some(Value::String(text)) if text.chars().count() <= max => (text.clone(), true),
        Some(Value::String(text)) => (text.chars().take(max - 1).chain(['…']).collect(), false),
        Some(number @ Value::Number(_)) => (integer(number.clone()).to_string(), true),
        _ => (String::new(), false),
    }
}

/// Returns texts, how many more there were, and whether they are those that were sent.
fn texts(sent: Option<&Value>, most: usize, each: usize) -> (Vec<String>, usize, bool) {
    let sent = match sent {
        None | Some(Value::Null) => return (Vec::new(), 0, true),
        Some(Value::Array(sent)) => sent.as_slice(),
        // One, not in a list.
        Some(one) => std::slice::from_ref(one),
    };
    let usable = |sent: &&Value| sent.is_string() || sent.is_number();
    let all = sent.iter().filter(usable).count();
    let kept: Vec<_> = sent
        .iter()
        .filter(usable)
        .take(most)
        .map(|sent| text(Some(sent), each))
        .collect();
    let as_sent =
        all == sent.len() && all == kept.len() && kept.iter().all(|(_, as_sent)| *as_sent);
    let more = all - kept.len();
    (
        kept.into_iter().map(|(text, _)| text).collect(),
        more,
        as_sent,
    )
}

/// Returns a link that is safe in a mail, and whether it is the one that was sent. None, `null` and
/// an empty text are no link.
fn link(sent: Option<&Value>) -> (Option<String>, bool) {
    let sent = match sent {
        None | Some(Value::Null) => return (None, true),
        Some(Value::String(sent)) => sent.trim(),
        Some(_) => return (None, false),
    };
    if sent.is_empty() {
        return (None, true);
    }
    let mended = mended(sent);
    if mended.is_some() && ExternalUrl::try_from(sent.to_owned()).is_ok() {
        return (Some(sent.to_owned()), true);
    }
    (mended, false)
}

/// Writes a link as a browser would ask for it: scheme and host in lower case and ASCII, everything
/// else percent-encoded. What names a user, or leads elsewhere than to a web server, is no link to
/// send anybody.
fn mended(sent: &str) -> Option<String> {
    let url = Url::parse(sent).ok()?;
    if !matches!(url.scheme(), "http" | "https")
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return None;
    }
    let mut safe = String::with_capacity(url.as_str().len());
    for c in url.as_str().chars() {
        match c {
            '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '}' | '|' => {
                safe.extend(["%", &format!("{:02X}", u32::from(c))]);
            }
            c => safe.push(c),
        }
    }
    ExternalUrl::try_from(safe).ok().map(String::from)
}

/// Returns a day as `YYYY-MM-DD`, also of an instant, and whether it is the one that was sent.
fn day(sent: Option<&Value>) -> (Option<String>, bool) {
    let sent = match sent {
        None | Some(Value::Null) => return (None, true),
        Some(Value::String(sent)) => sent.trim(),
        Some(_) => return (None, false),
    };
    if sent.is_empty() {
        return (None, true);
    }
    let day = paris::read_day(instant(sent.into()).as_str().unwrap_or_default());
    (day.map(|day| day.to_string()), day.is_some())
}

/// Returns a name that is only shown as one harmless line, if `parse` takes it then: what is
/// repaired is what could have been typed.
#[must_use]
pub fn name<const MAX: usize>(
    sent: &Value,
    parse: fn(&str) -> Result<text::Text<MAX>, Invalid>,
) -> Option<text::Text<MAX>> {
    let (text, _) = text(Some(sent), 5000);
    // Programs leave U+FFFD where they could not read.
    parse(&one_line(
        &text.replace(char::REPLACEMENT_CHARACTER, " "),
        MAX,
    ))
    .ok()
}
