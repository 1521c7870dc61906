//! The rules, tried by their examples and by whatever else comes in.

mod absence;
mod account;
mod agent;
mod change;
mod contact;
mod email;
mod entity;
mod fact;
mod feedback;
mod forest;
mod import;
mod import_parts;
mod link;
mod names;
mod person;
mod phone;
mod place;
mod preferences;
mod quota;
mod repair;
mod search;
mod sight;
mod spellings;
mod text;
mod token;
mod unsubscribe;
