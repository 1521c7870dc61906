//! The record of processing activities in `infra/README.md`, of the table that the page on personal
//! data is made of too.

use std::fmt::Write as _;

use vigie_portal::public::stored::Stored;

const HEAD: &str = "| Where | What | How long |\n|---|---|---|\n";

/// Returns the document with its table made anew: what stands between its head and the next empty
/// line.
pub(crate) fn readme(committed: &str) -> String {
    let Some((before, rest)) = committed.split_once(HEAD) else {
        return committed.to_owned();
    };
    let after = rest.split_once("\n\n").map_or("", |(_, after)| after);
    let mut made = format!("{before}{HEAD}");
    for row in Stored::all() {
        let how_long = row.how_long;
        let _ = writeln!(made, "| {} | {} | {how_long} |", row.place, row.what);
    }
    format!("{made}\n{after}")
}
