//! Consultations and their facts, from the first draft to the end.

mod canary;
mod closing;
mod consultations;
mod facts;
mod intake;
mod retention;
mod sign_offs;
