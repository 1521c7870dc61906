//! The pages, and the headers that keep them to themselves.

use vigie_platform::http::{
    Reply,
    header::{CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY},
};

use crate::{asset::Assets, sign_in::SignIn};

/// A page.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Page {
    Home,
    Confirmation,
    Invitation,
    Link,
    Delegation,
}

impl Page {
    fn html(self) -> &'static str {
        match self {
            Self::Home => include_str!("../assets/index.html"),
            Self::Confirmation => include_str!("../assets/confirm.html"),
            Self::Invitation => include_str!("../assets/invitation.html"),
            Self::Link => include_str!("../assets/link.html"),
            Self::Delegation => include_str!("../assets/delegation.html"),
        }
    }

    /// What its script may call: the API it came from, and the issuer where it signs in.
    fn connects_to(self, sign_in: &SignIn) -> String {
        match self {
            Self::Home => "'none'".to_owned(),
            Self::Confirmation => "'self'".to_owned(),
            Self::Invitation | Self::Link | Self::Delegation => format!("'self' {}", sign_in.origins()),
        }
    }

    /// The page. Its address may hold a token, so that no other site is told of it, and nobody keeps a copy (`Reply` sets
    /// `no-store`).
    pub(crate) fn reply(self, assets: &Assets, sign_in: &SignIn) -> Reply {
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src {}; form-action 'none'; \
             base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            self.connects_to(sign_in)
        );
        Reply::bytes(200, "text/html; charset=utf-8", assets.versioned(self.html()))
            .with(CONTENT_SECURITY_POLICY, policy)
            .with(REFERRER_POLICY, "no-referrer")
            .with(STRICT_TRANSPORT_SECURITY, "max-age=31536000")
            .with(HeaderName::from_static("cross-origin-opener-policy"), "same-origin")
            .with(HeaderName::from_static("cross-origin-resource-policy"), "same-origin")
            .with(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()")
    }
}

/// An answer that does nothing when it is opened as a page.
pub(crate) fn inert(reply: Reply) -> Reply {
    reply.with(CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'").with(REFERRER_POLICY, "no-referrer")
}
