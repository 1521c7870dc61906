//! The process of a function, whatever it does: its configuration, its clock, its log, its random
//! ids, and the errors that everything else answers by.

pub mod again;
pub mod clock;
pub mod config;
pub mod ids;
pub mod log;
mod start;
pub mod table;
pub mod tokens;

pub use start::{Error, start};
