//! HTTP behind API Gateway: a table of routes, one place that decides who may, bodies in,
//! problem+json out.

mod bearer;
pub mod body;
mod call;
mod caller;
mod charset;
mod cursor;
pub mod gateway;
#[cfg(feature = "schema")]
pub mod openapi;
pub mod page;
pub mod problem;
pub mod refusal;
pub mod reply;
pub mod route;
mod run;
pub mod site;
pub mod view;

pub use ::http::header;
pub use bearer::{Bearer, EVENTS, Machine};
pub use call::Call;
pub use caller::{Access, Administrator, Caller, Gate, Open};
pub use cursor::{cursor, dated_cursor};
pub use gateway::Request;
pub use page::page;
pub use problem::Problem;
pub use reply::Reply;
pub use route::{Handler, Method, Route, answer};
pub use run::run;
pub use site::Site;
