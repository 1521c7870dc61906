//! The first step of a new customer.

use vigie_provisioning::Provisioning;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_aws::run(Provisioning::new)
}
