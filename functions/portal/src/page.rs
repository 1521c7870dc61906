//! The pages, and what each may do.

use vigie_http::{
    Call, Problem, Reply,
    header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY},
    page,
};

use crate::{asset, sign_in::SignIn};

/// The place in a page for the issuer at which agents sign in.
const SIGN_IN: &str = "sign-in";

/// A page.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Page {
    /// « Mon compte », in whichever section.
    Account,
    Confirmation,
    Invitation,
    Link,
    Delegation,
    Recovery,
    RecoveryStop,
}

impl Page {
    fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Confirmation => "confirm",
            Self::Invitation => "invitation",
            Self::Link => "link",
            Self::Delegation => "delegation",
            Self::Recovery => "recovery",
            Self::RecoveryStop => "stop",
        }
    }

    /// Returns what its script may call: the API it came from, and the issuer where it signs in.
    fn connects_to(self, sign_in: &SignIn) -> String {
        match self {
            Self::Confirmation | Self::RecoveryStop => "'self'".to_owned(),
            _ => format!("'self' {}", sign_in.origins()),
        }
    }

    /// Returns the page.
    pub(crate) fn reply(self, sign_in: &SignIn, call: &Call) -> Result<Reply, Problem> {
        let connects_to = self.connects_to(sign_in);
        let policy = format!(
            "script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src {connects_to}; form-action 'none'"
        );
        let own = [(SIGN_IN, &*sign_in.attribute()?)];
        let html = call.site.dressed(asset::page(self.name()), call.now, &own);
        Ok(page(html, &policy))
    }
}

/// Returns an answer that does nothing when it is opened as a page.
pub(crate) fn inert(reply: Reply) -> Reply {
    reply
        .with(
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        )
        .with(REFERRER_POLICY, "no-referrer")
}
