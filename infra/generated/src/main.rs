//! Writes what follows from the code, where it differs from what is there.

use std::{fs, io};

fn main() -> io::Result<()> {
    for file in vigie_generated::files()? {
        if file.committed()? != file.text {
            fs::write(file.place(), &file.text)?;
            println!("{}", file.path);
        }
    }
    Ok(())
}
