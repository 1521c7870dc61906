//! A spreadsheet of agents as an import reads it. Nothing is looked up and nothing is changed, so
//! it costs nothing.

use serde::Serialize;
use vigie_domain::{
    contact::{FieldError, email::Email},
    import::{self, Column, End, Row},
};
use vigie_http::{Call, Problem, Reply, body::File};

/// Most rows that one call reads.
const MAX_ROWS: usize = 500;

/// A position in a body.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "SpreadsheetPosition")
)]
struct Position {
    /// Number of bytes before it.
    bytes: usize,
    /// Number of lines before it.
    lines: usize,
}

/// A row as it is read.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "SpreadsheetRow")
)]
struct RowRead {
    /// The line of the body that it begins on; the first is 1.
    row: u64,
    /// The first of its bytes.
    from: usize,
    /// The first byte behind it.
    to: usize,
    /// Its cells, in the order of the columns.
    cells: Vec<String>,
    /// Its address, if it is one.
    email: Option<Email>,
    /// The reasons for which an import refuses it, by column.
    errors: Vec<FieldError>,
}

/// The part of a spreadsheet that was read.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "SpreadsheetPart")
)]
pub(crate) struct PartRead {
    /// The columns, in their order; `null` for one without a name.
    columns: Vec<Option<Column>>,
    /// The charset; `null` where this part has only characters that all have in common.
    charset: Option<&'static str>,
    /// The end of the header.
    header: Position,
    /// The end of what was read: the next part is the header, and what follows from here on.
    read: Position,
    /// The rows, at most 500.
    rows: Vec<RowRead>,
}

impl PartRead {
    fn new(file: &File, part: import::Part) -> Self {
        let position = |end: End| Position {
            bytes: file.at(end.at),
            lines: end.lines,
        };
        Self {
            header: position(part.header),
            read: position(part.read),
            columns: part.columns,
            charset: file.charset(),
            rows: part.rows.into_iter().map(|row| read(file, row)).collect(),
        }
    }
}

fn read(file: &File, row: Row) -> RowRead {
    RowRead {
        row: row.line,
        from: file.at(row.place.start),
        to: file.at(row.place.end),
        cells: row.cells,
        email: row.email,
        errors: row.agent.err().unwrap_or_default(),
    }
}

/// Reads a part of a spreadsheet.
pub(crate) fn read_spreadsheet(call: &Call) -> Result<Reply, Problem> {
    let administrator = call.administrator()?;
    administrator.require(&administrator.path)?;
    let goes_on = call.flag("more")?;
    let file = call.csv(goes_on)?;
    let part = import::part(&file.text, MAX_ROWS, goes_on).map_err(Problem::invalid)?;
    Reply::json(200, &PartRead::new(&file, part))
}
