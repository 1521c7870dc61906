// One consultation: what it is, its star, what was sent about it and why. Links of mails lead here.

import { useEffect, useRef } from "preact/hooks";

import { useActing, type Mine } from "../account";
import { call, Refused } from "../api/client";
import { deadlines, left } from "../dates";
import { rowOf, useStars, type Row } from "../stars";
import { ruleGave } from "../texts/alerts";
import { texts as common } from "../texts/common";
import { phases, texts } from "../texts/favourites";
import { reasons, texts as history } from "../texts/history";
import { useData } from "../ui/data";
import { entitle } from "../ui/operator";
import { Banner, Link, Read, Rest } from "../ui/parts";
import { usePages } from "../ui/pages";
import { RowStar, StarFailure } from "../ui/star";
import { Delivery, type Sent } from "./history";

interface Read {
  row: Row;
  sight: string;
  url: string | null;
}

/** Most other accounts that are asked whether they see it. */
const OTHERS = 5;
/** The address that was opened first: there the page begins at its top. */
const landed = location.pathname;
let moved = false;

async function read(account: string, consultationId: string): Promise<Read> {
  const readAt = Date.now();
  const { data } = await call("get", "/v1/accounts/{id}/consultations/{consultationId}", { path: { id: account, consultationId } });
  return { row: rowOf(data, data.starred, readAt), sight: data.sight, url: data.url ?? null };
}

export function Consultation({ id }: { id: string }) {
  const { account } = useActing();
  const data = useData(() => read(account.id, id), `${account.id} ${id}`);
  const missing = data.error?.status === 404;
  const row = data.value?.row;
  const title = row ? `${row.reference} – ${row.title || texts.untitled}` : missing ? texts.notSeen : texts.one;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!row && !data.error) return;
    if (moved || location.pathname !== landed) heading.current?.focus();
    moved = true;
  }, [row, data.error]);
  useEffect(() => {
    if (!row && !missing) return;
    const before = document.title;
    entitle(row ? row.reference : texts.notSeen, common.account);
    return () => void (document.title = before);
  }, [row, missing]);
  return (
    <>
      <p>
        <Link to="/favoris">{texts.back}</Link>
      </p>
      <div class="one">
        {row && <RowStar row={row} />}
        {/* A new one is told where the focus goes on to it. */}
        <h1 ref={heading} key={title} tabIndex={-1}>
          {title}
        </h1>
      </div>
      {missing ? <Missing id={id} /> : <Read data={data}>{(found) => <Found {...found} />}</Read>}
    </>
  );
}

function Found({ row, sight, url }: Read) {
  const { account } = useActing();
  const stars = useStars(account.id);
  const { on, automatic } = stars.shown(row);
  const over = row.phase === "archived" || row.phase === "cancelled";
  const time = row.deadline && left(row.deadline);
  return (
    <>
      <StarFailure row={row} />
      {over && <Banner>{texts.over}</Banner>}
      <dl class="facts">
        <dt>{texts.phase}</dt>
        <dd>{phases[row.phase]}</dd>
        <dt>{texts.entity}</dt>
        <dd>{row.entity || common.unnamedEntity}</dd>
        <dt>{texts.deadline}</dt>
        <dd>
          {row.deadline ? (
            <>
              <time dateTime={row.deadline}>{deadlines(row.deadline, row.zone)}</time> ({time ? texts.left(time) : texts.passed})
              {row.calendar && time && (
                <>
                  {" · "}
                  <a href={row.calendar} download="">
                    {texts.calendar}
                  </a>
                </>
              )}
            </>
          ) : (
            texts.noDeadline
          )}
        </dd>
        <dt>{texts.following}</dt>
        <dd>
          {on ? (automatic ? ruleGave[automatic] : texts.byHand) : texts.notFollowed}
          <br />
          <button type="button" class="second small" onClick={() => stars.press(row)}>
            {on ? texts.unfollow : texts.follow}
          </button>
        </dd>
      </dl>
      <p class="buttons">
        {url && (
          <a class="button" href={url} rel="noreferrer">
            {texts.open}
          </a>
        )}
        {account.role === "administrator" && !account.linked && <Link to={`/administration/destinataires/${encodeURIComponent(row.id)}`}>{texts.whoIsTold}</Link>}
      </p>
      <h2>{texts.received}</h2>
      <p>{on ? texts.because(reasons[sight] ?? "") : texts.notBecause}</p>
      {account.linked ? <p class="quiet">{history.notYours}</p> : <History id={row.id} />}
    </>
  );
}

function History({ id }: { id: string }) {
  const { account } = useActing();
  const pages = usePages<Sent>(
    async (cursor, limit) => (await call("get", "/v1/accounts/{id}/deliveries", { path: { id: account.id }, query: { consultationId: id, limit, cursor } })).data,
    `${account.id} ${id}`,
  );
  return (
    <>
      <Read data={pages}>
        {(items) =>
          items.length === 0 ? (
            <p class="quiet">{texts.nothingReceived}</p>
          ) : (
            <ul class="list">
              {items.map((item) => (
                <Delivery key={`${item.at}${item.factKey}${item.kind}`} item={item} here />
              ))}
            </ul>
          )
        }
      </Read>
      <Rest pages={pages} />
    </>
  );
}

/** Neither existing nor seen, which are the same; perhaps another account of the same person sees it, to which the mail went. */
function Missing({ id }: { id: string }) {
  const { account, choose } = useActing();
  const other = useData(async () => {
    const { accounts } = (await call("get", "/v1/me")).data;
    for (const each of accounts.filter((found) => found.id !== account.id).slice(0, OTHERS)) {
      if (await sees(each, id)) return each;
    }
    return null;
  }, `${account.id} ${id}`);
  return (
    <Banner tone="warning">
      <p>{texts.notSeenText}</p>
      {other.value && (
        <p>
          {texts.otherSees(other.value.email ?? common.noAddress)}{" "}
          <button type="button" class="second small" onClick={() => other.value && choose(other.value.id)}>
            {common.actFor} {other.value.email ?? common.noAddress}
          </button>
        </p>
      )}
    </Banner>
  );
}

async function sees(account: Mine, id: string): Promise<boolean> {
  try {
    await read(account.id, id);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}
