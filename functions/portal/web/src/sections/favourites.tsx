// « Mes favoris »: the dashboard of all consultations that the agent may see, with the star on each.

import { useEffect, useRef, useState } from "preact/hooks";

import { useActing } from "../account";
import { call, Refused, type Schemas } from "../api/client";
import { deadlines, left } from "../dates";
import { usePath } from "../router";
import { ruleGave } from "../texts/alerts";
import { texts as common } from "../texts/common";
import { phases, texts } from "../texts/favourites";
import { refused, usePages } from "../ui/data";
import { announce } from "../ui/live";
import { Banner, Failure, Field, More, Read } from "../ui/parts";
import { Star } from "../ui/star";

type Phase = Schemas["Phase"];
type Rule = Schemas["Rule"];

/** A consultation, starred or not. */
interface Row {
  id: string;
  reference: string;
  title: string;
  entity: string;
  phase: Phase;
  deadline: string | null;
  /** The buyer's own, overseas. */
  zone: string | null;
  starred: boolean;
  automatic: Rule | null;
  calendar: string | null;
}

const CHOICES: Phase[] = ["drafting", "consultation", "opening", "decision"];
/** While somebody types, in milliseconds. */
const PAUSE = 300;

export function Favourites() {
  const { account } = useActing();
  const path = usePath();
  const asked = decodeURIComponent(path.split("/")[2] ?? "");
  const [typed, setTyped] = useState("");
  const [q, setQ] = useState("");
  const [phase, setPhase] = useState("");
  const [only, setOnly] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed.trim()), PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);

  const pages = usePages<Row>(
    (cursor) => (only ? readFavourites(account.id, cursor) : readConsultations(account.id, q, phase, cursor)),
    JSON.stringify([account.id, q, phase, only]),
  );
  const narrow = q !== "" || phase !== "";
  return (
    <>
      <p>{texts.intro}</p>
      <form class="toolbar" role="search" onSubmit={(event) => event.preventDefault()}>
        <Field name="q" type="search" label={texts.search} hint={texts.searchHint} required value={typed} change={setTyped} />
        <div class="field">
          <label for="phase">{texts.phase}</label>
          <select id="phase" value={phase} onChange={(event) => setPhase(event.currentTarget.value)}>
            <option value="">{texts.anyPhase}</option>
            {CHOICES.map((each) => (
              <option key={each} value={each}>
                {phases[each]}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="show">{texts.show}</label>
          <select id="show" value={only ? "starred" : "all"} onChange={(event) => setOnly(event.currentTarget.value === "starred")}>
            <option value="all">{texts.all}</option>
            <option value="starred">{texts.starred}</option>
          </select>
        </div>
      </form>
      <Read data={pages}>
        {(rows) => (
          <Rows
            rows={only && narrow ? rows.filter((row) => matches(row, q, phase)) : rows}
            asked={asked}
            complete={!pages.more}
            empty={narrow ? texts.noneFound : only ? texts.noStar : texts.none}
            set={(change) => pages.set((pages.value ?? []).map(change))}
          />
        )}
      </Read>
      {pages.value && pages.error && <Failure error={pages.error} again={pages.more ?? pages.reload} />}
      {pages.value && !pages.error && <More more={pages.more} busy={pages.loadingMore} />}
    </>
  );
}

async function readFavourites(id: string, cursor: string | null): Promise<{ items: Row[]; cursor: string | null }> {
  const { data } = await call("get", "/v1/accounts/{id}/favourites", { path: { id }, query: { limit: 20, cursor } });
  const items = data.items.map((item) => ({
    id: item.consultationId,
    reference: item.reference,
    title: item.title,
    entity: "",
    phase: item.phase,
    deadline: item.submissionDeadline ?? null,
    zone: item.timeZone ?? null,
    starred: true,
    automatic: item.automatic ?? null,
    calendar: item.calendar ?? null,
  }));
  return { items, cursor: data.cursor ?? null };
}

async function readConsultations(id: string, q: string, phase: string, cursor: string | null): Promise<{ items: Row[]; cursor: string | null }> {
  const { data } = await call("get", "/v1/accounts/{id}/consultations", { path: { id }, query: { q, phase, limit: 20, cursor } });
  const items = data.items.map((item) => ({
    id: item.consultationId,
    reference: item.reference,
    title: item.title,
    entity: item.entity.name,
    phase: item.phase,
    deadline: item.submissionDeadline ?? null,
    zone: item.timeZone ?? null,
    starred: item.starred,
    automatic: item.automatic ?? null,
    calendar: item.calendar ?? null,
  }));
  return { items, cursor: data.cursor ?? null };
}

/** Letters as they are compared: without case and accents. */
const plain = (text: string): string => text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();
const matches = (row: Row, q: string, phase: string): boolean =>
  (!phase || row.phase === phase) && plain(`${row.reference} ${row.title} ${row.entity}`).includes(plain(q));

interface RowsProps {
  rows: Row[];
  /** The consultation that the address names. */
  asked: string;
  complete: boolean;
  empty: string;
  set: (change: (row: Row) => Row) => void;
}

function Rows({ rows, asked, complete, empty, set }: RowsProps) {
  const { account } = useActing();
  const [chosen, setChosen] = useState<string[]>([]);
  const [removed, setRemoved] = useState<Row[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Refused>();
  const here = useRef<HTMLLIElement>(null);
  const found = rows.some(({ id }) => id === asked);
  useEffect(() => {
    if (asked && found) here.current?.scrollIntoView({ block: "center" });
  }, [asked, found]);

  const write = async (row: Row, on: boolean) => {
    await call(on ? "put" : "delete", "/v1/accounts/{id}/favourites/{consultationId}", { path: { id: account.id, consultationId: row.id } });
    set((each) => (each.id === row.id ? { ...each, starred: on, automatic: on ? each.automatic : null } : each));
  };
  const run = async (act: () => Promise<string>) => {
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      announce(await act());
    } catch (problem) {
      setError(refused(problem));
    } finally {
      setBusy(false);
    }
  };
  const toggle = (row: Row) =>
    run(async () => {
      await write(row, !row.starred);
      setRemoved(row.starred ? [row] : removed.filter(({ id }) => id !== row.id));
      return row.starred ? texts.starOff : texts.starOn;
    });
  const selected = rows.filter(({ id, starred }) => starred && chosen.includes(id));
  const unstar = () =>
    run(async () => {
      const done: Row[] = [];
      try {
        for (const row of selected) {
          await call("delete", "/v1/accounts/{id}/favourites/{consultationId}", { path: { id: account.id, consultationId: row.id } });
          done.push(row);
        }
      } finally {
        set((each) => (done.some(({ id }) => id === each.id) ? { ...each, starred: false } : each));
        setRemoved(done);
        setChosen([]);
      }
      return texts.removed(done.length);
    });
  const undo = () =>
    run(async () => {
      for (const row of removed) await call("put", "/v1/accounts/{id}/favourites/{consultationId}", { path: { id: account.id, consultationId: row.id } });
      set((each) => (removed.some(({ id }) => id === each.id) ? { ...each, starred: true, automatic: null } : each));
      setRemoved([]);
      return texts.undone;
    });

  return (
    <>
      <p role="status" class="quiet">
        {rows.length ? texts.results(rows.length, !complete) : empty}
      </p>
      {asked && !found && complete && <Banner tone="warning">{texts.notSeen}</Banner>}
      {error && <Failure error={error} />}
      <ul class="list">
        {rows.map((row) => (
          <li key={row.id} ref={row.id === asked ? here : undefined} class={row.id === asked ? "here" : undefined}>
            <Star on={row.starred} label={texts.star(row.reference)} press={() => void toggle(row)} busy={busy} />
            <div class="grow">
              {row.id === asked && <p class="quiet">{texts.asked}</p>}
              <p class="title clamp">
                {row.reference} – {row.title || texts.untitled}
              </p>
              <p class="quiet">
                <span class="tag">{phases[row.phase]}</span>
                {row.entity}
              </p>
              <Deadline row={row} />
              {row.starred && <p class="hint">{row.automatic ? ruleGave[row.automatic] : texts.byHand}</p>}
              {row.id === asked && (
                <p>
                  <button type="button" class="second small" onClick={() => void toggle(row)} aria-disabled={busy ? "true" : undefined}>
                    {row.starred ? texts.unfollow : texts.follow}
                  </button>
                </p>
              )}
            </div>
            {row.starred && (
              <label class="check">
                <input
                  type="checkbox"
                  aria-label={texts.select(row.reference)}
                  checked={chosen.includes(row.id)}
                  onChange={(event) => setChosen(event.currentTarget.checked ? [...chosen, row.id] : chosen.filter((id) => id !== row.id))}
                />
              </label>
            )}
          </li>
        ))}
      </ul>
      {(selected.length > 0 || removed.length > 0) && (
        <div class="undo">
          {selected.length > 0 && (
            <button type="button" onClick={() => void unstar()} aria-disabled={busy ? "true" : undefined}>
              {texts.unstarSelected(selected.length)}
            </button>
          )}
          {removed.length > 0 && (
            <>
              <span>{texts.removed(removed.length)}</span>
              <button type="button" class="second" onClick={() => void undo()} aria-disabled={busy ? "true" : undefined}>
                {texts.undo}
              </button>
            </>
          )}
          {busy && <span class="quiet">{common.saving}</span>}
        </div>
      )}
    </>
  );
}

function Deadline({ row }: { row: Row }) {
  if (!row.deadline) return <p class="quiet">{texts.noDeadline}</p>;
  const time = left(row.deadline);
  return (
    <p>
      {texts.deadline} : <time dateTime={row.deadline}>{deadlines(row.deadline, row.zone)}</time> ({time ? texts.left(time) : texts.passed})
      {row.calendar && time && (
        <>
          {" · "}
          <a href={row.calendar} download="">
            {texts.calendar}
          </a>
        </>
      )}
    </p>
  );
}
