//! Agents in a spreadsheet: the CSV that administrators import, by the contact's field names or
//! their French words.
//!
//! Columns are separated by `;` (as French spreadsheets write), `,` or tabs, as the header line has
//! it; lines end in any of the three ways. A bad row spoils only itself; what is wrong with the
//! columns spoils the file, since it would spoil every row. Each row of the file is accounted for:
//! a quotation mark that is never closed spoils the row that it stands in, and takes no other with
//! it.

use std::{borrow::Cow, collections::BTreeSet};

use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use crate::{
    account::Role,
    contact::Contact,
    dos::is_dos,
    email::Email,
    text::{FieldError, one_line},
};

/// Most rows in one file: as many as one call can create in its time.
pub const MAX_ROWS: usize = 200;

/// A column: its field in JSON, and what else it may be called, folded (see [`fold`]).
struct Column {
    field: &'static str,
    names: &'static [&'static str],
}

/// The field of the contact's address that each column fills.
const IN_ADDRESS: [&str; 4] = ["street", "postalCode", "city", "country"];
const ROLE: &str = "role";
const NEEDED: [&str; 3] = ["firstName", "lastName", "email"];
const COLUMNS: [Column; 12] = [
    Column {
        field: "civility",
        names: &["civilite", "civ", "titre", "mmme", "mmmemlle"],
    },
    Column {
        field: "firstName",
        names: &[
            "prenom",
            "prenoms",
            "prenomdelagent",
            "prenomagent",
            "prenomusuel",
        ],
    },
    Column {
        field: "lastName",
        names: &[
            "nom",
            "nomdefamille",
            "nomdelagent",
            "nomagent",
            "nomdusage",
            "nomusuel",
            "patronyme",
        ],
    },
    Column {
        field: "jobTitle",
        names: &[
            "fonction",
            "fonctions",
            "poste",
            "qualite",
            "intituleduposte",
            "metier",
        ],
    },
    Column {
        field: "email",
        names: EMAIL,
    },
    Column {
        field: "phone",
        names: PHONE,
    },
    Column {
        field: "fax",
        names: &[
            "telecopie",
            "telecopieur",
            "numerodefax",
            "ndefax",
            "nodefax",
            "numerodetelecopie",
        ],
    },
    Column {
        field: "street",
        names: &[
            "adresse",
            "rue",
            "voie",
            "adressepostale",
            "adresse1",
            "numeroetrue",
            "numeroetvoie",
        ],
    },
    Column {
        field: "postalCode",
        names: &["codepostal", "cp", "codepost"],
    },
    Column {
        field: "city",
        names: &["ville", "commune", "localite"],
    },
    Column {
        field: "country",
        names: &["pays"],
    },
    Column {
        field: ROLE,
        names: &["profil", "roledelagent"],
    },
];
const EMAIL: &[&str] = &[
    "courriel",
    "adresseelectronique",
    "adressecourriel",
    "adresseemail",
    "adressemail",
    "adressemel",
    "adressedemessagerie",
    "mail",
    "mel",
    "mails",
    "emails",
    "courriels",
    "messagerie",
    "courrierelectronique",
    "adressedecourrierelectronique",
    "adressedecourriel",
    "emailpro",
    "mailpro",
    "emailprofessionnel",
    "mailprofessionnel",
    "courrielprofessionnel",
    "adresseemailprofessionnelle",
    "adressemailprofessionnelle",
    "adresseelectroniqueprofessionnelle",
    "melprofessionnel",
];
const PHONE: &[&str] = &[
    "telephone",
    "tel",
    "numerodetelephone",
    "numerotelephone",
    "numtelephone",
    "numtel",
    "ndetelephone",
    "nodetelephone",
    "ntelephone",
    "notelephone",
    "ntel",
    "notel",
    "telephonefixe",
    "telfixe",
    "telephoneprofessionnel",
    "telpro",
    "lignedirecte",
    "portable",
    "mobile",
    "telephonemobile",
    "telephoneportable",
    "telportable",
    "telmobile",
    "gsm",
];

