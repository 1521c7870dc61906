//! Everything whose time has come.

use vigie_platform::runtime::{self, Error};
use vigie_scheduler::Scheduler;

fn main() -> Result<(), Error> {
    runtime::consumer(Scheduler::new)
}
