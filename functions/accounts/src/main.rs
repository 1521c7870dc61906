//! Contact details, e-mail addresses and who acts for an account.

use vigie_accounts::Accounts;
use vigie_aws::Platform;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_http::run(|config| Ok(Accounts::new(&Platform::new(config)?)?))
}
