//! Looks at an operator's file before it is laid beside a function: it is refused as the function
//! would refuse it, and what it lacks is named.

use std::{env, io, path::Path};

use vigie_operator::Operator;

fn main() -> io::Result<()> {
    for file in env::args().skip(1) {
        for missing in Operator::read(Path::new(&file))?.missing() {
            println!("{missing}");
        }
    }
    Ok(())
}
