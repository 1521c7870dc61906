//! Pages, and the headers that keep them to themselves: every page that any function serves has the
//! same.

use ::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
};

use jiff::Timestamp;

use super::{Reply, site::Site};

/// Frame of a page without a script: written once with all other pages, and bundled from there
/// (`functions/portal/web`).
const SHELL: &str = include_str!("shell.html");

/// A page. Its address may hold a token, so that no other site is told of it, and nobody keeps a
/// copy (`Reply` sets `no-store`). `policy` says what it may load, run, call and send, beyond what
/// no page may.
#[must_use]
pub fn page(html: impl Into<Vec<u8>>, policy: &str) -> Reply {
    let policy = format!(
        "default-src 'none'; {policy}; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    );
    Reply::bytes(200, "text/html; charset=utf-8", html)
        .with(CONTENT_SECURITY_POLICY, policy)
        .with(REFERRER_POLICY, "no-referrer")
        .with(STRICT_TRANSPORT_SECURITY, "max-age=31536000")
        .with(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        )
        .with(
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        )
        .with(
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        )
}

/// Returns a page without a script in the shell of all pages. It may send its form to where it came
/// from and can do nothing else. `heading` and `content` are HTML: texts of ours, or escaped.
#[must_use]
pub fn plain_page(site: &Site, now: Timestamp, heading: &str, content: &str) -> Reply {
    let html = site.dressed(SHELL, now, &[("heading", heading), ("content", content)]);
    page(html, "style-src 'self'; img-src data:; form-action 'self'")
}
