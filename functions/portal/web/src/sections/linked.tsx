// « Mes comptes associés »: ask, undo, act for.

import { useState } from "preact/hooks";

import { useActing } from "../account";
import { call, type Refused } from "../api/client";
import { days } from "../dates";
import { useUnsaved } from "../router";
import { advice } from "../texts/contact";
import { texts } from "../texts/linked";
import { refused, useData } from "../ui/data";
import { announce } from "../ui/live";
import { Banner, Confirmed, Field, Read, SaveBar } from "../ui/parts";

export function LinkedAccounts() {
  const { account, reload, choose } = useActing();
  const links = useData(async () => {
    if (account.linked) return [];
    return (await call("get", "/v1/accounts/{id}/links", { path: { id: account.id } })).data.items;
  }, account.id);
  if (account.linked) return <Banner>{texts.notYours}</Banner>;
  return (
    <>
      <p>{texts.intro}</p>
      <p>{texts.what}</p>
      <h2>{texts.list}</h2>
      <Read data={links}>
        {(items) =>
          items.length === 0 ? (
            <p class="quiet">{texts.none}</p>
          ) : (
            <ul class="list">
              {items.map(({ accountId, name, entity, since }) => (
                <li key={accountId}>
                  <div class="grow">
                    <p class="title">{name}</p>
                    <p class="quiet">
                      {entity.name} – {texts.since(days(since))}
                    </p>
                  </div>
                  <button type="button" class="second" onClick={() => choose(accountId)}>
                    {texts.act}
                  </button>
                  <Confirmed
                    label={texts.undo}
                    title={texts.undo}
                    danger
                    done={texts.undone}
                    act={async () => {
                      await call("delete", "/v1/accounts/{id}/links/{otherId}", { path: { id: account.id, otherId: accountId } });
                      links.reload();
                      reload();
                    }}
                  >
                    <p>{texts.undoText(name)}</p>
                  </Confirmed>
                </li>
              ))}
            </ul>
          )
        }
      </Read>
      {!(links.loading && !links.value) && <Ask />}
    </>
  );
}

function Ask() {
  const { account } = useActing();
  const [email, setEmail] = useState("");
  const [wrong, setWrong] = useState("");
  const [error, setError] = useState<Refused>();
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState("");
  useUnsaved(email !== "");
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setWrong("");
    setError(undefined);
    setSent("");
    if (!email.includes("@")) return setWrong(advice("email", ""));
    setBusy(true);
    try {
      await call("post", "/v1/accounts/{id}/links", { path: { id: account.id }, body: { email } });
      setSent(email);
      setEmail("");
      announce(texts.sent);
    } catch (problem) {
      const said = refused(problem);
      if (said.status === 422) setWrong(advice("email", ""));
      else setError(said);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-labelledby="ask">
      <h2 id="ask">{texts.ask}</h2>
      <p>{texts.askText}</p>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Field name="email" type="email" inputMode="email" label={texts.email} required value={email} change={setEmail} error={wrong} spellcheck={false} />
        {sent && (
          <Banner tone="success" title={texts.sent}>
            <p>{texts.sentText(sent)}</p>
          </Banner>
        )}
        <SaveBar busy={busy} saved={false} error={error} label={texts.send} />
      </form>
    </section>
  );
}
