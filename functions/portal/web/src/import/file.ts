// A spreadsheet's file as the import reads it: rows with their lines, pieces of them, and what of it has to be corrected.

/** A row and the line of the file that it begins on. Lines within quotation marks belong to their row. */
export interface Line {
  text: string;
  line: number;
}

export interface Sheet {
  header: string;
  lines: Line[];
}

/** A part of a file that the API takes in one call, with the header. */
export interface Piece {
  text: string;
  lines: Line[];
  /** The rows by the line that they begin on in the piece. */
  at: Map<number, Line>;
}

/** Rows in one call, as many as the API takes, and bytes, of which it takes 64 KiB. */
const ROWS = 200;
const BYTES = 48 * 1024;

/** Reads a file as spreadsheets write them: UTF-16 by its mark, UTF-8 if it is that, Windows-1252 otherwise. */
export function decoded(bytes: ArrayBuffer): string {
  const [first, second] = new Uint8Array(bytes.slice(0, 2));
  const marks: Record<string, string> = { "255,254": "utf-16le", "254,255": "utf-16be" };
  try {
    return new TextDecoder(marks[`${first},${second}`] ?? "utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** Splits a file into rows. What a file of rows to correct says beside them is left out again. */
export function sheet(file: string, remark: string): Sheet {
  const lines: Line[] = [];
  let [start, line, first, quoted] = [0, 1, 1, false];
  const end = (at: number) => {
    const text = file.slice(start, at).replace(/\r$/, "");
    if (text.trim()) lines.push({ text, line: first });
  };
  for (let i = 0; i < file.length; i++) {
    const letter = file[i];
    if (letter === '"') quoted = !quoted;
    if (letter !== "\n") continue;
    line += 1;
    if (quoted) continue;
    end(i);
    start = i + 1;
    first = line;
  }
  end(file.length);
  const [header = { text: "", line: 1 }, ...rows] = lines;
  const at = lastCell(header.text);
  if (header.text.slice(at + 1).replace(/"/g, "").trim() !== remark) return { header: header.text, lines: rows };
  return { header: header.text.slice(0, at), lines: rows.map(({ text, line }) => ({ text: text.slice(0, lastCell(text)), line })) };
}

/** Returns the position where the last cell of a row begins; the row's length if it has only one. */
function lastCell(row: string): number {
  let quoted = false;
  let at = row.length;
  for (let i = 0; i < row.length; i++) {
    if (row[i] === '"') quoted = !quoted;
    else if (!quoted && ";,\t".includes(row[i] ?? "")) at = i;
  }
  return at;
}

/** Returns the first rows that go into one call. */
export function piece(header: string, lines: Line[]): Piece {
  const height = (text: string) => text.split("\n").length;
  const taken: Line[] = [];
  const at = new Map<number, Line>();
  let text = header;
  let line = 1 + height(header);
  for (const row of lines) {
    if (taken.length === ROWS || (taken.length > 0 && new TextEncoder().encode(text).length + 3 * row.text.length > BYTES)) break;
    taken.push(row);
    at.set(line, row);
    text += `\n${row.text}`;
    line += height(row.text);
  }
  return { text, lines: taken, at };
}

/** Writes rows with a remark beside each, as a file that spreadsheets open and that can be imported again once corrected. */
export function withRemarks(header: string, rows: { text: string; remark: string }[], title: string): Blob {
  const separator = [";", "\t", ","].find((each) => header.includes(each)) ?? ";";
  const quote = (text: string) => `"${text.replace(/"/g, '""')}"`;
  const lines = [`${header}${separator}${quote(title)}`, ...rows.map(({ text, remark }) => `${text}${separator}${quote(remark)}`)];
  return new Blob([`\ufeff${lines.join("\r\n")}\r\n`], { type: "text/csv;charset=utf-8" });
}
