//! Names of people, as others look for them: by the beginnings of their words, whatever their case,
//! their accents and what stands between them.

use std::collections::BTreeSet;

use crate::{
    contact::{Contact, email::Email},
    text::{Invalid, search::fold},
};

/// Longest search, in characters: an address has no more.
pub const MAX: usize = Email::MAX_BYTES;

/// Most beginnings by which one person is found: each is an item, written in the transactions that
/// write the account, and a transaction has room for a hundred.
pub const MOST_BEGINNINGS: usize = 12;

/// The first two letters of a word of a name, folded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Beginning(String);

impl Beginning {
    fn of(word: &str) -> Option<Self> {
        let (second, letter) = word.char_indices().nth(1)?;
        Some(Self(word[..second + letter.len_utf8()].to_owned()))
    }

    /// Returns the letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The words of a name, folded, each behind a space; the last name goes first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameWords(String);

impl NameWords {
    /// Returns the words of a person's name.
    #[must_use]
    pub fn of(contact: &Contact) -> Self {
        let mut words = String::new();
        for name in [&contact.last_name, &contact.first_name] {
            for word in fold(name).split_whitespace() {
                words.extend([" ", word]);
            }
        }
        Self(words)
    }

    /// Returns them as they are stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the different beginnings of the words, those of the last name first where there are
    /// too many. A word of a single letter has none.
    #[must_use]
    pub fn beginnings(&self) -> BTreeSet<Beginning> {
        let mut beginnings = BTreeSet::new();
        for beginning in self.0.split_whitespace().filter_map(Beginning::of) {
            if beginnings.len() == MOST_BEGINNINGS {
                break;
            }
            beginnings.insert(beginning);
        }
        beginnings
    }
}

/// A search for people.
#[derive(Clone, PartialEq, Eq)]
pub enum PersonSearch {
    /// By their names.
    Name(NameSearch),
    /// By a whole address.
    Address(Email),
    /// By a text that has the sign of addresses and is none: it finds nobody.
    Nobody,
}

impl PersonSearch {
    /// Reads the text that somebody typed.
    ///
    /// # Errors
    /// It is too short or too long, or has neither a word of two letters nor the sign of addresses.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text.chars().count() {
            // A single one may fold to several letters: `ß`, or a syllable of Hangul.
            0 | 1 => return Err(Invalid("must have at least 2 characters")),
            2..=MAX => {}
            _ => return Err(Invalid("must have at most 254 characters")),
        }
        if text.contains('@') {
            return Ok(Email::parse(text).map_or(Self::Nobody, Self::Address));
        }
        NameSearch::parse(text).map(Self::Name)
    }
}

/// The words of a search, folded; a name is found that has a word for each which begins with it.
#[derive(Clone, PartialEq, Eq)]
pub struct NameSearch {
    words: BTreeSet<String>,
    beginning: Beginning,
}

impl NameSearch {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let folded = fold(text);
        let beginning = folded.split_whitespace().find_map(Beginning::of);
        Ok(Self {
            words: folded.split_whitespace().map(str::to_owned).collect(),
            beginning: beginning.ok_or(Invalid(
                "must have a word of two letters at least, or be a whole address",
            ))?,
        })
    }

    /// Returns the words, each once.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// Returns the beginning of one of them.
    #[must_use]
    pub fn beginning(&self) -> &Beginning {
        &self.beginning
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for PersonSearch {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PersonSearch".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 2, "maxLength": MAX })
    }
}
