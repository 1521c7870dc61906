//! Organisations, their entities, and those who administer them.

mod access;
mod administration;
mod entities;
mod provisioning;