/// One agent of a file.
#[derive(Clone, Debug)]
pub struct Row {
    /// The line at which the row begins: the header is the first, so the first agent's is 2.
    pub line: u64,
    /// Its address, if it is one; even if something else is wrong with the row.
    pub email: Option<Email>,
    /// The agent, or every field that was refused.
    pub agent: Result<(Contact, Role), Vec<FieldError>>,
}

/// The rows of a file, in its order. Rows without any text are passed over. Of rows with the same
/// address, the first that is good has it.
///
/// # Errors
/// Columns that are unknown, missing, or there twice; no row, or too many; a file of MS-DOS.
/// `field` is the column.
pub fn rows(text: &str) -> Result<Vec<Row>, Vec<FieldError>> {
    if is_dos(text) {
        return Err(vec![FieldError::new(
            "",
            "is in the characters of MS-DOS: save it as « CSV UTF-8 »",
        )]);
    }
    let text = text
        .trim_start_matches('\u{feff}')
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let mut lines = text.split('\n').enumerate().peekable();
    let (header, delimiter) = header(&mut lines)?;
    let columns = columns(&header)?;
    let lines: Vec<(usize, &str)> = lines.collect();
    let (mut rows, mut taken, mut at) = (Vec::new(), BTreeSet::new(), 0);
    while let Some((number, _)) = lines.get(at) {
        let (cells, span) = record(&lines[at..], delimiter, columns.len());
        at += span;
        if cells
            .as_ref()
            .is_some_and(|cells| cells.iter().all(|cell| content(cell).is_empty()))
        {
            continue;
        }
        if rows.len() == MAX_ROWS {
            return Err(vec![FieldError::new(
                "",
                "must have at most 200 rows: send the rest in further calls",
            )]);
        }
        let unclosed = || Row {
            line: 0,
            email: None,
            agent: Err(vec![FieldError::new(
                "",
                "has a quotation mark that is not closed",
            )]),
        };
        let mut row = cells.map_or_else(unclosed, |cells| row(&columns, &cells));
        row.line = *number as u64 + 1;
        if row.agent.is_ok()
            && let Some(email) = &row.email
            && !taken.insert(email.clone())
        {
            row.agent = Err(vec![FieldError::new(
                "email",
                "stands in an earlier row too",
            )]);
        }
        rows.push(row);
    }
    if rows.is_empty() {
        Err(vec![FieldError::new(
            "",
            "has no row below its header line",
        )])
    } else {
        Ok(rows)
    }
}

/// Most lines that one cell can go over: an address has no more.
const LINES: usize = 8;

/// Reads the header line, behind empty lines and the line `sep=;` by which some programs say how
/// columns are separated.
fn header<'t>(
    lines: &mut impl Iterator<Item = (usize, &'t str)>,
) -> Result<(Vec<String>, u8), Vec<FieldError>> {
    let mut told = None;
    for (_, line) in lines {
        if let Some(separator) = line
            .trim()
            .trim_matches('"')
            .to_ascii_lowercase()
            .strip_prefix("sep=")
        {
            told = separator.bytes().next().or(told);
            continue;
        }
        if line
            .chars()
            .all(|c| c.is_whitespace() || ";,\"\u{feff}".contains(c))
        {
            continue;
        }
        let count = |separator: u8| line.bytes().filter(|byte| *byte == separator).count();
        let used = [b';', b'\t', b',']
            .into_iter()
            .filter(|separator| count(*separator) > 0);
        let delimiter = told
            .filter(|told| count(*told) > 0)
            .or_else(|| used.max_by_key(|separator| (count(*separator), *separator == b';')));
        let delimiter = delimiter.unwrap_or(b';');
        let mut cells = cells(line, delimiter)
            .ok_or_else(|| vec![FieldError::new("", "is not CSV that can be read")])?;
        // Spreadsheets keep columns that were emptied.
        while cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        return Ok((cells, delimiter));
    }
    Ok((Vec::new(), b';'))
}

