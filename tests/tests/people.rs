//! People and their accounts.

mod accounts;
mod calendar;
mod links;
mod recovery;
mod rotation;
mod test_alert;
