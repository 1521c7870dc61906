//! Which alerts, which automatic favourites, which places.

use vigie_platform::runtime::{self, Error};
use vigie_preferences::Preferences;

fn main() -> Result<(), Error> {
    runtime::http(Preferences::new)
}
