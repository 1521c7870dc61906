//! Bodies of requests.

use serde::de::DeserializeOwned;
use vigie_domain::{json::Json, text::readable::readable};

use super::{
    Problem,
    charset::{self, Charset, Unknown},
};

/// Largest body, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// Media types that `PUT` and `POST` take.
pub const JSON: &[&str] = &["application/json"];
/// Media types that `PATCH` takes (RFC 7396).
pub const PATCH: &[&str] = &["application/merge-patch+json", "application/json"];

/// A body as a type.
///
/// # Errors
/// 415 if its media type is not among those accepted, 400 if it is not JSON, 422 with the field
/// that is unknown, missing or not as the type wants it.
pub fn parse<T: DeserializeOwned>(
    content_type: Option<&str>,
    body: &[u8],
    accepted: &[&str],
) -> Result<T, Problem> {
    media_type(content_type, accepted)?;
    // API Gateway replaces bytes that are no UTF-8 by this character: nobody has it in their name.
    if body.windows(3).any(|bytes| bytes == "\u{fffd}".as_bytes()) {
        return Err(Problem::malformed(
            "Not UTF-8: characters were lost on the way.",
        ));
    }
    let json = Json::read(body).map_err(|e| not_json(body, &e))?;
    json.to_type().map_err(|e| Problem::invalid(vec![e]))
}

/// Reads a body of the outside as JSON, whatever it says: halves of characters and numbers that
/// nobody can hold are for who reads the events in it. Returns the media type by which it came, of
/// those accepted.
///
/// # Errors
/// 415 if its media type is not among those accepted, 400 if it is not JSON.
pub fn batch(
    content_type: Option<&str>,
    body: &[u8],
    accepted: &[&'static str],
) -> Result<(Json, &'static str), Problem> {
    let sent = media_type(content_type, accepted).map_err(|problem| Problem {
        detail: format!("Send one of {}.", accepted.join(", ")),
        ..problem
    })?;
    let of = accepted
        .iter()
        .find(|known| sent.eq_ignore_ascii_case(known));
    let text = std::str::from_utf8(body).map_err(|_| Problem::malformed("Not UTF-8."))?;
    let json = Json::read(readable(text).as_bytes()).map_err(|e| not_json(body, &e))?;
    Ok((json, of.copied().unwrap_or_default()))
}

fn not_json(body: &[u8], error: &str) -> Problem {
    if body.starts_with("\u{feff}".as_bytes()) {
        Problem::malformed("Begins with a byte order mark: send the JSON alone.")
    } else {
        Problem::malformed(format!("Not JSON that can be read: {error}."))
    }
}

/// Media types that an import takes: text (RFC 7111), or the bytes of a file as a spreadsheet wrote
/// it. API Gateway hands over `text/*` as text, in which everything that is no UTF-8 has become
/// U+FFFD; of the other types it hands over the bytes.
pub const CSV: &[&str] = &[
    "text/csv",
    "application/vnd.ms-excel",
    "application/octet-stream",
];

/// A file as text, decoded as its first bytes, the charset of its type or its content says: UTF-8,
/// UTF-16 or Windows-1252.
#[derive(Clone, Debug)]
pub struct File {
    /// The text.
    pub text: String,
    /// Length of the byte order mark before it.
    mark: usize,
    charset: Charset,
}

impl File {
    /// Reads a body; where the file goes on behind it (`goes_on`), the lines that end within it.
    /// Text (`is_text`) is not decoded again.
    ///
    /// # Errors
    /// 415 if its media type or charset is another, 400 if it is no text or characters of it were
    /// lost on the way, 422 for a workbook.
    pub fn read(
        content_type: Option<&str>,
        body: &[u8],
        is_text: bool,
        accepted: &[&str],
        goes_on: bool,
    ) -> Result<Self, Problem> {
        let detail = || format!("Send one of {}.", accepted.join(", "));
        media_type(content_type, accepted).map_err(|problem| Problem {
            detail: detail(),
            ..problem
        })?;
        let named = charset::named(content_type.unwrap_or_default()).map_err(|Unknown| Problem {
            detail: "The charset must be utf-8, utf-16, windows-1252 or iso-8859-1; without one the content says which.".to_owned(),
            ..Problem::media_type()
        })?;
        if WORKBOOKS.iter().any(|begin| body.starts_with(begin)) {
            return Err(Problem::invalid_field(
                "",
                "is a workbook and not CSV: save it as « CSV UTF-8 »",
            ));
        }
        let (mark, told) = charset::told(body, named.filter(|_| !is_text));
        let body = if goes_on {
            charset::whole_lines(body, told)
        } else {
            body
        };
        let charset = told.unwrap_or_else(|| charset::guess(body));
        let text = charset::decode(body, Some(charset));
        if text.contains([char::REPLACEMENT_CHARACTER, '\0']) {
            return Err(Problem::malformed(
                "This is no text, or characters of it were lost on the way, since it is not UTF-8. Save it as « CSV UTF-8 », or send its \
                 bytes as application/vnd.ms-excel.",
            ));
        }
        Ok(Self {
            text,
            mark,
            charset,
        })
    }

    /// Returns the position in the body of one in the text.
    #[must_use]
    pub fn at(&self, position: usize) -> usize {
        self.mark + self.charset.size(&self.text[..position])
    }

    /// Returns the name of its charset; `None` where it might be another as well.
    #[must_use]
    pub fn charset(&self) -> Option<&'static str> {
        let is_open = self.mark == 0 && self.charset == Charset::Utf8 && self.text.is_ascii();
        (!is_open).then(|| self.charset.name())
    }
}

