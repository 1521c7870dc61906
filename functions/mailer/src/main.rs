//! Decides, claims and sends.

use vigie_mailer::Mailer;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::consumer(Mailer::new)
}
