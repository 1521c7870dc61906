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
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !accepted.iter().any(|accepted| media_type.eq_ignore_ascii_case(accepted)) {
        return Err(Problem::media_type());
    }
    let json = Json::read(body).map_err(|e| Problem::malformed(format!("Not JSON that can be read: {e}.")))?;
    json.into_type().map_err(|e| Problem::invalid(vec![e]))
}
