//! The pages that mailed links lead to, and the descriptions of the API and its events.

use vigie_portal::Portal;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_http::run(|config| Ok(Portal::new(config)?))
}
