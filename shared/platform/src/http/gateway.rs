//! What API Gateway hands over and takes back (HTTP API, payload format 2.0), as far as we read and write it.
//!
//! `lambda_http` builds a URI of the request and panics where that fails, as it does for a query with a `<` in it. No route
//! needs a URI, so that nothing a client sends can fail here.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ::http::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_domain::id::LoginId;

/// A request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    raw_path: String,
    /// Decoded; values of a name that stands there twice are joined by commas.
    query_string_parameters: Option<BTreeMap<String, String>>,
    headers: Option<BTreeMap<String, String>>,
    request_context: Context,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct Context {
    http: Http,
    authorizer: Option<Authorizer>,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

#[derive(Deserialize)]
struct Authorizer {
    jwt: Option<Jwt>,
}

#[derive(Deserialize)]
struct Jwt {
    claims: Option<BTreeMap<String, Value>>,
}

impl Request {
    /// The HTTP method, as it was spelt.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.request_context.http.method
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.raw_path
    }

    /// A parameter of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query_string_parameters.as_ref()?.get(name).map(String::as_str)
    }

    /// A header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter().flatten();
        headers.find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The login that API Gateway's authorizer vouched for; its checks (signature, issuer, audience, expiry) are not repeated.
    #[must_use]
    pub fn login(&self) -> Option<LoginId> {
        let claims = self.request_context.authorizer.as_ref()?.jwt.as_ref()?.claims.as_ref()?;
        Some(LoginId::new(claims.get("iss")?.as_str()?, claims.get("sub")?.as_str()?))
    }

    /// The body; none if it was encoded and cannot be decoded.
    #[must_use]
    pub fn body(&self) -> Option<Vec<u8>> {
        let body = self.body.as_deref().unwrap_or_default();
        if self.is_base64_encoded { STANDARD.decode(body).ok() } else { Some(body.as_bytes().to_vec()) }
    }
}

/// An answer as API Gateway takes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
    /// Always empty; `cargo lambda watch` insists on it.
    cookies: [String; 0],
}

impl From<Response<Vec<u8>>> for Answer {
    fn from(response: Response<Vec<u8>>) -> Self {
        let (parts, body) = response.into_parts();
        let text = |value: &::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let (body, is_base64_encoded) = match String::from_utf8(body) {
            Ok(body) => (body, false),
            Err(e) => (STANDARD.encode(e.as_bytes()), true),
        };
        Self { status_code: parts.status.as_u16(), headers, body, is_base64_encoded, cookies: [] }
    }
}
