//! Entities, links across them, and their agents.

use vigie_aws::Platform;
use vigie_entities::Entities;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_http::run(|config| Ok(Entities::new(&Platform::new(config)?)?))
}
