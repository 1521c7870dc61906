//! The only reader of consultation events.

use vigie_consultations::Consultations;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::consumer(Consultations::new)
}
