//! The first step of a new customer.

use vigie_platform::runtime::{self, Error};
use vigie_provisioning::Provisioning;

fn main() -> Result<(), Error> {
    runtime::consumer(Provisioning::new)
}
