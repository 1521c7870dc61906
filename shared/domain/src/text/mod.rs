//! Short human text, and why a value was refused.
//!
//! [`Text`] is for what we keep (names, titles of jobs, address lines): bad text is refused.
//! [`one_line`] is for what others sent us and we only show (titles, reasons in events): it is made
//! harmless, never refused.

mod joiners;
pub mod readable;
pub mod search;
mod spelling;
pub mod template;
pub mod untrusted;
pub mod web;

use std::{fmt, ops::Deref};

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The reason for which a value is not acceptable, in words that can be shown to the sender. Never
/// holds the value itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invalid(pub &'static str);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Invalid {}

/// One refused field of a request: `field` is its dotted path, empty for the whole body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// Dotted path in camelCase, such as `address.city`.
    pub field: String,
    /// The reason.
    pub reason: String,
}

impl FieldError {
    /// The field at that path was refused for that reason.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.reason)
        } else {
            write!(f, "{}: {}", self.field, self.reason)
        }
    }
}

/// One line of text of 1 to `MAX` characters: trimmed, in NFC, without control, invisible or
/// directional characters.
///
/// Its `Debug` form hides the content, because names live in this type and logs must not hold
/// names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// The text, normalised.
    ///
    /// # Errors
    /// It is empty, too long, or holds characters that could break a line or reorder its
    /// surroundings.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        // Almost every text is in NFC, which is seen sooner than made.
        let text: String = if is_nfc(text) {
            text.to_owned()
        } else {
            text.nfc().collect()
        };
        if text
            .chars()
            .all(|c| is_invisible(c) || joiners::is_joiner(c) || c.is_whitespace())
        {
            return Err(Invalid("must not be empty"));
        }
        let unfit =
            |c| breaks_or_reorders(c) || is_invisible(c) || c == char::REPLACEMENT_CHARACTER;
        if text.chars().any(unfit) || joiners::without_needless(&text) != text {
            return Err(Invalid(
                "must be one line without control, invisible or directional characters",
            ));
        }
        if text.chars().count() > MAX {
            return Err(Invalid("is too long"));
        }
        Ok(Self(text))
    }

    /// The text as a name of somebody or something: without the address of a web page, since names
    /// are mailed to strangers, who are not to be led anywhere by them.
    ///
    /// # Errors
    /// Parses as [`Text::parse`] does, and refuses a text that holds such an address.
    pub fn name(text: &str) -> Result<Self, Invalid> {
        let name = Self::parse(text)?;
        if web::has_address(&name) {
            Err(Invalid("must not have the address of a web page"))
        } else {
            Ok(name)
        }
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl<const MAX: usize> std::str::FromStr for Text<MAX> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> AsRef<str> for Text<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(…)")
    }
}

#[cfg(feature = "schema")]
impl<const MAX: usize> schemars::JsonSchema for Text<MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Text{MAX}").into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX, "pattern": pattern() })
    }
}

/// Returns the regular expression of the texts that [`Text::parse`] takes: no control, invisible or
/// directional character, and at least one visible one. White space around the text is left out,
/// line ends too. The code also refuses joiners that no script needs, which takes more than a
/// pattern, and tags (U+E0000 on), for which no escape is understood by every reader of schemas.
#[cfg(feature = "schema")]
fn pattern() -> String {
    const UNSEEN: &str = r"\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffd";
    const SPACE: &str = r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000";
    const LINE_ENDS: &str = r"\u0009-\u000d\u0085\u2028\u2029";
    format!(
        "^[{LINE_ENDS}{SPACE}]*[^{UNSEEN}]*[^{UNSEEN}{SPACE}][^{UNSEEN}]*[{LINE_ENDS}{SPACE}]*$"
    )
}

/// Text of unknown origin as one harmless line of at most `max` characters, for subjects, mails and
/// pages.
///
/// White space and control characters collapse into one space, invisible and bidirectional
/// formatting characters go (a joiner stays where its script needs it), and what is too long ends
/// in "…". Markup is left alone: escaping belongs to where the text is put.
#[must_use]
pub fn one_line(text: &str, max: usize) -> String {
    let text = joiners::without_needless(text);
    let mut line = String::with_capacity(text.len().min(4 * max));
    let (mut length, mut gap) = (0, false);
    // Length at which to cut so that "…" still fits.
    let mut room_for_ellipsis = 0;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            gap = length > 0;
            continue;
        }
        if is_invisible(c) || breaks_or_reorders(c) {
            continue;
        }
        for c in std::mem::take(&mut gap)
            .then_some(' ')
            .into_iter()
            .chain([c])
        {
            if length == max {
                line.truncate(room_for_ellipsis);
                line.truncate(
                    line.trim_end_matches(|c: char| c.is_whitespace() || joiners::is_joiner(c))
                        .len(),
                );
                line.extend((max > 0).then_some('…'));
                return line;
            }
            line.push(c);
            length += 1;
            if length < max {
                room_for_ellipsis = line.len();
            }
        }
    }
    line
}

/// Takes away what surrounds a text without being seen: white space, direction marks, zero-width
/// characters, byte order marks. They come along when an address is copied.
#[must_use]
pub fn trim_unseen(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace() || is_invisible(c) || joiners::is_joiner(c) || breaks_or_reorders(c)
    })
}

/// Ends a line in a mail header or a page, or reorders the text around it (UAX #9 explicit
/// formatting).
fn breaks_or_reorders(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Takes no room on the screen, so that it only serves to disguise text: zero-width, fillers, tags,
/// interlinear marks. Joiners are judged by what they stand between ([`joiners`]).
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{17B4}'
            | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}