/// Reads the record that begins on the first of the lines, and how many lines it takes; `None`
/// where a quotation mark is not closed, or only behind lines that are rows themselves: then it
/// takes one line.
fn record(lines: &[(usize, &str)], delimiter: u8, columns: usize) -> (Option<Vec<String>>, usize) {
    let mut text = String::new();
    for (span, (_, line)) in lines.iter().take(LINES).enumerate() {
        // A row of its own, swallowed by a mark before it: what goes on in a cell has the mark that
        // closes it.
        let separators = line.bytes().filter(|byte| *byte == delimiter).count();
        let whole = line
            .bytes()
            .filter(|byte| *byte == b'"')
            .count()
            .is_multiple_of(2);
        if span > 0 && whole && separators > 0 && (separators + 1 >= columns || line.contains('@'))
        {
            break;
        }
        if span > 0 {
            text.push('\n');
        }
        text.push_str(line);
        if let Some(cells) = cells(&text, delimiter) {
            return (Some(cells), span + 1);
        }
    }
    (None, 1)
}

/// Returns the cells of one record; `None` where a quotation mark is not closed.
fn cells(text: &str, delimiter: u8) -> Option<Vec<String>> {
    // A quoted cell ends at its mark, and a mark within it is doubled: so marks come in pairs. A
    // mark in the middle of an unquoted cell stands for itself.
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let record = records
        .next()
        .map_or_else(|| Some(csv::StringRecord::new()), Result::ok)?;
    let closed = is_closed(text, delimiter) && records.next().is_none();
    closed.then(|| record.iter().map(str::to_owned).collect())
}

/// Returns whether no quoted cell is left open at the end, and none goes on behind its closing
/// mark.
fn is_closed(text: &str, delimiter: u8) -> bool {
    let delimiter = char::from(delimiter);
    let (mut quoted, mut at_start) = (false, true);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted => {
                if characters.peek() == Some(&'"') {
                    characters.next();
                } else {
                    quoted = false;
                    while characters
                        .peek()
                        .is_some_and(|next| *next == ' ' && *next != delimiter)
                    {
                        characters.next();
                    }
                    if characters
                        .peek()
                        .is_some_and(|next| *next != delimiter && *next != '\n')
                    {
                        return false;
                    }
                }
            }
            '"' if at_start => quoted = true,
            _ => {}
        }
        at_start = !quoted && (c == delimiter || c == '\n');
    }
    !quoted
}

/// Returns each column's field; `None` for a column without a name.
fn columns(header: &[String]) -> Result<Vec<Option<&'static str>>, Vec<FieldError>> {
    let (mut columns, mut errors) = (Vec::new(), Vec::new());
    for name in header {
        let found = column(name);
        match found {
            None if name.trim().is_empty() => columns.push(None),
            None => errors.push(FieldError::new(
                one_line(name, 100),
                "is not a known column",
            )),
            Some(column) if columns.contains(&Some(column.field)) => {
                errors.push(FieldError::new(column.field, "is there twice"));
            }
            Some(column) => columns.push(Some(column.field)),
        }
    }
    let missing = NEEDED
        .iter()
        .filter(|needed| !columns.contains(&Some(**needed)));
    errors.extend(missing.map(|needed| FieldError::new(*needed, "is a column that is needed")));
    if errors.is_empty() {
        Ok(columns)
    } else {
        Err(errors)
    }
}

/// Remarks that people add to a column's name.
const REMARKS: [&str; 9] = [
    "obligatoire",
    "facultatif",
    "facultative",
    "requis",
    "professionnel",
    "professionnelle",
    "pro",
    "delagent",
    "agent",
];

