//! JSON text of the outside that is right by its grammar and yet cannot be read: made readable, so
//! that one value does not have the whole event refused.

use std::borrow::Cow;

/// Deepest nesting that is read: the reader stops at 128, and an event that is refused lies a few
/// levels deep in another one.
const DEEPEST: usize = 100;

/// Returns a JSON text that can be read: halves of surrogate pairs are replaced by U+FFFD (some
/// programs cut a text in the middle of an emoji), numbers beyond what a number holds are texts of
/// the same digits, and what is nested too deep is `null`. Returns the text itself where there is
/// nothing of that.
#[must_use]
pub fn readable(json: &str) -> Cow<'_, str> {
    let mut mended = Mended {
        json,
        text: String::new(),
        copied: 0,
    };
    let (bytes, mut at, mut depth) = (json.as_bytes(), 0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        at = match byte {
            b'"' => mended.string(at),
            b'[' | b'{' if depth == DEEPEST => {
                let end = end_of(bytes, at);
                mended.replace(at, end, "null");
                end
            }
            b'[' | b'{' => {
                depth += 1;
                at + 1
            }
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                at + 1
            }
            b'-' | b'0'..=b'9' => mended.number(at),
            _ => at + 1,
        };
    }
    mended.done()
}

/// A text of which some pieces are replaced.
struct Mended<'j> {
    json: &'j str,
    text: String,
    copied: usize,
}

impl<'j> Mended<'j> {
    fn replace(&mut self, from: usize, to: usize, by: &str) {
        self.text.push_str(&self.json[self.copied..from]);
        self.text.push_str(by);
        self.copied = to;
    }

    /// Goes through the string that begins there; returns where it is over.
    fn string(&mut self, start: usize) -> usize {
        let bytes = self.json.as_bytes();
        let mut at = start + 1;
        while let Some(byte) = bytes.get(at) {
            at += match byte {
                b'"' => return at + 1,
                b'\\' => match escaped(bytes, at) {
                    Some(0xD800..=0xDBFF)
                        if matches!(escaped(bytes, at + 6), Some(0xDC00..=0xDFFF)) =>
                    {
                        12
                    }
                    Some(0xD800..=0xDFFF) => {
                        self.replace(at, at + 6, "\\ufffd");
                        6
                    }
                    _ => 2,
                },
                _ => 1,
            };
        }
        at
    }

    /// Goes through the number that begins there; returns where it is over.
    fn number(&mut self, start: usize) -> usize {
        let is_part =
            |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
        let end = start
            + self.json.as_bytes()[start..]
                .iter()
                .take_while(is_part)
                .count();
        let number = &self.json[start..end];
        let whole = number
            .trim_start_matches('-')
            .bytes()
            .all(|byte| byte.is_ascii_digit());
        let fits = if whole {
            number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok()
        } else {
            number.parse::<f64>().is_ok_and(f64::is_finite)
        };
        // Text that is no number at all stays, and is no JSON.
        if !fits && number.parse::<f64>().is_ok() {
            self.replace(start, end, &format!("\"{number}\""));
        }
        end
    }

    fn done(mut self) -> Cow<'j, str> {
        if self.copied == 0 {
            return self.json.into();
        }
        self.text.push_str(&self.json[self.copied..]);
        self.text.into()
    }
}

/// Returns where the list or object that begins there is over.
fn end_of(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth, mut in_text) = (start, 0_usize, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if in_text => at += 1,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Returns the UTF-16 unit of an escape `\uXXXX` that begins there.
fn escaped(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    let digits = std::str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
    u16::from_str_radix(digits, 16).ok()
}
