//! Consultations, their facts, and who follows them.

pub(crate) mod awaited;
pub(crate) mod facts;
pub(crate) mod favourites;
pub(crate) mod followers;
pub(crate) mod items;
pub(crate) mod lists;
pub(crate) mod named;
pub(crate) mod sight;
pub(crate) mod stars;
pub(crate) mod watches;
