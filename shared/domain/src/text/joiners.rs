//! Zero-width joiners: letters of Indic scripts and Persian need them to be written right; anywhere
//! else they only disguise text.

use std::borrow::Cow;

use idna::uts46::{AsciiDenyList, Hyphens, Uts46};
use unicode_normalization::char::is_combining_mark;

/// True if a character is a zero-width joiner or non-joiner.
pub(crate) fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Returns the text without the joiners that nothing around them needs (CONTEXTJ of RFC 5892, as
/// UTS 46 checks it): behind a virama, or a non-joiner between two letters that would be joined.
pub(crate) fn without_needless(text: &str) -> Cow<'_, str> {
    if !text.contains(is_joiner) {
        return text.into();
    }
    let needed = |at: usize, joiner: char| {
        let (before, after) = (&text[..at], &text[at + joiner.len_utf8()..]);
        // The letter before it with its marks, and the one behind it.
        let letter = before
            .char_indices()
            .rev()
            .find(|(_, c)| !is_combining_mark(*c))
            .filter(|(_, c)| c.is_alphabetic());
        let Some((start, _)) = letter else {
            return false;
        };
        let marks = after.find(|c| !is_combining_mark(c)).unwrap_or(after.len());
        let next = after[marks..]
            .chars()
            .next()
            .filter(|c| c.is_alphabetic())
            .map_or(0, char::len_utf8);
        let is_right = |behind: &str| {
            let around = format!("{}{joiner}{behind}", &before[start..]);
            Uts46::new()
                .to_unicode(around.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow)
                .1
                .is_ok()
        };
        is_right("") || is_right(&after[..marks + next])
    };
    text.char_indices()
        .filter(|(at, c)| !is_joiner(*c) || needed(*at, *c))
        .map(|(_, c)| c)
        .collect::<String>()
        .into()
}
