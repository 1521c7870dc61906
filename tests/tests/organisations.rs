//! Organisations, their entities, and those who administer them.

mod access;
mod administration;
mod departures;
mod directory;
mod entities;
mod provisioning;
