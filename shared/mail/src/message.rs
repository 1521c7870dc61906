//! A mail about an account before it has a greeting: the part that differs from one to the next.

use jiff::Timestamp;

use super::{block::Block, date};

/// Longest name of an entity or an organisation, in characters.
pub(super) const NAME: usize = 200;

/// A mail about an account, without greeting and layout.
pub(super) struct Message {
    pub subject: &'static str,
    pub preheader: String,
    pub body: Block,
    pub why: String,
}

/// A link that works once, and until when.
pub(super) fn offer(body: &mut Block, label: &str, link: &str, expires_at: Timestamp) {
    body.button(label, link);
    body.spelt_out(link);
    body.paragraph(&format!(
        "Ce lien est valable jusqu’au {}.",
        date::moment(expires_at)
    ));
}
