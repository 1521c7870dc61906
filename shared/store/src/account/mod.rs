//! Accounts, and all that is one account's.

pub(crate) mod absences;
pub(crate) mod addresses;
pub(crate) mod administrators;
pub(crate) mod binding;
pub(crate) mod choices;
pub(crate) mod creation;
pub(crate) mod data;
pub(crate) mod invitations;
pub(crate) mod items;
pub(crate) mod links;
pub(crate) mod names;
pub(crate) mod quotas;
pub(crate) mod reservations;
pub(crate) mod todos;
pub(crate) mod unreached;
pub(crate) mod writes;
