// « Mes comptes associés »: ask, undo, act for.

import { useActing } from "../account";
import { call } from "../api/client";
import { days } from "../dates";
import { useForm } from "../form";
import { go } from "../router";
import { advice } from "../texts/contact";
import { texts } from "../texts/linked";
import { useData } from "../ui/data";
import { Banner, Confirmed, Field, Read, Required } from "../ui/parts";
import { Restored, SaveBar } from "../ui/saving";

export function LinkedAccounts() {
  const { account, reload, choose } = useActing();
  const links = useData(async () => {
    if (account.linked) return [];
    return (await call("get", "/v1/accounts/{id}/links", { path: { id: account.id } })).data.items;
  }, account.id);
  // To what one may do for them: their associations are nobody else's.
  const actFor = async (id: string) => {
    if (await choose(id)) await go("/alertes");
  };
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
                  <button type="button" class="second" onClick={() => void actFor(accountId)}>
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

const EMPTY = { email: "" };

function Ask() {
  const { account } = useActing();
  const wrong = { email: advice("email", "") };
  const form = useForm({
    name: "link",
    values: EMPTY,
    check: ({ email }) => (email.includes("@") ? {} : wrong),
    save: async ({ email }) => {
      await call("post", "/v1/accounts/{id}/links", { path: { id: account.id }, body: { email } });
      return { values: EMPTY, next: `${texts.sent} ${texts.sentText(email)}` };
    },
    explain: ({ errors }) => (errors.some(({ field }) => field === "email") ? wrong : undefined),
  });
  return (
    <section aria-labelledby="ask">
      <h2 id="ask">{texts.ask}</h2>
      <p>{texts.askText}</p>
      <form ref={(element) => void (form.element = element)} onSubmit={(event) => void form.submit(event)} noValidate>
        <Restored form={form} />
        <Required />
        <Field {...form.field("email")} type="email" inputMode="email" label={texts.email} required spellcheck={false} />
        <SaveBar form={form} label={texts.send} sends />
      </form>
    </section>
  );
}
