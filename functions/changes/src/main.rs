//! The table's stream, as events on the bus.

use vigie_changes::Changes;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::consumer(Changes::new)
}
