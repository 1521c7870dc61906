//! Favourites and choices of agents.

mod access_follows;
mod dashboard;
mod favourites;
mod preferences;
