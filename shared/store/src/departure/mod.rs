//! Departures: the last day of an agent, what they alone followed, and what becomes of an account
//! that does not work any more.

pub mod deactivation;
pub mod handover;
pub mod leaving;
