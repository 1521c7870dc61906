//! Bodies of requests.

use lambda_http::{Body, http::HeaderMap, http::header::CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::{Value, error::Category};

use super::Problem;

/// Largest body, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

const JSON: &[&str] = &["application/json"];
const PATCH: &[&str] = &["application/merge-patch+json", "application/json"];

/// The body as a type; unknown fields and wrong types name the field.
///
/// # Errors
/// By the contract's table: 415, 413, 400, 422.
pub fn json<T: DeserializeOwned>(headers: &HeaderMap, body: &Body) -> Result<T, Problem> {
    parse(bytes(headers, body, JSON)?)
}

/// A JSON Merge Patch (RFC 7396), still as JSON.
///
/// # Errors
/// By the contract's table: 415, 413, 400.
pub fn merge_patch(headers: &HeaderMap, body: &Body) -> Result<Value, Problem> {
    parse(bytes(headers, body, PATCH)?)
}

/// A patch as a type: `application/merge-patch+json` or `application/json`.
///
/// # Errors
/// By the contract's table: 415, 413, 400, 422.
pub fn patch<T: DeserializeOwned>(headers: &HeaderMap, body: &Body) -> Result<T, Problem> {
    parse(bytes(headers, body, PATCH)?)
}

fn bytes<'a>(headers: &HeaderMap, body: &'a Body, accepted: &[&str]) -> Result<&'a [u8], Problem> {
    let bytes: &[u8] = body.as_ref();
    if bytes.len() > MAX_BYTES {
        return Err(Problem::too_large());
    }
    let media_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !accepted.iter().any(|accepted| media_type.eq_ignore_ascii_case(accepted)) {
        return Err(Problem::media_type());
    }
    Ok(bytes)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|e| {
        let field = e.path().to_string();
        refused(if field == "." { "" } else { &field }, e.inner())
    })?;
    json.end().map_err(|e| refused("", &e))?;
    Ok(parsed)
}

fn refused(field: &str, error: &serde_json::Error) -> Problem {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let reason = error.to_string();
    let reason = reason.strip_suffix(&place).unwrap_or(&reason);
    match error.classify() {
        Category::Data => Problem::invalid_field(field, vigie_domain::text::one_line(reason, 200)),
        _ => Problem::malformed(format!("Not JSON:{place}.")),
    }
}
