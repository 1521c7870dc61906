//! Characters of files that spreadsheets write: UTF-8, UTF-16, and Windows-1252, which French ones still choose by themselves.
//!
//! The well-kept crate for this knows forty encodings and links the tables of all of them, which is more than the function's zip has room
//! for; the one table that is needed has 27 entries (WHATWG, Encoding, "index windows-1252").

use std::borrow::Cow;

/// The characters for 0x80 to 0x9F; U+FFFD for the five that stand for nothing.
const HIGH: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}', '\u{fffd}', '‘', '’', '“', '”',
    '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];

/// A charset that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// UTF-16; with a byte order mark that one decides.
    Utf16 {
        /// The low byte of each unit comes first.
        little: bool,
    },
    /// Windows-1252, and ISO-8859-1, of which it is what everybody means (WHATWG, Encoding, "Names and labels").
    Windows1252,
    /// ISO-8859-15, which has the euro sign elsewhere.
    Latin9,
}

/// A charset that is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown;

/// Returns the charset that a media type names (RFC 9110, section 8.3.2), if it names one.
///
/// # Errors
/// It names another.
pub fn named(content_type: &str) -> Result<Option<Charset>, Unknown> {
    let mut parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let Some((_, charset)) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset")) else { return Ok(None) };
    let name = charset.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    match name.as_str() {
        "" => Ok(None),
        "utf-8" | "utf8" | "us-ascii" | "ascii" => Ok(Some(Charset::Utf8)),
        "utf-16" | "utf16" | "utf-16le" | "unicode" | "ucs-2" => Ok(Some(Charset::Utf16 { little: true })),
        "utf-16be" => Ok(Some(Charset::Utf16 { little: false })),
        "windows-1252" | "cp1252" | "cp-1252" | "x-cp1252" | "ansi" | "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1"
        | "l1" => Ok(Some(Charset::Windows1252)),
        "iso-8859-15" | "iso8859-15" | "iso_8859-15" | "latin9" | "latin-9" | "l9" => Ok(Some(Charset::Latin9)),
        _ => Err(Unknown),
    }
}

/// Decodes a file: by its byte order mark, else by its charset, else as UTF-8 if it is that, and as Windows-1252 otherwise.
#[must_use]
pub fn decode(bytes: &[u8], named: Option<Charset>) -> String {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => return utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => return utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => return String::from_utf8_lossy(rest).into_owned(),
        _ => {}
    }
    match named {
        Some(Charset::Utf8) => String::from_utf8_lossy(bytes).into_owned(),
        Some(Charset::Utf16 { little: true }) => utf16(bytes, u16::from_le_bytes),
        Some(Charset::Utf16 { little: false }) => utf16(bytes, u16::from_be_bytes),
        Some(Charset::Windows1252) => windows_1252(bytes).into_owned(),
        Some(Charset::Latin9) => windows_1252(bytes).chars().map(latin_9).collect(),
        None => str::from_utf8(bytes).map_or_else(|_| windows_1252(bytes), Cow::Borrowed).into_owned(),
    }
}

/// Returns whether bytes that are no UTF-8 are of MS-DOS (code page 850, which Excel offers beside the others): read as Windows-1252, they
/// would make signs within words that no word has, as in `Ren‚` and `FRAN€OIS`. Which bytes are what: Unicode's "CP850.TXT".
#[must_use]
pub fn is_dos(bytes: &[u8]) -> bool {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    let is_small = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_lowercase);
    let odd = |(at, byte): (usize, &u8)| {
        let (before, after) = (at.checked_sub(1).and_then(|at| bytes.get(at)), bytes.get(at + 1));
        match byte {
            // é â ç ê ë, and as Windows-1252 ‚ ƒ ‡ ˆ ‰
            0x82 | 0x83 | 0x87..=0x89 => is_letter(before) || is_letter(after),
            // è î, and as Windows-1252 the capitals Š Œ
            0x8A | 0x8C => is_small(before),
            // Ç ä ï ô ö Â Î, and as Windows-1252 € „ ‹ “ ” ¶ ×
            0x80 | 0x84 | 0x8B | 0x93 | 0x94 | 0xB6 | 0xD7 => is_letter(before) && is_letter(after),
            _ => false,
        }
    };
    str::from_utf8(bytes).is_err() && bytes.iter().enumerate().any(odd)
}

