//! A sender as it stands in a mail: a name that anybody may have typed, beside an address (RFC
//! 5322, 3.4).

use base64::{Engine, prelude::BASE64_STANDARD};
use vigie_domain::text::one_line;

/// Longest name, in characters.
const NAME: usize = 64;

/// Bytes in one encoded word: it is at most 75 characters with its frame (RFC 2047, 2).
const WORD: usize = 45;

/// `Name <address>`, or the address alone where there is no name. Whatever is in the name stays a
/// name.
#[must_use]
pub fn mailbox(name: &str, address: &str) -> String {
    let name = one_line(name, NAME);
    if name.is_empty() {
        return address.to_owned();
    }
    // A name that looks like an encoded word would be read as one.
    let plain = name.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !name.contains("=?");
    let shown = if plain { quoted(&name) } else { encoded(&name) };
    format!("{shown} <{address}>")
}

/// A quoted string, in which nothing has a meaning of its own.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Encoded words of whole characters each.
fn encoded(name: &str) -> String {
    let mut words = vec![String::new()];
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if word.len() + c.len_utf8() <= WORD => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    words
        .iter()
        .map(|word| format!("=?UTF-8?B?{}?=", BASE64_STANDARD.encode(word)))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: &str = "alertes@vigie.example";

    fn shown(name: &str) -> String {
        mailbox(name, US)
    }

    #[test]
    fn a_name_stands_beside_the_address() {
        assert_eq!(shown("Vigie"), "\"Vigie\" <alertes@vigie.example>");
        assert_eq!(
            shown("  Vigie \t alertes "),
            "\"Vigie alertes\" <alertes@vigie.example>"
        );
        assert_eq!(
            shown("Vigie, Achats (CUS) <a@b.fr>"),
            "\"Vigie, Achats (CUS) <a@b.fr>\" <alertes@vigie.example>"
        );
    }

    #[test]
    fn without_a_name_it_is_the_address() {
        for name in ["", "  ", "\r\n", "\u{200b}"] {
            assert_eq!(shown(name), US, "{name:?}");
        }
    }

    #[test]
    fn nothing_in_a_name_ends_it() {
        assert_eq!(
            shown(r#"A "B" \ C"#),
            r#""A \"B\" \\ C" <alertes@vigie.example>"#
        );
        let hostile = shown("Vigie\r\nBcc: victim@example.fr");
        assert_eq!(
            hostile,
            "\"Vigie Bcc: victim@example.fr\" <alertes@vigie.example>"
        );
        assert!(!shown("Vigie\u{202e}\u{0}").chars().any(char::is_control));
    }

    #[test]
    fn what_is_not_ascii_is_encoded_in_words_that_mail_programs_take() {
        assert_eq!(
            shown("Ville d’Épinal"),
            "=?UTF-8?B?VmlsbGUgZOKAmcOJcGluYWw=?= <alertes@vigie.example>"
        );
        assert!(shown("=?UTF-8?B?QQ==?=").starts_with("=?UTF-8?B?PT9VVEY"));
        let long = shown(&"é€𝕏".repeat(30));
        let words: Vec<_> = long
            .trim_end_matches(" <alertes@vigie.example>")
            .split(' ')
            .collect();
        assert!(words.len() > 1);
        let decoded: String = words
            .iter()
            .map(|word| {
                assert!(word.len() <= 75, "{word}");
                let inner = word
                    .strip_prefix("=?UTF-8?B?")
                    .and_then(|word| word.strip_suffix("?="))
                    .unwrap_or_default();
                String::from_utf8(BASE64_STANDARD.decode(inner).unwrap_or_default())
                    .unwrap_or_default()
            })
            .collect();
        // Each word is whole by itself, and together they are the name, cut to its length.
        assert!(
            "é€𝕏".repeat(30).starts_with(decoded.trim_end_matches('…')),
            "{decoded}"
        );
    }
}
