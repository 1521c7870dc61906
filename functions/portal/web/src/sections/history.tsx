// « Historique »: what was sent and why, what waits, export and erasure.

import { useState } from "preact/hooks";

import { useActing } from "../account";
import { call, type Listed, type Refused } from "../api/client";
import { briefly, moments } from "../dates";
import { forget } from "../session";
import { spelling } from "../spelling";
import { factKinds } from "../texts/alerts";
import { texts as common } from "../texts/common";
import { texts as unnamed } from "../texts/favourites";
import { outcome, reasons, texts } from "../texts/history";
import { refused, useData } from "../ui/data";
import { announce } from "../ui/live";
import { Banner, Dialog, Failure, Field, Link, Read, Rest } from "../ui/parts";
import { usePages } from "../ui/pages";

export type Sent = Listed<"/v1/accounts/{id}/deliveries">;

const kindName = (kind: string): string => factKinds[kind] ?? texts.test;

export function History() {
  const { account } = useActing();
  const pages = usePages<Sent>(async (cursor, limit) => {
    if (account.linked) return { items: [] };
    return (await call("get", "/v1/accounts/{id}/deliveries", { path: { id: account.id }, query: { limit, cursor } })).data;
  }, account.id);
  if (account.linked) return <Banner>{texts.notYours}</Banner>;
  return (
    <>
      <p>{texts.intro}</p>
      <Read data={pages}>
        {(items) =>
          items.length === 0 ? (
            <>
              <p>{texts.none}</p>
              <p class="quiet">{texts.noneHint}</p>
            </>
          ) : (
            <ul class="list">
              {items.map((item) => (
                <Delivery key={`${item.at}${item.factKey}${item.kind}`} item={item} />
              ))}
            </ul>
          )
        }
      </Read>
      <Rest pages={pages} />
      {!(pages.loading && !pages.value) && (
        <>
          <Waiting />
          <Mine />
        </>
      )}
    </>
  );
}

/** A row in two lines: what and about what; when, what became of it and why. Everything else stands on the consultation's page. */
export function Delivery({ item, here }: { item: Sent; here?: boolean }) {
  const bad = ["FAILED", "BOUNCED", "COMPLAINED", "SKIPPED"].includes(item.state);
  // Why it was sent, which what did not go out has not.
  const because = item.state === "SKIPPED" || item.state === "FAILED" ? undefined : reasons[item.why ?? ""];
  return (
    <li class="sent">
      <p class="line">
        {!here && item.consultationId && item.reference && (
          <>
            <Link to={`/favoris/${encodeURIComponent(item.consultationId)}`}>{item.reference}</Link> ·{" "}
          </>
        )}
        <span class="title">{kindName(item.kind)}</span>
        {!here && item.kind in factKinds && <span class="quiet"> – {item.reference ? item.title || unnamed.untitled : texts.hidden}</span>}
      </p>
      <p class={here || (bad && !item.reference) ? "quiet" : "quiet line"}>
        <time dateTime={item.at}>{briefly(item.at)}</time> · <span class={bad && item.state !== "SKIPPED" ? "error" : undefined}>{texts.outcome(outcome(item))}</span>
        {because && <span> {texts.why(because)}</span>}
      </p>
    </li>
  );
}

interface Held {
  kind: string;
  consultationId: string;
  recordedAt: string;
  untilReturn: boolean;
}

/** Lists waiting alerts. The export tells them and holds everything, so it is read only on request. */
function Waiting() {
  const [asked, setAsked] = useState(false);
  return (
    <section aria-labelledby="waiting">
      <h2 id="waiting">{texts.waiting}</h2>
      <p>{texts.waitingIntro}</p>
      {asked ? (
        <WaitingList />
      ) : (
        <p>
          <button type="button" class="second" onClick={() => setAsked(true)}>
            {texts.showWaiting}
          </button>
        </p>
      )}
    </section>
  );
}

