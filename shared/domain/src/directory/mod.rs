//! The portal's directory: what it declares of its entities and agents, and what is to be done
//! about it. The newest revision of each object decides, in whatever order they come.

pub mod agent;
pub mod entity;
pub mod inviting;
pub mod known;
pub mod name;
pub mod organisation;
pub mod settle;
