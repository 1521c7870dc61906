//! Contact details, e-mail addresses and who acts for an account.

use vigie_accounts::Accounts;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::http(Accounts::new)
}
