//! The bundle in one process: every function as it is, on a real `DynamoDB` engine, with the bus,
//! the queues and SES seen on the wire of the real SDK. One world per test.

mod calls;
mod engine;
pub mod everything;
pub mod fake_aws;
pub mod feedback;
pub mod gate;
pub mod http;
pub mod routes;
pub mod scenario;
mod seed;
pub mod stream;
pub mod table;
mod todos;
pub mod traffic;
pub mod wire;
pub mod world;

pub use http::{Act, Answer, Login};
pub use world::World;
