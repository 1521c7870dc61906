//! Fans a fact out to those who might want to know of it.

use vigie_alerts::Alerts;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::consumer(Alerts::new)
}
