// Import of agents: a file is checked first, then created in pieces that the API takes, row by row on the page.

import { useState } from "preact/hooks";

import { call, Refused, type Schemas } from "../api/client";
import { leaveFreely, useUnsaved } from "../router";
import { importReason, rowStates, texts } from "../texts/administration";
import { refused } from "../ui/data";
import { announce } from "../ui/live";
import { Banner, Failure } from "../ui/parts";

type Row = Schemas["ImportedRow"];
type Status = Schemas["RowStatus"];

/** Rows in one call; the API takes 200 and 64 KiB. */
const PIECE = 100;
const PIECE_BYTES = 48 * 1024;
const MOST = 5000;

interface Piece {
  text: string;
  /** The line of the file that its first row begins on. */
  line: number;
}

/** Splits a file into pieces with its header each. Lines within quotation marks belong to their row. */
/** Reads a file as spreadsheets write them: UTF-16 by its mark, UTF-8 if it is that, Windows-1252 otherwise. */
function decoded(bytes: ArrayBuffer): string {
  const [first, second] = new Uint8Array(bytes.slice(0, 2));
  const marks: Record<string, string> = { "255,254": "utf-16le", "254,255": "utf-16be" };
  try {
    return new TextDecoder(marks[`${first},${second}`] ?? "utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

export function pieces(file: string): Piece[] {
  const rows: { text: string; line: number }[] = [];
  let [start, line, first, quoted] = [0, 1, 1, false];
  const end = (at: number) => {
    const text = file.slice(start, at).replace(/\r$/, "");
    if (text.trim()) rows.push({ text, line: first });
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
  const [header, ...body] = rows;
  const made: Piece[] = [];
  let [taken, size] = [0, 0];
  for (const row of body) {
    const last = made.at(-1);
    const bytes = new TextEncoder().encode(row.text).length;
    if (last && taken < PIECE && size + bytes < PIECE_BYTES) {
      last.text += `\n${row.text}`;
      taken += 1;
      size += bytes;
    } else {
      made.push({ text: `${header?.text ?? ""}\n${row.text}`, line: row.line });
      [taken, size] = [1, bytes];
    }
  }
  return made;
}

export function Import({ entity }: { entity: string }) {
  const [file, setFile] = useState("");
  const [rows, setRows] = useState<Row[]>([]);
  const [dry, setDry] = useState(true);
  const [progress, setProgress] = useState<[number, number] | null>(null);
  const [error, setError] = useState<Refused>();
  const [note, setNote] = useState("");
  const busy = progress !== null;
  useUnsaved(busy);
  const count = (status: Status) => rows.filter((row) => row.status === status).length;

  const choose = async (chosen: File | undefined) => {
    setRows([]);
    setError(undefined);
    setNote("");
    setFile(chosen ? decoded(await chosen.arrayBuffer()) : "");
  };
  const run = async (dryRun: boolean) => {
    if (busy || !file) return;
    setError(undefined);
    setNote("");
    const all = pieces(file);
    const rowCount = all.reduce((sum, { text }) => sum + text.split("\n").length - 1, 0);
    if (all.length === 0) return setNote(texts.noRows);
    if (rowCount > MOST) return setNote(texts.tooMany);
    setDry(dryRun);
    setRows([]);
    setProgress([0, rowCount]);
    let found: Row[] = [];
    try {
      for (const piece of all) {
        found = [...found, ...(await send(piece, dryRun))];
        setRows(found);
        setProgress([found.length, rowCount]);
      }
    } catch (problem) {
      setError(refused(problem));
      if (found.length) setNote(texts.importStopped);
    } finally {
      setProgress(null);
      leaveFreely();
      announce(summary(found));
    }
  };
  async function send(piece: Piece, dryRun: boolean): Promise<Row[]> {
    let rows: Row[] = [];
    // What the API had no time for is sent again, with its patience.
    for (let turn = 0; turn < 20; turn++) {
      const { data } = await call("post", "/v1/entities/{id}/agents/import", { path: { id: entity }, query: { dryRun }, body: piece.text, type: "text/csv" });
      rows = data.rows.map((row) => ({ ...row, row: row.row - 2 + piece.line }));
      if (data.notTried === 0) break;
    }
    return rows;
  }
  const summary = (found: Row[]): string => {
    const states = Object.keys(rowStates) as Status[];
    const counted = states.map((status) => [status, found.filter((row) => row.status === status).length] as const);
    return counted.filter(([, n]) => n > 0).map(([status, n]) => texts.summary(rowStates[status], n)).join(" · ");
  };
  const creatable = dry ? count("wouldCreate") : 0;

  return (
    <>
      <div class="field">
        <label for="file">{texts.file}</label>
        <p class="hint" id="file-hint">
          {texts.fileHint}
        </p>
        <input id="file" type="file" accept=".csv,text/csv" aria-describedby="file-hint" onChange={(event) => void choose(event.currentTarget.files?.[0])} />
      </div>
      <p class="buttons">
        <button type="button" class={creatable ? "second" : undefined} aria-disabled={busy || !file ? "true" : undefined} onClick={() => void run(true)}>
          {texts.preview}
        </button>
        {creatable > 0 && (
          <button type="button" aria-disabled={busy ? "true" : undefined} onClick={() => void run(false)}>
            {texts.run(creatable)}
          </button>
        )}
      </p>
      {progress && (
        <p>
          <label>
            {texts.progress(...progress)}
            <progress value={progress[0]} max={progress[1]} />
          </label>
        </p>
      )}
      {note && <Banner tone="warning">{note}</Banner>}
      {error && (error.status === 422 ? <Banner tone="failure">{error.errors.map(({ field, reason }) => importReason(field, reason)).join(" · ")}</Banner> : <Failure error={error} />)}
      {rows.length > 0 && <Results rows={rows} summary={summary(rows)} />}
    </>
  );
}

function Results({ rows, summary }: { rows: Row[]; summary: string }) {
  // What needs somebody comes first.
  const sorted = [...rows].sort((a, b) => Number(b.status === "refused") - Number(a.status === "refused") || a.row - b.row);
  return (
    <>
      <p role="status">{summary}</p>
      <div class="scroll" tabIndex={0} role="group" aria-label={texts.outcome}>
        <table>
          <thead>
            <tr>
              <th scope="col">{texts.line}</th>
              <th scope="col">{texts.email}</th>
              <th scope="col">{texts.outcome}</th>
              <th scope="col">{texts.whyNot}</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((row) => (
              <tr key={row.row}>
                <td>{row.row}</td>
                <td>{row.email}</td>
                <td>{rowStates[row.status]}</td>
                <td>{row.errors.map(({ field, reason }) => importReason(field, reason)).join(", ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
