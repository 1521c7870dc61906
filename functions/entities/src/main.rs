//! Entities, links across them, and their agents.

use vigie_entities::Entities;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::http(Entities::new)
}