/// Returns the character of ISO-8859-15 in the place of this one of ISO-8859-1.
fn latin_9(c: char) -> char {
    match c {
        '¤' => '€',
        '¦' => 'Š',
        '¨' => 'š',
        '´' => 'Ž',
        '¸' => 'ž',
        '¼' => 'Œ',
        '½' => 'œ',
        '¾' => 'Ÿ',
        c => c,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks(2).map(|pair| pair.try_into().map_or(0xFFFD, unit));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn windows_1252(bytes: &[u8]) -> Cow<'_, str> {
    let character = |byte: &u8| match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        byte => char::from(*byte),
    };
    bytes.iter().map(character).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_french_spreadsheets_write_is_read() {
        for bytes in [
            "Renée €".as_bytes().to_vec(),
            [b"\xEF\xBB\xBF".as_slice(), "Renée €".as_bytes()].concat(),
            b"Ren\xE9e \x80".to_vec(),
            [vec![0xFF, 0xFE], "Renée €".encode_utf16().flat_map(u16::to_le_bytes).collect()].concat(),
            [vec![0xFE, 0xFF], "Renée €".encode_utf16().flat_map(u16::to_be_bytes).collect()].concat(),
        ] {
            assert_eq!(decode(&bytes, None), "Renée €", "{bytes:?}");
        }
        assert_eq!(decode(b"", None), "");
        assert!(decode(b"x\x81", None).contains('\u{fffd}'));
        assert!(decode(b"\xFF\xFEx", None).contains('\u{fffd}'));
    }

    #[test]
    fn what_ms_dos_wrote_is_told_from_windows_1252() {
        for dos in [
            b"Ren\x82".as_slice(),
            b"Ren\x82e;Martin",
            b"No\x89l",
            b"H\x82l\x8ane",
            b"Mich\x8Ale",
            b"Beno\x8Ct",
            b"Fran\x87ois",
            b"FRAN\x80OIS",
            b"\x82cole",
            b"for\x88t",
            b"G\x83teau",
            b"contr\x93le",
            b"K\x94nig",
            b"Ha\x8Bti",
            b"MA\xD7TRE",
        ] {
            assert!(is_dos(dos), "{dos:?}");
        }
        for windows in [
            "Renée;Hélène;Michèle;Benoît;François;FRANÇOIS;école;forêt;Gâteau;contrôle;König;Haïti;MAÎTRE;JéRôME",
            "l’eau;cœur;Œuvre;“mot”;‘mot’;‹mot›;Paris–Lyon — 12 €;etc…;Šimon;Žižek;Ÿ;100 ‰;† 2020;™",
            "5 × 3;§ 4 ¶ 2;n° 4;1 ½",
        ] {
            let bytes: Vec<u8> =
                windows.chars().map(|c| HIGH.iter().position(|high| *high == c).map_or(c as u8, |at| at as u8 + 0x80)).collect();
            assert_eq!(windows_1252(&bytes), windows);
            assert!(!is_dos(&bytes), "{windows}");
            assert!(!is_dos(windows.as_bytes()), "{windows}");
        }
    }

    #[test]
    fn a_charset_that_is_named_is_the_one_unless_the_first_bytes_say_otherwise() {
        let utf16 = |unit: fn(u16) -> [u8; 2]| "Renée €".encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        for (content_type, bytes) in [
            ("text/csv; charset=utf-8", "Renée €".as_bytes().to_vec()),
            ("text/csv;header=present; Charset=\"Windows-1252\"", b"Ren\xE9e \x80".to_vec()),
            ("text/csv; charset=ISO-8859-1", b"Ren\xE9e \x80".to_vec()),
            ("text/csv; charset=iso-8859-15", b"Ren\xE9e \xA4".to_vec()),
            ("text/csv; charset=utf-16", utf16(u16::to_le_bytes)),
            ("text/csv; charset=utf-16be", utf16(u16::to_be_bytes)),
            ("text/csv; charset=utf-16", [vec![0xFE, 0xFF], utf16(u16::to_be_bytes)].concat()),
            ("text/csv; charset=windows-1252", [b"\xEF\xBB\xBF".as_slice(), "Renée €".as_bytes()].concat()),
            ("text/csv; charset=", "Renée €".as_bytes().to_vec()),
            ("text/csv; header=absent", "Renée €".as_bytes().to_vec()),
        ] {
            assert_eq!(decode(&bytes, named(content_type).expect("a charset")), "Renée €", "{content_type}");
        }
        assert!(decode(b"Ren\xE9e", named("text/csv; charset=utf-8").expect("a charset")).contains('\u{fffd}'));
        for unknown in ["text/csv; charset=shift_jis", "text/csv; charset=x", "text/csv; charset=\"utf-7\""] {
            assert_eq!(named(unknown), Err(Unknown), "{unknown}");
        }
    }
}
