//! Which alerts, which automatic favourites, which places.

use vigie_preferences::Preferences;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::http(Preferences::new)
}
