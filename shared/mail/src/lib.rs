//! Mails as values: their content in French, as plain text and as HTML. Nothing here sends.

mod account;
mod alert;
mod block;
pub mod calendar;
mod changes;
mod count;
mod daily;
pub(crate) mod date;
mod letterhead;
mod link_request;
mod linked;
mod message;
mod news;
mod recovery;
mod template;
mod undeliverable;

pub use account::AccountMail;
pub use alert::{Alert, Links, Why};
pub use daily::{Daily, MAX_HTML, Told};
pub use letterhead::{Letterhead, Particulars};
pub use linked::Linked;
pub use news::label;
pub use recovery::Recovered;
pub use template::{Content, Rendered, Template};
pub use undeliverable::line as unreached_line;
