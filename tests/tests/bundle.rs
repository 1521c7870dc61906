//! Promises that no single function keeps.

mod alarms;
mod first_call;
mod histories;
mod operator;
mod promises;
mod races;
mod stored;
mod table_faults;
