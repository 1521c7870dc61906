//! Fans a fact out to those who might want to know of it.

use vigie_alerts::Alerts;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_aws::run(Alerts::new)
}
