// A spreadsheet's file as the service reads it: the page itself reads nothing of it, and keeps its bytes to send them as they are.

import { call, type Schemas } from "../api/client";

export type Column = Schemas["SpreadsheetColumn"];
export type Reason = { field: string; reason: string };

/** A row, and the line of the file that it begins on. */
export interface Line {
  line: number;
  /** Its place in the file: the first byte, and the first one behind it. */
  from: number;
  to: number;
  /** Its cells, in the order of the columns. */
  cells: string[];
  email: string | null;
  errors: Reason[];
}

export interface Sheet {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** Media type of the bytes. */
  type: string;
  columns: (Column | null)[];
  /** Number of bytes of the header. */
  header: number;
  lines: Line[];
}

/** Most bytes in one call. */
const BYTES = 64 * 1024;
/** Most rows in one file, and bytes, of which more cannot be as few rows. */
const ROWS = 5000;
export const LARGEST = 8 * 1024 * 1024;

/** Says that a file has too many rows. */
export class TooMany extends Error {}

/** Has the service read a file, part by part, each behind the file's header. Of rows with the same address the first has it. */
export async function read(entity: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Sheet> {
  const sheet: Sheet = { name, bytes, type: "application/vnd.ms-excel", columns: [], header: 0, lines: [] };
  const taken = new Set<string>();
  let [at, before] = [0, 0];
  for (;;) {
    const end = Math.min(bytes.length, at + BYTES - sheet.header);
    const body = new Blob([bytes.subarray(0, sheet.header), bytes.subarray(at, end)]);
    const { data } = await call("post", "/v1/entities/{id}/agents/import/reading", { path: { id: entity }, query: { more: end < bytes.length }, body, type: sheet.type });
    const above = at === 0 ? 0 : data.header.lines;
    for (const { row, from, to, ...rest } of data.rows) {
      const line = { ...rest, line: row - above + before, from: from - sheet.header + at, to: to - sheet.header + at };
      if (line.email && line.errors.length === 0) {
        if (taken.has(line.email)) line.errors = [{ field: "email", reason: "stands in an earlier row too" }];
        taken.add(line.email);
      }
      sheet.lines.push(line);
    }
    if (sheet.lines.length > ROWS) throw new TooMany();
    const next = at + data.read.bytes - sheet.header;
    before += data.read.lines - above;
    sheet.header = data.header.bytes;
    sheet.columns = data.columns;
    if (data.charset) sheet.type = `application/vnd.ms-excel; charset=${data.charset}`;
    if (next >= bytes.length) return sheet;
    at = next;
  }
}

/** Returns the first rows that go into one call, and the bytes of them. */
export function piece(sheet: Sheet, lines: Line[], most: number): { lines: Line[]; body: Blob } {
  let size = sheet.header;
  let rows = 0;
  for (const { from, to } of lines) {
    size += to - from;
    if (rows === most || (rows > 0 && size > BYTES)) break;
    rows += 1;
  }
  const taken = lines.slice(0, rows);
  return { lines: taken, body: new Blob([sheet.bytes.subarray(0, sheet.header), ...taken.map(({ from, to }) => sheet.bytes.subarray(from, to))]) };
}

/** Returns the cell of a column. */
export const cell = (sheet: Sheet, line: Line, column: Column): string => line.cells[sheet.columns.indexOf(column)] ?? "";

/** Writes cells as a file that French spreadsheets open. A number that begins with a zero or a plus stays as it is written. */
export function spreadsheet(rows: string[][]): Blob {
  const quote = (text: string) => `"${(/^[+0]\d+$/.test(text) ? `="${text}"` : text).replace(/"/g, '""')}"`;
  return new Blob([`\ufeff${rows.map((cells) => `${cells.map(quote).join(";")}\r\n`).join("")}`], { type: "text/csv;charset=utf-8" });
}
