//! The pages that mailed links lead to, and the API's description.

use vigie_platform::runtime::{self, Error};
use vigie_portal::Portal;

fn main() -> Result<(), Error> {
    runtime::http(Portal::new)
}
