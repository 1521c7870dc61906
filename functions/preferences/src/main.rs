//! Alerts, automatic favourites and places of execution.

use vigie_platform::runtime::{self, Error};
use vigie_preferences::Preferences;

fn main() -> Result<(), Error> {
    runtime::http(Preferences::new)
}
