//! Search as people expect it: whatever the case, the accents, the kind of apostrophe and the order
//! of the words.

use unicode_normalization::UnicodeNormalization;

use crate::text::Invalid;

/// Longest search, in characters.
pub const MAX: usize = 200;

/// Words of the search; all of them have to be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search(Vec<String>);

impl Search {
    /// Reads the words that somebody typed. Without a letter or a digit it finds everything.
    ///
    /// # Errors
    /// It is too long.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.chars().count() > MAX {
            return Err(Invalid("must have at most 200 characters"));
        }
        Ok(Self(
            fold(text).split_whitespace().map(str::to_owned).collect(),
        ))
    }

    /// True if it finds everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if each word stands in one of the texts, be it within a longer one.
    #[must_use]
    pub fn finds(&self, texts: &[&str]) -> bool {
        if self.is_empty() {
            return true;
        }
        let texts: Vec<_> = texts.iter().map(|text| fold(text)).collect();
        self.0
            .iter()
            .all(|word| texts.iter().any(|text| text.contains(word)))
    }
}

/// Words of letters and digits without case and accents, parted by one space; ligatures are taken
/// apart. What stands between letters parts words, so that `21-166157` is found by its parts and as
/// a whole.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase) {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            // Letters whose stroke is no accent to Unicode.
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' => folded.push('d'),
            'ı' => folded.push('i'),
            // An accent that was taken off its letter.
            c if unicode_normalization::char::is_combining_mark(c) => {}
            c if c.is_alphanumeric() => folded.push(c),
            _ if folded.ends_with(' ') || folded.is_empty() => {}
            _ => folded.push(' '),
        }
    }
    folded
}
