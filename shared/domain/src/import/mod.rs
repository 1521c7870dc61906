//! Agents in a spreadsheet: the CSV that administrators import, by the contact's field names or
//! their French words.
//!
//! Columns are separated by `;` (as French spreadsheets write), `,` or tabs, as the header line has
//! it; lines end in any of the three ways. A bad row spoils only itself; what is wrong with the
//! columns spoils the file, since it would spoil every row. Each row of the file is accounted for:
//! a quotation mark that is never closed spoils the row that it stands in, and takes no other with
//! it.

mod columns;
mod dos;
mod record;

use std::{borrow::Cow, collections::BTreeSet, ops::Range};

use serde_json::{Map, Value};

pub use self::columns::Column;
use self::{
    columns::{Heading, fold, headings},
    record::{content, header, is_computed, lines, record},
};
use crate::{
    account::Role,
    contact::{Contact, email::Email},
    import::dos::is_dos,
    text::FieldError,
};

/// Most rows in one file: as many as one call can create in its time.
pub const MAX_ROWS: usize = 200;

/// One agent of a file.
#[derive(Clone, Debug)]
pub struct Row {
    /// The line at which the row begins: the header is the first, so the first agent's is 2.
    pub line: u64,
    /// Its place in the text, with the end of its line.
    pub place: Range<usize>,
    /// Its cells as they are read, in the order of the file's columns and without the reasons that
    /// stand beside rows to correct.
    pub cells: Vec<String>,
    /// Its address, if it is one; even if something else is wrong with the row.
    pub email: Option<Email>,
    /// The agent, or every field that was refused.
    pub agent: Result<(Contact, Role), Vec<FieldError>>,
}

/// The end of what was read of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The position in the text.
    pub at: usize,
    /// Number of lines before it.
    pub lines: usize,
}

/// The part of a file that was read.
#[derive(Clone, Debug)]
pub struct Part {
    /// The columns in their order, without the reasons; `None` for one without a name.
    pub columns: Vec<Option<Column>>,
    /// The end of the header.
    pub header: End,
    /// The end of the last row that was read; of the text, if that is all of it.
    pub read: End,
    /// The rows, in their order.
    pub rows: Vec<Row>,
}

/// The rows of a file, in its order. Rows without any text are passed over. Of rows with the same
/// address, the first that is good has it.
///
/// # Errors
/// Columns that are unknown, missing, or there twice; no row, or too many; a file of MS-DOS.
/// `field` is the column.
pub fn rows(text: &str) -> Result<Vec<Row>, Vec<FieldError>> {
    let part = part(text, MAX_ROWS, false)?;
    if part.read.at < text.len() {
        Err(vec![FieldError::new(
            "",
            "must have at most 200 rows: send the rest in further calls",
        )])
    } else if part.rows.is_empty() {
        Err(vec![FieldError::new(
            "",
            "has no row below its header line",
        )])
    } else {
        Ok(part.rows)
    }
}

/// Reads at most so many rows of a text. Where the file goes on behind it (`goes_on`), a row that
/// may do so too is left: the rest of the file is read behind the same header.
///
/// # Errors
/// Columns that are unknown, missing, or there twice; a file of MS-DOS; a row that is longer than
/// the text.
pub fn part(text: &str, most: usize, goes_on: bool) -> Result<Part, Vec<FieldError>> {
    if is_dos(text) {
        return Err(vec![FieldError::new(
            "",
            "is in the characters of MS-DOS: save it as « CSV UTF-8 »",
        )]);
    }
    let mut lines = lines(text);
    if goes_on {
        // What is behind the last end of a line, or the second half of that.
        lines.truncate(lines.len() - if text.ends_with('\r') { 2 } else { 1 });
    }
    let end = |lines_read: usize| End {
        at: lines_read.checked_sub(1).map_or(0, |last| lines[last].to),
        lines: lines_read,
    };
    let header = header(&lines)?;
    let headings = headings(&header.cells)?;
    let (mut rows, mut taken, mut at) = (Vec::new(), BTreeSet::new(), header.lines);
    while at < lines.len() {
        let record = record(&lines[at..], header.delimiter, headings.len());
        if goes_on && record.is_cut {
            break;
        }
        let row = match &record.cells {
            Some(cells) => row(&headings, cells),
            None => unclosed(&headings, lines[at].text, header.delimiter),
        };
        if !row.is_blank() {
            if rows.len() == most {
                break;
            }
            rows.push(Row {
                line: at as u64 + 1,
                place: end(at).at..end(at + record.lines).at,
                ..row.unless_taken(&mut taken)
            });
        }
        at += record.lines;
    }
    if goes_on && at == header.lines {
        return Err(vec![FieldError::new("", "has a row that is too long")]);
    }
    let columns = headings.iter().filter_map(|heading| match heading {
        Heading::Of(column) => Some(Some(*column)),
        Heading::Unnamed => Some(None),
        Heading::Reason => None,
    });
    Ok(Part {
        columns: columns.collect(),
        header: end(header.lines),
        read: end(at),
        rows,
    })
}

