//! Everything that touches the world: the Lambda runtime, HTTP, the table, the bus and SES.
//! Decisions live in `vigie-domain`.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

pub mod aws;
pub mod bus;
pub mod calendar;
pub mod clock;
pub mod config;
pub mod http;
pub mod ids;
pub mod log;
pub mod mail;
pub mod mailbox;
pub mod queue;
pub mod runtime;
pub mod ses;
pub mod store;