/// Returns the column of a name; what stands in parentheses, and what people add, is no part of it.
fn column(name: &str) -> Option<&'static Column> {
    let outside: String = name
        .split('(')
        .enumerate()
        .map(|(i, part)| {
            if i == 0 {
                part
            } else {
                part.split_once(')').map_or("", |p| p.1)
            }
        })
        .collect();
    let (full, bare) = (fold(name), fold(&outside));
    let known = |folded: &str| {
        COLUMNS
            .iter()
            .find(|column| fold(column.field) == folded || column.names.contains(&folded))
    };
    let without = |folded: &str| {
        REMARKS
            .iter()
            .find_map(|remark| folded.strip_suffix(remark))
            .map(str::to_owned)
    };
    let mut shorter = Some(bare);
    known(&full).or_else(|| {
        while let Some(folded) = shorter.take() {
            let found = known(&folded);
            if found.is_some() {
                return found;
            }
            shorter = without(&folded);
        }
        None
    })
}

/// Letters and digits without case and accents: `Prénom`, `prenom` and `PRÉNOM` are one, and so are
/// `e-mail` and `E mail`.
fn fold(name: &str) -> String {
    name.nfkd()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns a cell's content without the signs by which spreadsheets keep a number as text
/// (`="0388…"`, `'0388…`) or a cell in one piece; nothing where people say that there is nothing:
/// `-`, `n/a`.
fn content(cell: &str) -> Cow<'_, str> {
    let content = unquoted(cell);
    if content == "-" || content.eq_ignore_ascii_case("n/a") {
        Cow::Borrowed("")
    } else {
        content
    }
}

fn unquoted(cell: &str) -> Cow<'_, str> {
    let cell = cell.trim();
    let quoted = |text: &str| {
        Some(
            text.strip_prefix('"')?
                .strip_suffix('"')?
                .replace("\"\"", "\""),
        )
    };
    if let Some(text) = quoted(cell.strip_prefix('=').unwrap_or(cell)) {
        return text.trim().to_owned().into();
    }
    let number = cell
        .strip_prefix('\'')
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '+'));
    number.unwrap_or(cell).into()
}

/// Returns whether a cell is what a spreadsheet computes, or could not compute.
fn is_computed(cell: &str) -> bool {
    const ERRORS: [&str; 8] = [
        "#N/A", "#REF!", "#VALEUR!", "#VALUE!", "#DIV/0!", "#NOM?", "#NAME?", "#NOMBRE!",
    ];
    cell.starts_with('=') || ERRORS.iter().any(|error| cell.eq_ignore_ascii_case(error))
}

fn row(columns: &[Option<&'static str>], record: &[String]) -> Row {
    let (mut contact, mut address) = (Map::new(), Map::new());
    let (mut role, mut errors) = (Role::Agent, Vec::new());
    let cells = record.iter().map(|cell| content(cell)).enumerate();
    for (i, cell) in cells.filter(|(_, cell)| !cell.is_empty()) {
        match columns.get(i).copied().flatten() {
            None => errors.push(FieldError::new("", "has a cell in a column without a name")),
            Some(field) if is_computed(&cell) => errors.push(FieldError::new(
                field,
                "is a formula, or an error of the spreadsheet",
            )),
            Some(ROLE) => match fold(&cell).as_str() {
                "agent" | "agente" => {}
                "administrator" | "administrateur" | "administratrice" => {
                    role = Role::Administrator;
                }
                _ => errors.push(FieldError::new(ROLE, "must be one of agent, administrator")),
            },
            // An address over several lines of its cell is one line here.
            Some(field) if IN_ADDRESS.contains(&field) => {
                let line = cell
                    .lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty())
                    .collect::<Vec<_>>()
                    .join(", ");
                address.insert(field.to_owned(), line.into());
            }
            Some(field) => drop(contact.insert(field.to_owned(), cell.into_owned().into())),
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
