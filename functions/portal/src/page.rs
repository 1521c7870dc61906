//! The pages, and the headers that keep them to themselves.

use vigie_platform::http::{
    Problem, Reply,
    header::{CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY},
};

use crate::{asset, sign_in::SignIn};

/// Where a page says how to sign in.
const SIGN_IN: &str = "{{sign-in}}";

/// A page.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Page {
    /// « Mon compte », in whichever section.
    Account,
    Confirmation,
    Invitation,
    Link,
    Delegation,
}

impl Page {
    fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Confirmation => "confirm",
            Self::Invitation => "invitation",
            Self::Link => "link",
            Self::Delegation => "delegation",
        }
    }

    /// Returns what its script may call: the API it came from, and the issuer where it signs in.
    fn connects_to(self, sign_in: &SignIn) -> String {
        match self {
            Self::Confirmation => "'self'".to_owned(),
            Self::Account | Self::Invitation | Self::Link | Self::Delegation => format!("'self' {}", sign_in.origins()),
        }
    }

    /// Returns the page. Its address may hold a token, so that no other site is told of it, and nobody keeps a copy (`Reply` sets
    /// `no-store`).
    pub(crate) fn reply(self, sign_in: &SignIn) -> Result<Reply, Problem> {
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src {}; form-action 'none'; \
             base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            self.connects_to(sign_in)
        );
        let html = asset::page(self.name()).replace(SIGN_IN, &sign_in.attribute()?);
        Ok(Reply::bytes(200, "text/html; charset=utf-8", html)
            .with(CONTENT_SECURITY_POLICY, policy)
            .with(REFERRER_POLICY, "no-referrer")
            .with(STRICT_TRANSPORT_SECURITY, "max-age=31536000")
            .with(HeaderName::from_static("cross-origin-opener-policy"), "same-origin")
            .with(HeaderName::from_static("cross-origin-resource-policy"), "same-origin")
            .with(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"))
    }
}

/// Returns an answer that does nothing when it is opened as a page.
pub(crate) fn inert(reply: Reply) -> Reply {
    reply.with(CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'").with(REFERRER_POLICY, "no-referrer")
}
