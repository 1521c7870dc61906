//! Stars.

use vigie_favourites::Favourites;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::http(Favourites::new)
}
