//! Agents in a spreadsheet: the CSV that administrators import, by the contact's field names or their French words.
//!
//! UTF-8, with or without byte order mark (the reader passes over it); columns separated by `;` (as French spreadsheets write) or `,`, as the header line has
//! it. A bad row spoils only itself; what is wrong with the columns spoils the file, since it would spoil every row.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use crate::{
    account::Role,
    contact::Contact,
    email::Email,
    text::{FieldError, one_line},
};

/// Most rows in one file: what one call can create in its time.
pub const MAX_ROWS: usize = 200;

/// A column: its field in JSON, and what else it may be called, folded (see [`fold`]).
struct Column {
    field: &'static str,
    names: &'static [&'static str],
}

/// Where it goes within the contact.
const IN_ADDRESS: [&str; 4] = ["street", "postalCode", "city", "country"];
const ROLE: &str = "role";
const NEEDED: [&str; 3] = ["firstName", "lastName", "email"];
const COLUMNS: [Column; 12] = [
    Column { field: "civility", names: &["civilite"] },
    Column { field: "firstName", names: &["prenom"] },
    Column { field: "lastName", names: &["nom", "nomdefamille"] },
    Column { field: "jobTitle", names: &["fonction"] },
    Column { field: "email", names: &["courriel", "adresseelectronique", "adressecourriel", "adresseemail", "mail", "mel"] },
    Column { field: "phone", names: &["telephone", "tel"] },
    Column { field: "fax", names: &["telecopie", "telecopieur"] },
    Column { field: "street", names: &["adresse", "rue", "voie"] },
    Column { field: "postalCode", names: &["codepostal", "cp"] },
    Column { field: "city", names: &["ville", "commune"] },
    Column { field: "country", names: &["pays"] },
    Column { field: ROLE, names: &[] },
];

/// One agent of a file.
#[derive(Clone, Debug)]
pub struct Row {
    /// Where the row begins: the header line is the first, so the first agent's is 2.
    pub line: u64,
    /// Its address, if it is one; even if something else is wrong with the row.
    pub email: Option<Email>,
    /// The agent, or every field that was refused.
    pub agent: Result<(Contact, Role), Vec<FieldError>>,
}

/// The rows of a file, in its order. Rows without any text are passed over. Of rows with the same address, the first that is good
/// has it.
///
/// # Errors
/// Columns that are unknown, missing, or there twice; no row, or too many. `field` is the column.
pub fn rows(text: &str) -> Result<Vec<Row>, Vec<FieldError>> {
    let header = text.trim_start_matches(['\u{feff}', '\r', '\n']).lines().next().unwrap_or_default();
    let delimiter = if header.contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let columns = columns(reader.headers().map_err(|_| unreadable())?)?;
    let (mut rows, mut taken) = (Vec::new(), BTreeSet::new());
    let mut lines = Lines { text, at: 0, line: 1 };
    for record in reader.records() {
        let record = record.map_err(|_| unreadable())?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows.len() == MAX_ROWS {
            return Err(vec![FieldError::new("", "must have at most 200 rows: send the rest in further calls")]);
        }
        let mut row = row(&columns, &record);
        row.line = lines.line_of(record.position().map_or(0, csv::Position::byte));
        if row.agent.is_ok()
            && let Some(email) = &row.email
            && !taken.insert(email.clone())
        {
            row.agent = Err(vec![FieldError::new("email", "stands in an earlier row too")]);
        }
        rows.push(row);
    }
    if rows.is_empty() { Err(vec![FieldError::new("", "has no row below its header line")]) } else { Ok(rows) }
}

fn unreadable() -> Vec<FieldError> {
    vec![FieldError::new("", "is not CSV that can be read")]
}

/// Which field each column is.
fn columns(header: &csv::StringRecord) -> Result<Vec<&'static str>, Vec<FieldError>> {
    let (mut columns, mut errors) = (Vec::new(), Vec::new());
    for name in header {
        let folded = fold(name);
        let found = COLUMNS.iter().find(|column| fold(column.field) == folded || column.names.contains(&folded.as_str()));
        match found {
            None => errors.push(FieldError::new(one_line(name, 100), "is not a known column")),
            Some(column) if columns.contains(&column.field) => errors.push(FieldError::new(column.field, "is there twice")),
            Some(column) => columns.push(column.field),
        }
    }
    let missing = NEEDED.iter().filter(|needed| !columns.contains(needed));
    errors.extend(missing.map(|needed| FieldError::new(*needed, "is a column that is needed")));
    if errors.is_empty() { Ok(columns) } else { Err(errors) }
}

/// Letters and digits without case and accents: `Prénom`, `prenom` and `PRÉNOM` are one, and so are `e-mail` and `E mail`.
fn fold(name: &str) -> String {
    name.nfkd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn row(columns: &[&'static str], record: &csv::StringRecord) -> Row {
    let (mut contact, mut address) = (Map::new(), Map::new());
    let (mut role, mut errors) = (Role::Agent, Vec::new());
    for (i, cell) in record.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()) {
        match columns.get(i).copied() {
            None => errors.push(FieldError::new("", "has more cells than there are columns")),
            Some(ROLE) => match fold(cell).as_str() {
                "agent" | "agente" => {}
                "administrator" | "administrateur" | "administratrice" => role = Role::Administrator,
                _ => errors.push(FieldError::new(ROLE, "must be one of agent, administrator")),
            },
            Some(field) if IN_ADDRESS.contains(&field) => drop(address.insert(field.to_owned(), cell.into())),
            Some(field) => drop(contact.insert(field.to_owned(), cell.into())),
        }
    }
    errors.dedup();
    let email = contact.get("email").and_then(Value::as_str).and_then(|email| Email::parse(email).ok());
    if !address.is_empty() {
        contact.insert("address".to_owned(), address.into());
    }
    let agent = match Contact::from_json(&contact.into()) {
        Ok(contact) if errors.is_empty() => Ok((contact, role)),
        Ok(_) => Err(errors),
        Err(refused) => Err(refused.into_iter().map(in_column).chain(errors).collect()),
    };
    Row { line: 0, email, agent }
}

/// A refused field of the contact, by its column.
fn in_column(error: FieldError) -> FieldError {
    let column = error.field.strip_prefix("address.").map(str::to_owned);
    FieldError { field: column.unwrap_or(error.field), ..error }
}

/// Counts lines as a spreadsheet does: the reader's own count begins a row at the empty lines before it.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the first character at or behind a place that ends no line. Places only grow.
    fn line_of(&mut self, byte: u64) -> u64 {
        let rest = self.text.as_bytes();
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(c) = rest.get(self.at).filter(|c| self.at < byte || matches!(c, b'\r' | b'\n')) {
            // One of `\r\n` counts, whichever of the three a file ends its lines with.
            let ends = *c == b'\n' || (*c == b'\r' && rest.get(self.at + 1) != Some(&b'\n'));
            self.line += u64::from(ends);
            self.at += 1;
        }
        self.line
    }
}
