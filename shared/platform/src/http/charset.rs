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

/// Decodes a file: by its byte order mark, as UTF-8 if it is that, as Windows-1252 otherwise.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => str::from_utf8(bytes).map_or_else(|_| windows_1252(bytes), Cow::Borrowed).into_owned(),
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
            assert_eq!(decode(&bytes), "Renée €", "{bytes:?}");
        }
        assert_eq!(decode(b""), "");
        assert!(decode(b"x\x81").contains('\u{fffd}'));
        assert!(decode(b"\xFF\xFEx").contains('\u{fffd}'));
    }
}
