//! Everything whose time has come.

use vigie_due::Due;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::consumer(Due::new)
}
