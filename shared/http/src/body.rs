//! Bodies of requests.

use serde::de::DeserializeOwned;

use super::{
    Problem,
    charset::{self, Unknown},
    json::Json,
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
    let json = Json::read(body)
        .map_err(|e| Problem::malformed(format!("Not JSON that can be read: {e}.")))?;
    json.into_type().map_err(|e| Problem::invalid(vec![e]))
}

/// Media types that an import takes: text (RFC 7111), or the bytes of a file as a spreadsheet wrote
/// it. API Gateway hands over `text/*` as text, in which everything that is no UTF-8 has become
/// U+FFFD; of the other types it hands over the bytes.
pub const CSV: &[&str] = &[
    "text/csv",
    "application/vnd.ms-excel",
    "application/octet-stream",
];

/// A body as text, decoded as its first bytes, the charset of its type or its content says: UTF-8,
/// UTF-16 or Windows-1252. What is text already (`is_text`) is not decoded again.
///
/// # Errors
/// 415 if its media type or charset is another, 400 if characters of it were lost on the way.
pub fn text(
    content_type: Option<&str>,
    body: &[u8],
    is_text: bool,
    accepted: &[&str],
) -> Result<String, Problem> {
    let detail = || format!("Send one of {}.", accepted.join(", "));
    media_type(content_type, accepted).map_err(|problem| Problem {
        detail: detail(),
        ..problem
    })?;
    let named = charset::named(content_type.unwrap_or_default()).map_err(|Unknown| Problem {
        detail: "The charset must be utf-8, utf-16, windows-1252 or iso-8859-1; without one the content says which.".to_owned(),
        ..Problem::media_type()
    })?;
    let text = charset::decode(body, named.filter(|_| !is_text));
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Problem::malformed(
            "Characters of this file were lost on the way, since it is not UTF-8. Save it as « CSV UTF-8 », or send its bytes as \
             application/vnd.ms-excel.",
        ));
    }
    Ok(text)
}

/// Returns whether a body says that a field of this name has this value, in any encoding that mail
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
