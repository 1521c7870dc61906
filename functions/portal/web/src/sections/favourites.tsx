// « Mes favoris »: the dashboard of all consultations that the agent may see, with the star on each, and the page of one.

import { useEffect, useRef, useState } from "preact/hooks";

import { useActing } from "../account";
import { call, type Schemas } from "../api/client";
import { briefly, left } from "../dates";
import { keepPlace, place } from "../place";
import { useQuery } from "../query";
import { usePath } from "../router";
import { rowOf, useStars, type Row } from "../stars";
import { ruleGave } from "../texts/alerts";
import { phases, texts } from "../texts/favourites";
import { Failure, Field, Link, Loading, Rest } from "../ui/parts";
import { usePages } from "../ui/pages";
import { useSearch } from "../ui/search";
import { RowStar, StarFailure } from "../ui/star";
import { Consultation } from "./consultation";

type Phase = Schemas["Phase"];

const CHOICES: Phase[] = ["drafting", "consultation", "opening", "decision"];

/** The consultation whose page was opened last: whoever comes back is led to its row. */
let opened = "";

export function Favourites() {
  const { account } = useActing();
  const stars = useStars(account.id);
  const id = decodeURIComponent(usePath().split("/")[2] ?? "");
  useEffect(() => stars.forget, []);
  if (id) opened = id;
  return (
    <>
      {id ? <Consultation key={id} id={id} /> : <Dashboard />}
      {stars.removed.length > 0 && (
        <div class="undo">
          <span>{texts.removed(stars.removed.length)}</span>
          <button type="button" class="second" onClick={stars.undo}>
            {texts.undo}
          </button>
        </div>
      )}
    </>
  );
}

function Dashboard() {
  const { account } = useActing();
  const [query, change] = useQuery();
  const only = query.get("favoris") === "1";
  // An address may hold what the service takes none of.
  const phase = CHOICES.find((each) => each === query.get("phase")) ?? "";
  const { sought, field } = useSearch(query, change);

  const pages = usePages<Row>(async (cursor, limit) => {
    const asked = { path: { id: account.id }, query: { q: sought, phase, limit, cursor } };
    const readAt = Date.now();
    if (only) {
      const { data } = await call("get", "/v1/accounts/{id}/favourites", asked);
      return { items: data.items.map((item) => rowOf(item, true, readAt)), cursor: data.cursor };
    }
    const { data } = await call("get", "/v1/accounts/{id}/consultations", asked);
    return { items: data.items.map((item) => rowOf(item, item.starred, readAt)), cursor: data.cursor };
  }, JSON.stringify([account.id, sought, phase, only]));
  const empty = sought || phase ? texts.noneFound : only ? texts.noStar : texts.none;
  return (
    <>
      <p>{texts.intro}</p>
      <form class="toolbar" role="search" onSubmit={(event) => event.preventDefault()}>
        <Field {...field} label={texts.search} hint={texts.searchHint} />
        <div class="field">
          <label for="phase">{texts.phase}</label>
          <select id="phase" value={phase} onChange={(event) => change({ phase: event.currentTarget.value })}>
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
          <select id="show" value={only ? "starred" : "all"} onChange={(event) => change({ favoris: event.currentTarget.value === "starred" ? "1" : "" })}>
            <option value="all">{texts.all}</option>
            <option value="starred">{texts.starred}</option>
          </select>
        </div>
      </form>
      {pages.value ? (
        <>
          <p role="status" class="quiet">
            {pages.value.length > 0 ? texts.results(pages.value.length, !!pages.more || pages.loadingMore) : empty}
          </p>
          {pages.value.length > 0 && <Rows rows={pages.value} />}
        </>
      ) : (
        !pages.error && <Loading what={sought || phase ? texts.searching : undefined} />
      )}
      {!pages.value && pages.error && <Failure error={pages.error} again={pages.reload} />}
      <Rest pages={pages} />
    </>
  );
}

function Rows({ rows }: { rows: Row[] }) {
  const { account } = useActing();
  const stars = useStars(account.id);
  const [chosen, setChosen] = useState<string[] | undefined>(place().chosen);
  const list = useRef<HTMLUListElement>(null);
  const choose = (ids: string[] | undefined) => {
    setChosen(ids);
    keepPlace({ chosen: ids });
  };
  useEffect(() => {
    // Back from a consultation's page.
    if (opened) list.current?.querySelector<HTMLElement>(`a[href$="/${CSS.escape(opened)}"]`)?.focus({ preventScroll: true });
    opened = "";
  }, []);
  // A list may shift under its pages.
  const once = [...new Map(rows.map((row) => [row.id, row])).values()];
  const starred = once.filter((row) => stars.shown(row).on);
  const selected = starred.filter(({ id }) => chosen?.includes(id));
  return (
    <>
      {!chosen && starred.length > 0 && (
        <p>
          <button type="button" class="second small" onClick={() => choose([])}>
            {texts.selecting}
          </button>
        </p>
      )}
      {chosen && (
        <div class="undo selecting" role="group" aria-label={texts.selection}>
          <span class="grow">{texts.selected(selected.length)}</span>
          <button type="button" class="second" onClick={() => choose(starred.map(({ id }) => id))}>
            {texts.selectAll}
          </button>
          {selected.length > 0 && (
            <button
              type="button"
              onClick={() => {
                stars.unstar(selected);
                choose(undefined);
              }}
            >
              {texts.unstarSelected(selected.length)}
            </button>
          )}
          <button type="button" class="second" onClick={() => choose(undefined)}>
            {texts.selectNoMore}
          </button>
        </div>
      )}
      <ul class="list rows" ref={list}>
        {once.map((row) => (
          <Entry
            key={row.id}
            row={row}
            chosen={chosen && chosen.includes(row.id)}
            choose={(is) => choose(is ? [...(chosen ?? []), row.id] : (chosen ?? []).filter((id) => id !== row.id))}
          />
        ))}
      </ul>
    </>
  );
}

/** A row: star and title, one line of time, one of state; everything else behind its link. */
function Entry({ row, chosen, choose }: { row: Row; chosen: boolean | undefined; choose: (is: boolean) => void }) {
  const { account } = useActing();
  const { on, automatic } = useStars(account.id).shown(row);
  return (
    <li>
      {chosen !== undefined && on ? (
        <label class="pick">
          <input type="checkbox" aria-label={texts.select(row.reference)} checked={chosen} onChange={(event) => choose(event.currentTarget.checked)} />
        </label>
      ) : (
        <RowStar row={row} />
      )}
      <div class="grow">
        <p class="title clamp">
          <Link to={`/favoris/${encodeURIComponent(row.id)}`}>
            {row.reference} – {row.title || texts.untitled}
          </Link>
        </p>
        <p class="line">{row.deadline ? <Deadline row={row} at={row.deadline} /> : texts.noDeadline}</p>
        <p class="line quiet">
          <span class="tag">{phases[row.phase]}</span>{" "}
          {on && <span>{automatic ? ruleGave[automatic] : texts.byHand} · </span>}
          {row.entity}
        </p>
        <StarFailure row={row} />
      </div>
    </li>
  );
}

function Deadline({ row, at }: { row: Row; at: string }) {
  const time = left(at);
  return (
    <>
      <span class="unseen">{texts.deadline} : </span>
      <time dateTime={at}>{briefly(at)}</time>
      {row.zone && ` ${texts.inParis}`} – {time ? texts.within(time) : texts.passed}
    </>
  );
}
