//! Characters of files that spreadsheets write: UTF-8, UTF-16, and Windows-1252, which French ones
//! still choose by themselves.
//!
//! The well-kept crate for this knows forty encodings and links the tables of all of them, which is
//! more than the function's zip has room for; the one table that is needed has 27 entries (WHATWG,
//! Encoding, "index windows-1252").

/// The characters for 0x80 to 0x9F; U+FFFD for the five that stand for nothing.
const HIGH: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž',
    '\u{fffd}', '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}',
    'ž', 'Ÿ',
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
    /// Windows-1252, and ISO-8859-1, of which it is what everybody means (WHATWG, Encoding, "Names
    /// and labels").
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
    let mut parameters = content_type
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='));
    let Some((_, charset)) =
        parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
    else {
        return Ok(None);
    };
    let name = charset
        .trim()
        .trim_matches(['"', '\''])
        .to_ascii_lowercase();
    match name.as_str() {
        "" => Ok(None),
        "utf-8" | "utf8" | "us-ascii" | "ascii" => Ok(Some(Charset::Utf8)),
        "utf-16" | "utf16" | "utf-16le" | "unicode" | "ucs-2" => {
            Ok(Some(Charset::Utf16 { little: true }))
        }
        "utf-16be" => Ok(Some(Charset::Utf16 { little: false })),
        "windows-1252" | "cp1252" | "cp-1252" | "x-cp1252" | "ansi" | "iso-8859-1"
        | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" | "l1" => {
            Ok(Some(Charset::Windows1252))
        }
        "iso-8859-15" | "iso8859-15" | "iso_8859-15" | "latin9" | "latin-9" | "l9" => {
            Ok(Some(Charset::Latin9))
        }
        _ => Err(Unknown),
    }
}

impl Charset {
    /// Returns the name by which a media type has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 { little: true } => "utf-16le",
            Self::Utf16 { little: false } => "utf-16be",
            Self::Windows1252 => "windows-1252",
            Self::Latin9 => "iso-8859-15",
        }
    }

    /// Returns the number of bytes that a text takes.
    #[must_use]
    pub fn size(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 { .. } => 2 * text.encode_utf16().count(),
            Self::Windows1252 | Self::Latin9 => text.chars().count(),
        }
    }
}

/// Decodes a file: by its byte order mark, else by its charset, else as UTF-8 if it is that, and as
/// Windows-1252 otherwise.
#[must_use]
pub fn decode(bytes: &[u8], named: Option<Charset>) -> String {
    let (mark, charset) = told(bytes, named);
    text(&bytes[mark..], charset.unwrap_or_else(|| guess(bytes)))
}

/// Returns the length of a file's byte order mark, and the charset that it or the name says.
#[must_use]
pub fn told(bytes: &[u8], named: Option<Charset>) -> (usize, Option<Charset>) {
    match bytes {
        [0xFF, 0xFE, ..] => (2, Some(Charset::Utf16 { little: true })),
        [0xFE, 0xFF, ..] => (2, Some(Charset::Utf16 { little: false })),
        [0xEF, 0xBB, 0xBF, ..] => (3, Some(Charset::Utf8)),
        _ => (0, named),
    }
}

/// Returns the charset of bytes of which nothing is told.
#[must_use]
pub fn guess(bytes: &[u8]) -> Charset {
    if str::from_utf8(bytes).is_ok() {
        Charset::Utf8
    } else {
        Charset::Windows1252
    }
}

/// Returns the lines of a file that end within the bytes.
#[must_use]
pub fn whole_lines(bytes: &[u8], charset: Option<Charset>) -> &[u8] {
    let (width, low) = match charset {
        Some(Charset::Utf16 { little: true }) => (2, 0),
        Some(Charset::Utf16 { little: false }) => (2, 1),
        _ => (1, 0),
    };
    let is_end = |unit: &[u8]| {
        matches!(unit[low], b'\n' | b'\r')
            && unit.iter().enumerate().all(|(i, b)| i == low || *b == 0)
    };
    let end = bytes.chunks_exact(width).rposition(is_end);
    &bytes[..end.map_or(0, |at| (at + 1) * width)]
}

fn text(bytes: &[u8], charset: Charset) -> String {
    match charset {
        Charset::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Charset::Utf16 { little: true } => utf16(bytes, u16::from_le_bytes),
        Charset::Utf16 { little: false } => utf16(bytes, u16::from_be_bytes),
        Charset::Windows1252 => windows_1252(bytes),
        Charset::Latin9 => windows_1252(bytes).chars().map(latin_9).collect(),
    }
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
    let units = bytes
        .chunks(2)
        .map(|pair| pair.try_into().map_or(0xFFFD, unit));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn windows_1252(bytes: &[u8]) -> String {
    let character = |byte: &u8| match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        byte => char::from(*byte),
    };
    bytes.iter().map(character).collect()
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
            [
                vec![0xFF, 0xFE],
                "Renée €"
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes)
                    .collect(),
            ]
            .concat(),
            [
                vec![0xFE, 0xFF],
                "Renée €"
                    .encode_utf16()
                    .flat_map(u16::to_be_bytes)
                    .collect(),
            ]
            .concat(),
        ] {
            assert_eq!(decode(&bytes, None), "Renée €", "{bytes:?}");
        }
        assert_eq!(decode(b"", None), "");
        assert!(decode(b"x\x81", None).contains('\u{fffd}'));
        assert!(decode(b"\xFF\xFEx", None).contains('\u{fffd}'));
    }

    #[test]
    fn a_charset_that_is_named_is_the_one_unless_the_first_bytes_say_otherwise() {
        let utf16 =
            |unit: fn(u16) -> [u8; 2]| "Renée €".encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        for (content_type, bytes) in [
            ("text/csv; charset=utf-8", "Renée €".as_bytes().to_vec()),
            (
                "text/csv;header=present; Charset=\"Windows-1252\"",
                b"Ren\xE9e \x80".to_vec(),
            ),
            ("text/csv; charset=ISO-8859-1", b"Ren\xE9e \x80".to_vec()),
            ("text/csv; charset=iso-8859-15", b"Ren\xE9e \xA4".to_vec()),
            ("text/csv; charset=utf-16", utf16(u16::to_le_bytes)),
            ("text/csv; charset=utf-16be", utf16(u16::to_be_bytes)),
            (
                "text/csv; charset=utf-16",
                [vec![0xFE, 0xFF], utf16(u16::to_be_bytes)].concat(),
            ),
            (
                "text/csv; charset=windows-1252",
                [b"\xEF\xBB\xBF".as_slice(), "Renée €".as_bytes()].concat(),
            ),
            ("text/csv; charset=", "Renée €".as_bytes().to_vec()),
            ("text/csv; header=absent", "Renée €".as_bytes().to_vec()),
        ] {
            assert_eq!(
                decode(&bytes, named(content_type).expect("a charset")),
                "Renée €",
                "{content_type}"
            );
        }
        assert!(
            decode(
                b"Ren\xE9e",
                named("text/csv; charset=utf-8").expect("a charset")
            )
            .contains('\u{fffd}')
        );
        for unknown in [
            "text/csv; charset=shift_jis",
            "text/csv; charset=x",
            "text/csv; charset=\"utf-7\"",
        ] {
            assert_eq!(named(unknown), Err(Unknown), "{unknown}");
        }
    }
}
