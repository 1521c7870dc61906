//! AWS, the table aside: clients, the bus, queues, SES, and functions that are fed by them.

pub mod bus;
mod clients;
mod consumer;
pub mod mailbox;
pub mod queue;
pub mod ses;
pub mod tokens;

pub use clients::Aws;
pub use consumer::{Consumer, Platform, run};
