//! The words and rules of a procurement agent's account and alerts.
//!
//! Pure: no AWS, no async, no clock. What is read from the world (`now`, random ids, keys) is
//! passed in. Every rule names its source: the customer's guide (« Paramétrer votre compte
//! personnel »), an RFC or an AWS page.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

pub mod account;
pub mod audit;
pub mod canary;
pub mod consultation;
pub mod contact;
pub mod delivery;
pub mod directory;
pub mod entity;
pub mod event;
pub mod id;
pub mod import;
pub mod json;
pub mod paris;
pub mod quota;
pub mod retention;
pub mod stored;
pub mod text;
pub mod token;
pub mod working_day;
