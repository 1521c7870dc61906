//! Mails: decided, sent, received, and what SES says of them.

mod connection;
mod daily_and_absence;
mod delivery;
mod feedback;
mod undelivered;
