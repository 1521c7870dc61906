//! Headers by which mail programs know what a mail is: sent by a program, of a list, of a thread,
//! easy to leave; and tags, by which SES's events name it.

use vigie_aws::ses::{Header, Tag};
use vigie_domain::id::{AccountId, ConsultationId, digest};

/// Keeps programs from answering: RFC 3834, and the header that Exchange goes by.
pub(crate) fn automatic() -> Vec<Header> {
    vec![
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "All".to_owned()),
    ]
}

/// Names the list that all alerts are of (RFC 2919), for rules that sort mail.
pub(crate) fn list(portal_url: &str) -> Vec<Header> {
    let mut headers = automatic();
    headers.push((
        "List-Id",
        format!("Alertes Vigie <alertes.{}>", host(portal_url)),
    ));
    headers
}

/// Makes one thread of a consultation's alerts: all answer a message that was never sent (RFC 5322,
/// 3.6.4). SES replaces `Message-ID`, so that a mail cannot name the one before it.
pub(crate) fn thread(portal_url: &str, consultation: &ConsultationId) -> Vec<Header> {
    let root = format!(
        "<consultation.{}@{}>",
        digest(&["thread", consultation.as_str()]),
        host(portal_url)
    );
    let mut headers = list(portal_url);
    headers.extend([("In-Reply-To", root.clone()), ("References", root)]);
    headers
}

/// Says where the recipient stops this (RFC 2369, RFC 8058): by one click, or by a mail to a
/// mailbox whose subject names the link.
pub(crate) fn unsubscribe(url: &str, mailbox: Option<&str>) -> Vec<Header> {
    let token = url.rsplit('/').next().unwrap_or_default();
    let by_mail = mailbox
        .map(|mailbox| format!(", <mailto:{mailbox}?subject={token}>"))
        .unwrap_or_default();
    vec![
        ("List-Unsubscribe", format!("<{url}>{by_mail}")),
        (
            "List-Unsubscribe-Post",
            "List-Unsubscribe=One-Click".to_owned(),
        ),
    ]
}

/// Makes the tags by which SES's feedback finds a delivery.
pub(crate) fn tags(kind: &str, account: &AccountId, delivery: &str) -> Vec<Tag> {
    vec![
        ("kind", kind.to_owned()),
        ("account", account.to_string()),
        ("delivery", delivery.to_owned()),
    ]
}

/// Returns the host of the portal's address, without its port.
fn host(portal_url: &str) -> &str {
    let rest = portal_url
        .split_once("://")
        .map_or(portal_url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}
