//! What agents follow, and what they choose.

mod access_follows;
mod dashboard;
mod favourites;
mod preferences;
