//! The events' door for portals that do not speak to AWS.

use vigie_aws::Platform;
use vigie_intake::Intake;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_http::run(|config| Ok(Intake::new(&Platform::new(config)?)?))
}
