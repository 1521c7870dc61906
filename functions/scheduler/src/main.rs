//! Everything whose time has come.

use vigie_runtime::Error;
use vigie_scheduler::Scheduler;

fn main() -> Result<(), Error> {
    vigie_aws::run(Scheduler::new)
}
