//! The table's stream, as events on the bus.

use vigie_platform::runtime::{self, Error};
use vigie_publisher::Publisher;

fn main() -> Result<(), Error> {
    runtime::consumer(Publisher::new)
}