function WaitingList() {
  const { account } = useActing();
  const held = useData(async () => {
    const { data } = await call("get", "/v1/accounts/{id}/export", { path: { id: account.id } });
    return (data.others as Partial<Held & { item: string }>[]).filter(({ item }) => item?.startsWith("HELD"));
  }, account.id);
  return (
    <Read data={held}>
      {(items) => (
        <>
          <p role="status">{items.length ? texts.waits(items.length) : texts.nothingWaits}</p>
          <ul class="list">
            {items.map((item, index) => (
              <li key={index}>
                <div class="grow">
                  <p class="title">{kindName(item.kind ?? "")}</p>
                  <p class="quiet">
                    {item.consultationId && <Link to={`/favoris/${encodeURIComponent(item.consultationId)}`}>{item.consultationId}</Link>} –{" "}
                    {item.untilReturn ? texts.untilReturn : texts.untilDaily}
                  </p>
                </div>
                {item.recordedAt && <p class="quiet">{moments(item.recordedAt)}</p>}
              </li>
            ))}
          </ul>
        </>
      )}
    </Read>
  );
}

/** Export and erasure, also of who was deactivated. */
export function Mine() {
  const { account } = useActing();
  const [error, setError] = useState<Refused>();
  const [erasing, setErasing] = useState(false);
  const download = async () => {
    setError(undefined);
    try {
      const { data } = await call("get", "/v1/accounts/{id}/export", { path: { id: account.id } });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: "application/json" }));
      link.download = `vigie-${data.exportedAt.slice(0, 10)}.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      announce(texts.exported);
    } catch (problem) {
      setError(refused(problem));
    }
  };
  return (
    <section aria-labelledby="data">
      <h2 id="data">{texts.data}</h2>
      <p>{texts.exportIntro}</p>
      {error && <Failure error={error} />}
      <p class="buttons">
        <button type="button" class="second" onClick={() => void download()}>
          {texts.export}
        </button>
        <button type="button" class="danger" onClick={() => setErasing(true)}>
          {texts.erase}
        </button>
      </p>
      {erasing && <Erasure close={() => setErasing(false)} />}
    </section>
  );
}

function Erasure({ close }: { close: () => void }) {
  const { account } = useActing();
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState("");
  const [error, setError] = useState<Refused>();
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const erase = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setError(undefined);
    setWrong("");
    const same = account.email === null ? typed.trim() === account.id : spelling(typed) === spelling(account.email);
    if (!same) return setWrong(account.email === null ? texts.eraseMismatchId : texts.eraseMismatch);
    setBusy(true);
    try {
      await call("delete", "/v1/accounts/{id}", { path: { id: account.id } });
      setDone(true);
      announce(texts.erased);
    } catch (problem) {
      setError(refused(problem));
    } finally {
      setBusy(false);
    }
  };
  // Its outcome is seen, once it has begun.
  const leaves = () => !busy && close();
  const leave = () => {
    forget();
    location.assign("/");
  };
  if (done) {
    return (
      <Dialog title={texts.erased} close={leave}>
        <p>{texts.erasedText}</p>
        <p>
          <button type="button" onClick={leave}>
            {common.close}
          </button>
        </p>
      </Dialog>
    );
  }
  return (
    <Dialog title={texts.erase} close={leaves}>
      <p>{texts.eraseIntro}</p>
      <ul>
        {texts.eraseEffects.map((effect) => (
          <li key={effect}>{effect}</li>
        ))}
      </ul>
      <form onSubmit={(event) => void erase(event)} noValidate>
        <Field name="confirm" label={account.email === null ? texts.eraseConfirmId(account.id) : texts.eraseConfirm(account.email)} required value={typed} change={setTyped} error={wrong} autoComplete="off" spellcheck={false} />
        {error && <Failure error={error} />}
        <p class="buttons">
          <button type="submit" class="danger" aria-disabled={busy ? "true" : undefined}>
            {texts.erase}
          </button>
          <button type="button" class="second" aria-disabled={busy ? "true" : undefined} onClick={leaves}>
            {common.cancel}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
