//! Stars.

use vigie_aws::Platform;
use vigie_favourites::Favourites;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_http::run(|config| Ok(Favourites::new(&Platform::new(config)?)?))
}
