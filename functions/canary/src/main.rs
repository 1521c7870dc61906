//! Checks that alerts still leave.

use vigie_canary::Canary;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::consumer(Canary::new)
}
