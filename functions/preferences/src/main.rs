//! Alerts, automatic favourites and places of execution.

use vigie_aws::Platform;
use vigie_preferences::Preferences;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_http::run(|config| Ok(Preferences::new(&Platform::new(config)?)?))
}
