// Import of agents: a file is read, then checked, then created, row by row on the page. What failed can be taken away to be corrected.

import { useEffect, useRef, useState } from "preact/hooks";

import { Refused, type Schemas } from "../api/client";
import { clock } from "../dates";
import { LARGEST, TooMany, cell, read, spreadsheet, type Line, type Sheet } from "../import/file";
import { Sending, type Reason, type Result } from "../import/sending";
import { useUnsaved } from "../router";
import { columnNames, fileReason, rowReason, rowStates, texts } from "../texts/import";
import { roles } from "../texts/rights";
import { refused } from "../ui/data";
import { announce } from "../ui/live";
import { Banner, Failure } from "../ui/parts";

type State = Schemas["RowStatus"] | "read";

/** A row, and what became of it so far. */
interface Row {
  line: Line;
  state: State;
  why: string;
}

/** Returns what became of the rows: those that cannot be read well are refused already. */
function stand({ lines }: Sheet, results: Map<number, Result>): Row[] {
  return lines.map((line) => {
    const { status, errors } = results.get(line.line) ?? { status: line.errors.length ? "refused" : "read", errors: line.errors };
    return { line, state: status as State, why: errors.map(({ field, reason }) => rowReason(field, reason)).join(" ") };
  });
}

export function Import({ entity }: { entity: string }) {
  const [file, setFile] = useState<Sheet | null>(null);
  /** The file that is being read, or could not be. */
  const [chosen, setChosen] = useState<{ name: string; bytes: Uint8Array<ArrayBuffer> } | null>(null);
  const [results, setResults] = useState<Map<number, Result>>(new Map());
  /** Number of rows that the last run had to send, and those still left. */
  const [sent, setSent] = useState<{ dryRun: boolean; all: number; left: Line[] } | null>(null);
  const [reading, setReading] = useState(false);
  const [sends, setSends] = useState(false);
  const [waiting, setWaiting] = useState<{ until: number; reason: Reason } | null>(null);
  const [error, setError] = useState<Refused>();
  const [note, setNote] = useState("");
  const sending = useRef<Sending>(undefined);
  const outcome = useRef<HTMLParagraphElement>(null);
  /** True once what failed was taken away. */
  const [taken, setTaken] = useState(false);
  const busy = reading || sends;
  const rows = file ? stand(file, results) : [];
  const left = sent && !busy ? sent.left : [];
  const still = new Set(left);
  const failed = rows.filter(({ line, state }) => state === "refused" || still.has(line));
  const open = rows.filter(({ state }) => state !== "created" && state !== "unchanged");
  useUnsaved(busy || (taken ? open.length > failed.length : open.length > 0));
  // Whoever leaves has been asked: what is under way ends with its call.
  useEffect(() => () => sending.current?.stop(), []);
  // A button that has done its work goes; the focus goes on to what came of it.
  useEffect(() => {
    if (document.activeElement === document.body) outcome.current?.focus();
  }, [busy]);

  const forget = () => {
    setFile(null);
    setResults(new Map());
    setSent(null);
    setError(undefined);
    setNote("");
    setTaken(false);
  };
  const load = async (name: string, bytes: Uint8Array<ArrayBuffer>) => {
    forget();
    setChosen({ name, bytes });
    if (bytes.length === 0) return setNote(texts.empty);
    setReading(true);
    try {
      const sheet = await read(entity, name, bytes);
      if (sheet.lines.length === 0) return setNote(texts.noRows);
      setFile(sheet);
      announce(`${texts.read(name, sheet.lines.length)} ${texts.nothingYet} ${summary(stand(sheet, new Map()))}`);
    } catch (problem) {
      if (problem instanceof TooMany) setNote(texts.tooMany);
      else setError(refused(problem));
    } finally {
      setReading(false);
    }
  };
  const choose = async (picked: File | undefined) => {
    if (!picked || busy) return;
    forget();
    setChosen(null);
    if (picked.size > LARGEST) return setNote(texts.tooMany);
    try {
      await load(picked.name, new Uint8Array(await picked.arrayBuffer()));
    } catch {
      setNote(texts.gone);
    }
  };
  const run = async (sheet: Sheet, dryRun: boolean, lines: Line[], all: number, before: Map<number, Result>) => {
    if (busy || lines.length === 0) return;
    setError(undefined);
    setTaken(false);
    setSends(true);
    setSent({ dryRun, all, left: lines });
    const found = new Map(before);
    setResults(found);
    const next = new Sending(entity, dryRun, sheet, lines, {
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
      announce(summary(stand(sheet, found)));
    } catch (problem) {
      setError(refused(problem));
    } finally {
      setWaiting(null);
      setSends(false);
    }
  };
  const good = file ? file.lines.filter(({ errors }) => errors.length === 0) : [];
  const creatable = sent?.dryRun && !busy && sent.left.length === 0 ? good.filter(({ line }) => results.get(line)?.status === "wouldCreate") : [];

  return (
    <>
      <div class="field">
        <label for="file">{texts.file}</label>
        <p class="hint" id="file-hint">
          {texts.fileHint}
        </p>
        <input
          id="file"
          type="file"
          accept=".csv,text/csv"
          aria-describedby="file-hint"
          aria-disabled={busy ? "true" : undefined}
          // A file that was corrected under the same name is another one: the browser tells of a change only from nothing.
          onClick={(event) => (busy ? event.preventDefault() : (event.currentTarget.value = ""))}
          onDrop={(event) => (busy ? event.preventDefault() : (event.currentTarget.value = ""))}
          onChange={(event) => void choose(event.currentTarget.files?.[0])}
        />
      </div>
      {chosen && reading && <p>{texts.reading(chosen.name)}</p>}
      {file && <p>{`${texts.read(file.name, file.lines.length)} ${sent && !sent.dryRun ? "" : texts.nothingYet}`}</p>}
      <p class="buttons">
        <button
          type="button"
          class={creatable.length || left.length ? "second" : undefined}
          aria-disabled={busy || good.length === 0 ? "true" : undefined}
          onClick={() => file && void run(file, true, good, good.length, new Map())}
        >
          {texts.preview}
        </button>
        {file && creatable.length > 0 && (
          <button type="button" onClick={() => void run(file, false, creatable, creatable.length, results)}>
            {texts.run(creatable.length)}
          </button>
        )}
        {file && sent && left.length > 0 && (
          <button type="button" onClick={() => void run(file, sent.dryRun, left, sent.all, results)}>
            {texts.resume(left.length)}
          </button>
        )}
        {sends && (
          <button type="button" class="second" onClick={() => sending.current?.stop()}>
            {texts.stop}
          </button>
        )}
        <button type="button" class="second" onClick={() => download(texts.templateFile, [Object.values(columnNames)])}>
          {texts.template}
        </button>
      </p>
      {sent && sends && (
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
      {note && (
        <Banner tone="warning" alert>
          {note}
        </Banner>
      )}
      {left.length > 0 && <Banner tone="warning">{texts.importStopped(left.length)}</Banner>}
      {error && <Wrong error={error} name={chosen?.name ?? ""} again={file || !chosen ? undefined : () => void load(chosen.name, chosen.bytes)} />}
      {file && <Results file={file} rows={rows} failed={failed} taken={() => setTaken(true)} outcome={outcome} />}
    </>
  );
}

/** Shows the fault of the file as a whole, or the refusal of a call. */
function Wrong({ error, name, again }: { error: Refused; name: string; again?: () => void }) {
  const reasons = error.status === 400 ? [texts.notText] : error.status === 422 ? error.errors.map(({ field, reason }) => fileReason(field, reason)) : [];
  if (reasons.length === 0) return <Failure error={error} again={again} />;
  return (
    <Banner tone="failure" title={texts.unreadable(name)} alert>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </Banner>
  );
}

function summary(rows: Row[]): string {
  const states = Object.keys(rowStates) as State[];
  const counted = states.map((state) => [state, rows.filter((row) => row.state === state).length] as const);
  return counted.filter(([, n]) => n > 0).map(([state, n]) => texts.summary(rowStates[state], n)).join(" · ");
}

/** Gives a file to take away. */
function download(name: string, rows: string[][]): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(spreadsheet(rows));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Takes the spaces that do not break out of a text of ours: in a file they would be strange characters. */
const unset = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

/** Returns rows as a file to correct: the reason stands beside each, where an import passes it over. */
function toCorrect({ columns }: Sheet, rows: Row[]): string[][] {
  const width = Math.max(columns.length, ...rows.map(({ line }) => line.cells.length));
  const beside = (cells: string[], last: string) => [...cells, ...Array<string>(width - cells.length).fill(""), last];
  const header = columns.map((column) => (column ? columnNames[column] : ""));
  return [beside(header, texts.remark), ...rows.map(({ line, why }) => beside(line.cells, unset(why || rowStates.notTried)))];
}

/** Rows of the table that are shown at first, and more at a time. */
const SHOWN = 100;

function Results({ file, rows, failed, taken, outcome }: { file: Sheet; rows: Row[]; failed: Row[]; taken: () => void; outcome: { current: HTMLParagraphElement | null } }) {
  const [most, setMost] = useState(SHOWN);
  // Rows that need somebody come first.
  const sorted = [...rows].sort((a, b) => Number(b.state === "refused") - Number(a.state === "refused"));
  return (
    <>
      <p role="status" tabIndex={-1} ref={outcome}>
        {summary(rows)}
      </p>
      {failed.length > 0 && (
        <p>
          <button
            type="button"
            class="second"
            onClick={() => {
              download(texts.failedFile, toCorrect(file, failed));
              taken();
            }}
          >
            {texts.failed(failed.length)}
          </button>
        </p>
      )}
      <div class="scroll" tabIndex={0} role="group" aria-label={texts.outcome}>
        <table aria-label={texts.outcome}>
          <thead>
            <tr>
              <th scope="col">{texts.line}</th>
              <th scope="col">{texts.name}</th>
              <th scope="col">{texts.email}</th>
              <th scope="col">{texts.role}</th>
              <th scope="col">{texts.outcome}</th>
              <th scope="col">{texts.whyNot}</th>
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, most).map(({ line, state, why }) => (
              <tr key={line.line}>
                <td>{line.line}</td>
                <td>{`${cell(file, line, "firstName")} ${cell(file, line, "lastName")}`}</td>
                <td>{line.email ?? cell(file, line, "email")}</td>
                <td>{cell(file, line, "role") || roles.agent}</td>
                <td>{rowStates[state]}</td>
                <td>{why}</td>
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
