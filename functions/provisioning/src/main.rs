//! The first step of a new customer.

use vigie_provisioning::Provisioning;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::consumer(Provisioning::new)
}