impl Row {
    /// True if nothing stands in it.
    fn is_blank(&self) -> bool {
        self.cells.iter().all(String::is_empty)
    }

    /// Returns it refused if an earlier good one has its address.
    fn unless_taken(self, taken: &mut BTreeSet<Email>) -> Self {
        let again = self.agent.is_ok()
            && self
                .email
                .as_ref()
                .is_some_and(|email| !taken.insert(email.clone()));
        if again {
            let refused = FieldError::new("email", "stands in an earlier row too");
            Self {
                agent: Err(vec![refused]),
                ..self
            }
        } else {
            self
        }
    }
}

/// Returns the cells of a record as they are read, each with its column, if it has one.
fn without_reason<'r>(
    headings: &'r [Heading],
    record: &'r [String],
) -> impl Iterator<Item = (Option<Column>, Cow<'r, str>)> {
    let heading = |i| headings.get(i).copied().unwrap_or(Heading::Unnamed);
    let cells = record.iter().enumerate();
    cells.filter_map(move |(i, cell)| match heading(i) {
        Heading::Of(column) => Some((Some(column), content(cell))),
        Heading::Unnamed => Some((None, content(cell))),
        Heading::Reason => None,
    })
}

/// Returns a row that has a quotation mark too many: its cells are what stands between separators.
fn unclosed(headings: &[Heading], line: &str, delimiter: u8) -> Row {
    let cells: Vec<String> = line
        .split(char::from(delimiter))
        .map(str::to_owned)
        .collect();
    let cells = without_reason(headings, &cells);
    Row {
        line: 0,
        place: 0..0,
        cells: cells.map(|(_, cell)| cell.into_owned()).collect(),
        email: None,
        agent: Err(vec![FieldError::new(
            "",
            "has a quotation mark that is not closed",
        )]),
    }
}

fn row(headings: &[Heading], record: &[String]) -> Row {
    let (mut contact, mut address) = (Map::new(), Map::new());
    let (mut role, mut errors) = (Role::Agent, Vec::new());
    let mut cells = Vec::new();
    for (column, cell) in without_reason(headings, record) {
        cells.push(cell.clone().into_owned());
        if cell.is_empty() {
            continue;
        }
        match column {
            None => errors.push(FieldError::new("", "has a cell in a column without a name")),
            Some(column) if is_computed(&cell) => errors.push(FieldError::new(
                column.field(),
                "is a formula, or an error of the spreadsheet",
            )),
            Some(Column::Role) => match fold(&cell).as_str() {
                "agent" | "agente" => {}
                "administrator" | "administrateur" | "administratrice" => {
                    role = Role::Administrator;
                }
                _ => errors.push(FieldError::new(
                    Column::Role.field(),
                    "must be one of agent, administrator",
                )),
            },
            // An address over several lines of its cell is one line here.
            Some(column) if column.is_in_address() => {
                let line = cell
                    .lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty())
                    .collect::<Vec<_>>()
                    .join(", ");
                address.insert(column.field().to_owned(), line.into());
            }
            Some(column) => {
                contact.insert(column.field().to_owned(), cell.into_owned().into());
            }
        }
    }
    errors.dedup();
    let email = contact
        .get("email")
        .and_then(Value::as_str)
        .and_then(|email| Email::parse(email).ok());
    if !address.is_empty() {
        contact.insert("address".to_owned(), address.into());
    }
    let agent = match Contact::from_json(&contact.into()) {
        Ok(contact) if errors.is_empty() => Ok((contact, role)),
        Ok(_) => Err(errors),
        Err(refused) => Err(refused.into_iter().map(in_column).chain(errors).collect()),
    };
    Row {
        line: 0,
        place: 0..0,
        cells,
        email,
        agent,
    }
}

/// A refused field of the contact, by its column.
fn in_column(error: FieldError) -> FieldError {
    let column = error.field.strip_prefix("address.").map(str::to_owned);
    FieldError {
        field: column.unwrap_or(error.field),
        ..error
    }
}
