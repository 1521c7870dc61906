//! The only reader of consultation events.

use vigie_consultations::Consultations;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_aws::run(Consultations::new)
}
