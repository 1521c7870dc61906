//! The words and rules of a procurement agent's account and alerts.
//!
//! Pure: no AWS, no async, no clock. What is read from the world (`now`, random ids, keys) is
//! passed in. Every rule names its source: the customer's guide (« Paramétrer votre compte
//! personnel »), an RFC or an AWS page.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

pub mod absence;
pub mod account;
pub mod alert;
pub mod asked;
pub mod audit;
pub mod canary;
pub mod change;
pub mod consultation;
pub mod contact;
pub mod daily_quota;
pub mod deadline;
pub mod delivery;
mod dos;
pub mod email;
pub mod entity;
pub mod event;
pub mod fact;
pub mod feedback;
pub mod id;
pub mod import;
pub mod invitation;
mod joiners;
pub mod link;
pub mod own_domain;
pub mod paris;
pub mod phone;
pub mod place;
pub mod preferences;
pub mod quota;
pub mod readable;
pub mod repair;
pub mod reservation;
pub mod retention;
pub mod rights;
pub mod search;
mod spelling;
pub mod stored;
pub mod text;
pub mod token;
pub mod unreached;
pub mod unsubscribe;
pub mod untrusted;
pub mod web;
