//! The table's stream, as events on the bus.

use vigie_publisher::Publisher;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_aws::run(Publisher::new)
}
