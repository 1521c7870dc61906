//! Agreement with the sources: template, description, samples, documents, input.

mod bad_input;
mod generated;
mod glossary;
mod guide;
mod openapi;
mod samples;
mod template;
