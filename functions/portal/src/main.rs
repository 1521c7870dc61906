//! The pages that mailed links lead to, and the API's description.

use vigie_portal::Portal;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_http::run(|_| Ok(Portal::new()?))
}
