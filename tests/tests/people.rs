//! People and their accounts.

mod accounts;
mod calendar;
mod links;
mod test_alert;
