//! Agreement with the sources: template, samples, documents, input.

mod bad_input;
mod glossary;
mod guide;
mod samples;
mod template;
