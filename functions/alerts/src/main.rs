//! Who might want to know of a fact.

use vigie_alerts::Alerts;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::consumer(Alerts::new)
}
