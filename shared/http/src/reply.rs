//! Answers.

pub use ::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION};
use ::http::{HeaderName, HeaderValue, Response, header};
use serde::Serialize;
use vigie_domain::id::digest;

use super::Problem;

/// An answer in the making.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    content_type: Option<&'static str>,
    body: Vec<u8>,
    headers: Vec<(HeaderName, String)>,
}

impl Reply {
    /// JSON.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn json<T: Serialize>(status: u16, body: &T) -> Result<Self, Problem> {
        let body = serde_json::to_vec(body).map_err(|e| Problem::internal(e.to_string()))?;
        Ok(Self::bytes(status, "application/json", body))
    }

    /// Anything.
    #[must_use]
    pub fn bytes(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type: Some(content_type),
            body: body.into(),
            headers: Vec::new(),
        }
    }

    /// Nothing (204).
    #[must_use]
    pub fn empty() -> Self {
        Self {
            status: 204,
            content_type: None,
            body: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// With a header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a strong entity tag of what it holds (RFC 9110, 8.8.3): the same for the same bytes.
    #[must_use]
    pub fn tagged(self) -> Self {
        let tag = format!("\"{}\"", digest(&[&String::from_utf8_lossy(&self.body)]));
        self.with(ETAG, tag)
    }

    /// Its entity tag.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(name, _)| *name == ETAG)
            .map(|(_, etag)| etag.as_str())
    }

    /// Drops the body, as HEAD asks for.
    #[must_use]
    pub fn without_body(mut self) -> Self {
        self.body.clear();
        self
    }

    /// Returns 304 instead of a representation that the asker has: one of its entity tags is the
    /// answer's, compared weakly, or it has any (RFC 9110, 13.1.2). An answer without a tag stays
    /// as it is.
    #[must_use]
    pub fn unless_known(self, tags: &str) -> Self {
        if self.status != 200 || !self.etag().is_some_and(|etag| names(tags, etag)) {
            return self;
        }
        let headers = self
            .headers
            .into_iter()
            .filter(|(name, _)| *name != header::CONTENT_ENCODING)
            .collect();
        Self {
            status: 304,
            content_type: None,
            body: Vec::new(),
            headers,
        }
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the response as sent. An answer that says nothing about caching is not cached:
    /// answers hold personal data.
    #[must_use]
    pub fn into_response(self) -> Response<Vec<u8>> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status.try_into().unwrap_or_default();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        if let Some(content_type) = self.content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, value) in self.headers {
            if let Ok(value) = value.parse() {
                headers.insert(name, value);
            }
        }
        response
    }

    /// Returns the answer with the status of a problem, and what its headers say.
    pub(super) fn refusing(self, problem: Problem) -> Self {
        let mut reply = Self {
            status: problem.status,
            ..self
        };
        if let Some(seconds) = problem.retry_after {
            reply = reply.with(header::RETRY_AFTER, seconds.to_string());
        }
        if let Some(methods) = problem.allow {
            reply = reply.with(header::ALLOW, methods);
        }
        reply
    }
}

/// True if `If-None-Match` names an entity tag, compared weakly, or any (RFC 9110, 13.1.2).
pub(crate) fn names(tags: &str, etag: &str) -> bool {
    let bare = |tag: &str| tag.trim().strip_prefix("W/").unwrap_or(tag.trim()) == etag;
    // No tag of ours holds a comma, and none is weak.
    tags.trim() == "*" || tags.split(',').any(bare)
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        let json = problem.to_json();
        Self::bytes(problem.status, "application/problem+json", json).refusing(problem)
    }
}
