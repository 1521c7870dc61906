//! The portal's directory: its entities and its agents.

use vigie_directory::Directory;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_aws::run(Directory::new)
}
