//! Errors as RFC 9457 `application/problem+json`, by the table in docs/contract.md. No stack trace,
//! no table name, no address.

use serde::Serialize;
use vigie_domain::{
    account::MAILS_PER_HOUR,
    contact::FieldError,
    quota::{BOUNCES, Limit, SEARCHES},
    text::Invalid,
};

use vigie_runtime::{table::StoreError, tokens::KeysUnavailable};

use super::refusal::Words;

/// An error as the caller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Last part of its `type`, `urn:vigie:problem:<name>`.
    pub name: &'static str,
    /// In a sentence, the same for each problem of that name.
    pub title: &'static str,
    /// A way to mend this one.
    pub detail: String,
    /// Fields refused, on 422.
    pub errors: Vec<FieldError>,
    /// Seconds after which to try again.
    pub retry_after: Option<i64>,
    /// Methods that the path has, on 405.
    pub allow: Option<String>,
    /// For the log only.
    pub cause: Option<String>,
    /// The words of its page, where a browser asks; else those of its status.
    pub words: Option<&'static Words>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

impl Problem {
    /// A problem by its place in the table of docs/contract.md.
    #[must_use]
    pub fn new(
        status: u16,
        name: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            name,
            title,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            allow: None,
            cause: None,
            words: None,
        }
    }

    /// Gives it words of its own for who opened it in a browser.
    #[must_use]
    pub fn in_words(self, words: &'static Words) -> Self {
        Self {
            words: Some(words),
            ..self
        }
    }

    /// Malformed JSON.
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(400, "malformed", "The request cannot be read", detail)
    }

    /// Nobody is signed in.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(
            401,
            "unauthorized",
            "Sign in first",
            "This route needs a bearer token of the stack's issuer.",
        )
    }

    /// Another's account or entity.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(
            403,
            "forbidden",
            "Not yours",
            "Whoever holds this token may not do this here.",
        )
    }

    /// Unknown, or not to be known.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            404,
            "not-found",
            "There is nothing here",
            "No such thing, or none that the login may see.",
        )
    }

    /// The path is known, and not by this method.
    #[must_use]
    pub fn method_not_allowed(allowed: &str) -> Self {
        let problem = Self::new(
            405,
            "method-not-allowed",
            "Not by this method",
            "See the header Allow.",
        );
        Self {
            allow: Some(allowed.to_owned()),
            ..problem
        }
    }

    /// The address belongs to an account.
    #[must_use]
    pub fn email_taken() -> Self {
        Self::new(
            409,
            "email-taken",
            "The e-mail address is taken",
            "An address is accepted once on the whole platform.",
        )
    }

    /// Returns the refusal of a change to an entity that the portal declares.
    #[must_use]
    pub fn declared() -> Self {
        Self::new(
            409,
            "declared",
            "The portal declares it",
            "Change it on the portal.",
        )
    }

    /// The account has no address that a mail could go to.
    #[must_use]
    pub fn email_none() -> Self {
        Self::new(
            409,
            "email-none",
            "The account has no e-mail address",
            "A mail cannot reach it until it has one.",
        )
    }

    /// Others kept writing.
    #[must_use]
    pub fn conflict() -> Self {
        Self::new(
            409,
            "conflict",
            "Somebody else was faster",
            "Read again and repeat.",
        )
    }

    /// Says that others changed it since the caller read it.
    #[must_use]
    pub fn stale() -> Self {
        Self::new(
            412,
            "stale",
            "It has changed since",
            "Read it again and repeat.",
        )
    }

    /// Returns the refusal of what is to be created only where nothing is yet.
    #[must_use]
    pub fn exists() -> Self {
        Self::new(
            412,
            "exists",
            "It is there already",
            "Choose another id, or change what is there.",
        )
    }

    /// Nobody would be left who can administer the organisation.
    #[must_use]
    pub fn last_administrator() -> Self {
        let detail = "Give its root another administrator first, who accepts the invitation.";
        Self::new(
            409,
            "last-administrator",
            "An organisation keeps an administrator",
            detail,
        )
    }

    /// The body's media type is not one that the route takes.
    #[must_use]
    pub fn media_type() -> Self {
        Self::new(
            415,
            "media-type",
            "Wrong media type",
            "Send application/json (or application/merge-patch+json to PATCH).",
        )
    }

    /// 415 for a body that is compressed.
    #[must_use]
    pub fn coded() -> Self {
        let detail = "Send the body as it is, without Content-Encoding.";
        Self {
            detail: detail.to_owned(),
            ..Self::media_type()
        }
    }

    /// The body is over so many bytes.
    #[must_use]
    pub fn too_large(most: usize) -> Self {
        let detail = format!("At most {} KiB.", most / 1024);
        Self::new(413, "too-large", "The body is too large", detail)
    }

    /// Fields refused; the first hundred of them, so that an answer stays in proportion to its
    /// request.
    #[must_use]
    pub fn invalid(mut errors: Vec<FieldError>) -> Self {
        errors.truncate(100);
        Self {
            errors,
            ..Self::new(422, "invalid", "Some fields were refused", "See errors.")
        }
    }

    /// One field refused.
    #[must_use]
    pub fn invalid_field(field: &str, reason: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError {
            field: field.to_owned(),
            reason: reason.into(),
        }])
    }

    /// Too many mails asked for.
    #[must_use]
    pub fn too_many(seconds: i64) -> Self {
        let [Limit { most, .. }] = BOUNCES;
        let detail = format!(
            "At most {MAILS_PER_HOUR} mails per account and hour, and none for a day after {most} to others' addresses came back."
        );
        Self {
            retry_after: Some(seconds),
            ..Self::new(429, "too-many-mails", "Too many mails", detail)
        }
    }

    /// Too many addresses looked up.
    #[must_use]
    pub fn too_many_lookups(seconds: i64) -> Self {
        let detail = "At most 1,000 addresses an hour and 5,000 a day for an organisation, tried or invited, and half of it by one who \
            administers a part; a file counts as at least 20.";
        Self {
            retry_after: Some(seconds),
            ..Self::new(429, "too-many-rows", "Too many rows", detail)
        }
    }

    /// Too many searches for colleagues.
    #[must_use]
    pub fn too_many_searches(seconds: i64) -> Self {
        let [hour, day] = SEARCHES.map(|limit| limit.most);
        let detail = format!("At most {hour} an hour and {day} a day for an account.");
        Self {
            retry_after: Some(seconds),
            ..Self::new(429, "too-many-searches", "Too many searches", detail)
        }
    }

    /// A service that we need does not answer.
    #[must_use]
    pub fn unavailable(cause: impl Into<String>) -> Self {
        let problem = Self::new(
            503,
            "unavailable",
            "Not available right now",
            "Try again in a moment.",
        );
        Self {
            retry_after: Some(2),
            cause: Some(cause.into()),
            ..problem
        }
    }

    /// Our fault.
    #[must_use]
    pub fn internal(cause: impl Into<String>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(500, "internal", "Something went wrong", "It was logged.")
        }
    }

    /// Returns the problem as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let body = Body {
            r#type: format!("urn:vigie:problem:{}", self.name),
            title: self.title,
            status: self.status,
            detail: &self.detail,
            errors: &self.errors,
        };
        serde_json::to_string(&body).unwrap_or_default()
    }
}

impl From<StoreError> for Problem {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::Refused | StoreError::Conflict => Self::conflict(),
            StoreError::Unavailable(..) => Self::unavailable(e.to_string()),
            StoreError::Corrupt(..) | StoreError::Unbuildable(..) => Self::internal(e.to_string()),
        }
    }
}

impl From<KeysUnavailable> for Problem {
    fn from(e: KeysUnavailable) -> Self {
        Self::unavailable(e.to_string())
    }
}

/// Answers as for an unknown name in a path or query: a text that cannot be an id names nothing.
impl From<Invalid> for Problem {
    fn from(_: Invalid) -> Self {
        Self::not_found()
    }
}