/// The first bytes of workbooks: of those that are archives, and of older ones.
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0"];

/// True if a body says that a field of this name has this value, in any encoding that mail
/// programs choose: a form (also with its letters percent-encoded), parts with quoted or bare
/// names, plain text, with or without a media type (RFC 8058 asks for the first two).
#[must_use]
pub fn says(body: &[u8], (name, value): (&str, &str)) -> bool {
    let body = String::from_utf8_lossy(body);
    let decoded = |text: &str| {
        percent_encoding::percent_decode_str(text.trim())
            .decode_utf8_lossy()
            .into_owned()
    };
    // Some encode the whole, its equals sign too.
    let whole = decoded(&body);
    let mut pairs = [&*body, &whole]
        .into_iter()
        .flat_map(|body| body.split(['&', '\n', '\r', ';']))
        .filter_map(|pair| pair.split_once('='));
    let as_form = pairs.any(|(n, v)| decoded(n) == name && decoded(v) == value);
    let as_json =
        || serde_json::from_str::<serde_json::Value>(&body).is_ok_and(|body| body[name] == value);
    as_form || parts(&body).any(|(n, v)| n == name && v == value) || as_json()
}

/// Returns names and first lines of the parts of a multipart body.
fn parts(body: &str) -> impl Iterator<Item = (String, &str)> {
    body.split("\n--").chain([body]).filter_map(|part| {
        let (headers, content) = part
            .split_once("\r\n\r\n")
            .or_else(|| part.split_once("\n\n"))?;
        let disposition = headers.lines().find(|line| {
            line.to_ascii_lowercase()
                .starts_with("content-disposition:")
        })?;
        let name = disposition.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("name").then_some(value)
        })?;
        Some((
            name.trim().trim_matches('"').to_owned(),
            content.lines().next().unwrap_or_default().trim(),
        ))
    })
}

fn media_type<'t>(content_type: Option<&'t str>, accepted: &[&str]) -> Result<&'t str, Problem> {
    let media_type = content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if accepted
        .iter()
        .any(|accepted| media_type.eq_ignore_ascii_case(accepted))
    {
        Ok(media_type)
    } else {
        Err(Problem::media_type())
    }
}
