//! Checks that alerts still leave.

use vigie_canary::Canary;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_aws::run(Canary::new)
}
