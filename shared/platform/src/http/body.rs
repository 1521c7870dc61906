//! Bodies of requests.

use serde::de::DeserializeOwned;

use super::{Problem, json::Json};

/// Largest body, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// What `PUT` and `POST` take.
pub const JSON: &[&str] = &["application/json"];
/// What `PATCH` takes (RFC 7396).
pub const PATCH: &[&str] = &["application/merge-patch+json", "application/json"];

/// A body as a type.
///
/// # Errors
/// 415 if its media type is not among those accepted, 400 if it is not JSON, 422 with the field that is unknown, missing or not as
/// the type wants it.
pub fn parse<T: DeserializeOwned>(content_type: Option<&str>, body: &[u8], accepted: &[&str]) -> Result<T, Problem> {
    media_type(content_type, accepted)?;
    let json = Json::read(body).map_err(|e| Problem::malformed(format!("Not JSON that can be read: {e}.")))?;
    json.into_type().map_err(|e| Problem::invalid(vec![e]))
}

/// What an import takes (RFC 7111).
pub const CSV: &str = "text/csv";

/// A body as text.
///
/// # Errors
/// 415 if its media type is another, 400 if it is not UTF-8.
pub fn text<'b>(content_type: Option<&str>, body: &'b [u8], accepted: &str) -> Result<&'b str, Problem> {
    media_type(content_type, &[accepted]).map_err(|problem| Problem { detail: format!("Send {accepted}."), ..problem })?;
    str::from_utf8(body).map_err(|_| Problem::malformed("Not UTF-8. Spreadsheets have « CSV UTF-8 » among the formats they save in."))
}

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// Whether a form has a field of this name and value, both of letters and hyphens. RFC 8058 allows both encodings.
///
/// # Errors
/// 415 if its media type is neither.
pub fn form_says(content_type: Option<&str>, body: &[u8], (name, value): (&str, &str)) -> Result<bool, Problem> {
    let body = String::from_utf8_lossy(body);
    if media_type(content_type, &[FORM, MULTIPART])?.eq_ignore_ascii_case(FORM) {
        return Ok(body.trim().split('&').any(|pair| pair.split_once('=') == Some((name, value))));
    }
    let named = format!("name=\"{name}\"");
    let mut part = body.split(&named).skip(1);
    // The part's headers end with an empty line.
    let first = |part: &str| part.split_once("\r\n\r\n").and_then(|(_, content)| content.lines().next().map(str::to_owned));
    Ok(part.any(|part| first(part).as_deref() == Some(value)))
}

fn media_type<'t>(content_type: Option<&'t str>, accepted: &[&str]) -> Result<&'t str, Problem> {
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if accepted.iter().any(|accepted| media_type.eq_ignore_ascii_case(accepted)) { Ok(media_type) } else { Err(Problem::media_type()) }
}
