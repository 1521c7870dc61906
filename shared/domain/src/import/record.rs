//! Records of a spreadsheet: lines of a file, and the cells that stand on them.

use std::borrow::Cow;

use crate::text::FieldError;

/// A line of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'t> {
    /// Its text, without its end.
    pub text: &'t str,
    /// The position behind its end.
    pub to: usize,
}

/// Splits a text into lines, which end in any of the three ways.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let (mut lines, mut from) = (Vec::new(), mark);
    while let Some(end) = text[from..].find(['\n', '\r']).map(|at| from + at) {
        let to = end
            + if text[end..].starts_with("\r\n") {
                2
            } else {
                1
            };
        lines.push(Line {
            text: &text[from..end],
            to,
        });
        from = to;
    }
    lines.push(Line {
        text: &text[from..],
        to: text.len(),
    });
    lines
}

/// The header of a file.
pub(super) struct Header {
    /// Its cells.
    pub cells: Vec<String>,
    /// Separator of the columns.
    pub delimiter: u8,
    /// Number of lines up to its end.
    pub lines: usize,
}

/// Reads the header, behind empty lines and the line `sep=;` by which some programs say how columns
/// are separated.
pub(super) fn header(lines: &[Line]) -> Result<Header, Vec<FieldError>> {
    let mut told = None;
    for (at, Line { text: line, .. }) in lines.iter().enumerate() {
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
            .or_else(|| used.max_by_key(|separator| (count(*separator), *separator == b';')))
            .unwrap_or(b';');
        // A name may go over lines of its cell.
        let record = record(&lines[at..], delimiter, usize::MAX);
        let mut cells = record
            .cells
            .ok_or_else(|| vec![FieldError::new("", "is not CSV that can be read")])?;
        // Spreadsheets keep columns that were emptied.
        while cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        return Ok(Header {
            cells,
            delimiter,
            lines: at + record.lines,
        });
    }
    Ok(Header {
        cells: Vec::new(),
        delimiter: b';',
        lines: lines.len(),
    })
}

/// A record.
pub(super) struct Record {
    /// Its cells; `None` where a quotation mark is not closed, or only behind lines that are rows
    /// themselves: then the record is its first line.
    pub cells: Option<Vec<String>>,
    /// Number of lines that it goes over.
    pub lines: usize,
    /// The lines ended before it could be told where it does.
    pub is_cut: bool,
}

/// Most lines that one cell can go over: an address has no more.
const LINES: usize = 8;

/// Reads the record that begins on the first of the lines.
pub(super) fn record(lines: &[Line], delimiter: u8, columns: usize) -> Record {
    let mut text = String::new();
    let mut is_cut = true;
    for (span, Line { text: line, .. }) in lines.iter().take(LINES).enumerate() {
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
            is_cut = false;
            break;
        }
        if span > 0 {
            text.push('\n');
        }
        text.push_str(line);
        if let Some(cells) = cells(&text, delimiter) {
            return Record {
                cells: Some(cells),
                lines: span + 1,
                is_cut: false,
            };
        }
    }
    Record {
        cells: None,
        lines: 1,
        is_cut: is_cut && lines.len() < LINES,
    }
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

/// True if no quoted cell is left open at the end, and none goes on behind its closing
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

/// Returns a cell's content without the signs by which spreadsheets keep a number as text
/// (`="0388…"`, `'0388…`) or a cell in one piece; nothing where people say that there is nothing:
/// `-`, `n/a`.
pub(super) fn content(cell: &str) -> Cow<'_, str> {
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

/// True if a cell is what a spreadsheet computes, or could not compute.
pub(super) fn is_computed(cell: &str) -> bool {
    const ERRORS: [&str; 8] = [
        "#N/A", "#REF!", "#VALEUR!", "#VALUE!", "#DIV/0!", "#NOM?", "#NAME?", "#NOMBRE!",
    ];
    cell.starts_with('=') || ERRORS.iter().any(|error| cell.eq_ignore_ascii_case(error))
}
