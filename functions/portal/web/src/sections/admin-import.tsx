// Import of agents: a file is checked first, then created, row by row on the page, and what failed can be taken away to be corrected.

import { useEffect, useRef, useState } from "preact/hooks";

import type { Refused, Schemas } from "../api/client";
import { clock } from "../dates";
import { decoded, sheet, withRemarks, type Line, type Sheet } from "../import/file";
import { Sending, type Reason, type Result } from "../import/sending";
import { leaveFreely, useUnsaved } from "../router";
import { importReason, rowStates, texts } from "../texts/administration";
import { refused } from "../ui/data";
import { announce } from "../ui/live";
import { Banner, Failure } from "../ui/parts";

type Status = Schemas["RowStatus"];

const MOST = 5000;

export function Import({ entity }: { entity: string }) {
  const [file, setFile] = useState<Sheet | null>(null);
  const [results, setResults] = useState<Map<number, Result>>(new Map());
  /** Number of rows that the last run had to send, and those still left. */
  const [sent, setSent] = useState<{ dryRun: boolean; all: number; left: Line[] } | null>(null);
  const [busy, setBusy] = useState(false);
  const [waiting, setWaiting] = useState<{ until: number; reason: Reason } | null>(null);
  const [error, setError] = useState<Refused>();
  const [note, setNote] = useState("");
  const sending = useRef<Sending>(undefined);
  useUnsaved(busy);
  // Whoever leaves has been asked: what is under way ends with its call.
  useEffect(() => () => sending.current?.stop(), []);

  const choose = async (chosen: File | undefined) => {
    setResults(new Map());
    setSent(null);
    setError(undefined);
    setNote("");
    const read = chosen ? sheet(decoded(await chosen.arrayBuffer()), texts.remark) : null;
    if (read && read.lines.length === 0) setNote(texts.noRows);
    else if (read && read.lines.length > MOST) setNote(texts.tooMany);
    setFile(read && read.lines.length > 0 && read.lines.length <= MOST ? read : null);
  };
  const run = async (dryRun: boolean, lines: Line[], all: number, before: Map<number, Result>) => {
    if (busy || !file) return;
    setError(undefined);
    setNote("");
    setBusy(true);
    setSent({ dryRun, all, left: lines });
    const found = new Map(before);
    setResults(found);
    const next = new Sending(entity, dryRun, file.header, lines, {
      rows: (rows, left) => {
        for (const row of rows) found.set(row.row, row);
        setResults(new Map(found));
        setSent({ dryRun, all, left });
      },
      waits: (wait) => {
        setWaiting(wait);
        if (wait) announce(texts.waits(wait.reason, clock(wait.until)));
      },
    });
    sending.current = next;
    try {
      await next.run();
      announce(summary([...found.values()]));
    } catch (problem) {
      setError(refused(problem));
    } finally {
      setWaiting(null);
      setBusy(false);
      leaveFreely();
    }
  };
  const rows = [...results.values()];
  const creatable = file && sent?.dryRun && !busy && sent.left.length === 0 ? file.lines.filter(({ line }) => results.get(line)?.status === "wouldCreate") : [];
  const left = sent && !busy ? sent.left : [];

  return (
    <>
      <div class="field">
        <label for="file">{texts.file}</label>
        <p class="hint" id="file-hint">
          {texts.fileHint}
        </p>
        <input id="file" type="file" accept=".csv,text/csv" aria-describedby="file-hint" disabled={busy} onChange={(event) => void choose(event.currentTarget.files?.[0])} />
      </div>
      <p class="buttons">
        <button
          type="button"
          class={creatable.length || left.length ? "second" : undefined}
          aria-disabled={busy || !file ? "true" : undefined}
          onClick={() => file && void run(true, file.lines, file.lines.length, new Map())}
        >
          {texts.preview}
        </button>
        {creatable.length > 0 && (
          <button type="button" onClick={() => void run(false, creatable, creatable.length, results)}>
            {texts.run(creatable.length)}
          </button>
        )}
        {sent && left.length > 0 && (
          <button type="button" onClick={() => void run(sent.dryRun, left, sent.all, results)}>
            {texts.resume(left.length)}
          </button>
        )}
        {busy && (
          <button type="button" class="second" onClick={() => sending.current?.stop()}>
            {texts.stop}
          </button>
        )}
      </p>
      {sent && busy && (
        <p>
          <label>
            {texts.progress(sent.all - sent.left.length, sent.all)}
            <progress value={sent.all - sent.left.length} max={sent.all} />
          </label>
        </p>
      )}
      {waiting && (
        <Banner tone="warning" title={texts.waitTitle(waiting.reason)}>
          <p>{texts.waits(waiting.reason, clock(waiting.until))}</p>
          <p>
            <button type="button" class="second" onClick={() => sending.current?.now()}>
              {texts.now}
            </button>
          </p>
        </Banner>
      )}
      {note && <Banner tone="warning">{note}</Banner>}
      {left.length > 0 && <Banner tone="warning">{texts.importStopped(left.length)}</Banner>}
      {error && (error.status === 422 ? <Banner tone="failure">{error.errors.map(({ field, reason }) => importReason(field, reason)).join(" · ")}</Banner> : <Failure error={error} />)}
      {file && rows.length > 0 && <Results file={file} rows={rows} left={left} />}
    </>
  );
}

function summary(found: Result[]): string {
  const states = Object.keys(rowStates) as Status[];
  const counted = states.map((status) => [status, found.filter((row) => row.status === status).length] as const);
  return counted.filter(([, n]) => n > 0).map(([status, n]) => texts.summary(rowStates[status], n)).join(" · ");
}

const why = ({ errors }: Result): string => errors.map(({ field, reason }) => importReason(field, reason)).join(", ");

/** Rows of the table that are shown at first, and more at a time. */
const SHOWN = 100;

function Results({ file, rows, left }: { file: Sheet; rows: Result[]; left: Line[] }) {
  const [most, setMost] = useState(SHOWN);
  // Rows that need somebody come first.
  const sorted = [...rows].sort((a, b) => Number(b.status === "refused") - Number(a.status === "refused") || a.row - b.row);
  const failed = new Map<number, string>([...rows.filter(({ status }) => status === "refused").map((row) => [row.row, why(row)] as const), ...left.map(({ line }) => [line, rowStates.notTried] as const)]);
  const download = () => {
    const remarked = file.lines.filter(({ line }) => failed.has(line)).map(({ text, line }) => ({ text, remark: failed.get(line) ?? "" }));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(withRemarks(file.header, remarked, texts.remark));
    link.download = texts.failedFile;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  return (
    <>
      <p role="status">{summary(rows)}</p>
      {failed.size > 0 && (
        <p>
          <button type="button" class="second" onClick={download}>
            {texts.failed(failed.size)}
          </button>
        </p>
      )}
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
            {sorted.slice(0, most).map((row) => (
              <tr key={row.row}>
                <td>{row.row}</td>
                <td>{row.email}</td>
                <td>{rowStates[row.status]}</td>
                <td>{why(row)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {sorted.length > most && (
        <p class="more">
          <button type="button" class="second" onClick={() => setMost(most + SHOWN)}>
            {texts.moreRows(sorted.length - most)}
          </button>
        </p>
      )}
    </>
  );
}
