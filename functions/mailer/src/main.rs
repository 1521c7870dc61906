//! Decides, claims and sends.

use vigie_mailer::Mailer;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_aws::run(Mailer::new)
}
