//! Addresses of web pages in what people type. Mail programs make links of them, so that a name
//! could lead its reader astray.
//!
//! The rule and its reasons: docs/decisions/021-names.md.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::text::spelling;

/// IANA's list: what ends in none of these leads nowhere.
const TLDS: &str = include_str!("../../data/tlds.txt");

/// True if a text has what a mail program would make a link of: a scheme, `www.`, an e-mail
/// address, a host's name, or its number.
#[must_use]
pub fn has_address(text: &str) -> bool {
    // Browsers read fullwidth letters and ideographic full stops so too (UTS 46).
    let text = text
        .nfkc()
        .collect::<String>()
        .to_lowercase()
        .replace('\u{3002}', ".");
    if ["://", "www.", "http:", "https:", "mailto:", "javascript:"]
        .iter()
        .any(|sign| text.contains(sign))
    {
        return true;
    }
    let mut pieces = text.split_inclusive(|c| !is_host(c)).peekable();
    let mut is_mailed = false;
    while let Some(piece) = pieces.next() {
        let run = piece.trim_end_matches(|c| !is_host(c));
        let goes_on =
            piece.ends_with('/') && pieces.peek().is_some_and(|next| next.starts_with(is_host));
        if run
            .split("..")
            .any(|host| is_address(host, is_mailed, goes_on))
        {
            return true;
        }
        is_mailed = !run.is_empty() && piece.ends_with('@');
    }
    false
}

/// True if a character can stand in the name of a host, as it is typed. Everything else
/// ends it, be it a quotation mark or an arrow.
fn is_host(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '-' | '.' | '\u{200c}' | '\u{200d}')
}

/// True if it reads as `name.tld`, with or without what may follow.
fn is_address(host: &str, is_mailed: bool, goes_on: bool) -> bool {
    let labels: Vec<&str> = host
        .split('.')
        .map(|label| label.trim_matches('-'))
        .filter(|label| !label.is_empty())
        .collect();
    let [names @ .., last] = labels.as_slice() else {
        return false;
    };
    let is_number = labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok());
    let is_word = last.chars().count() >= 2
        && last
            .chars()
            .all(|c| c.is_alphabetic() || is_combining_mark(c));
    let whatever_it_ends_in = !names.is_empty()
        && is_word
        && (is_mailed || (goes_on && !spelling::is_french(names, last, false)));
    is_number
        || whatever_it_ends_in
        || (1..labels.len()).any(|at| ends_in_tld(&labels[..at], labels[at], is_mailed))
}

/// True if that label ends the name of a host. Many programs know ASCII only: to them a
/// name ends before a letter with an accent or of another script, and before a hyphen.
fn ends_in_tld(names: &[&str], label: &str, is_mailed: bool) -> bool {
    if is_tld(label) {
        return is_mailed || !spelling::is_french(names, label, true);
    }
    let Some((at, next)) = label
        .char_indices()
        .find(|(_, c)| *c == '-' || !c.is_ascii())
    else {
        return false;
    };
    // `Vice.président` is no host in Puerto Rico.
    let has_accent =
        matches!(next, '\u{c0}'..='\u{24f}' | '\u{300}'..='\u{36f}' | '\u{1e00}'..='\u{1eff}');
    (at > 2 || !has_accent)
        && is_tld(&label[..at])
        && !spelling::is_french(names, &label[..at], false)
}

fn is_tld(label: &str) -> bool {
    let ascii = Uts46::new().to_ascii(
        label.as_bytes(),
        AsciiDenyList::EMPTY,
        Hyphens::Allow,
        DnsLength::Ignore,
    );
    ascii.is_ok_and(|ascii| TLDS.lines().any(|tld| tld == ascii))
}
