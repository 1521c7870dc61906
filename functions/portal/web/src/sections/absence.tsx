// « Mon absence », within the alerts: from when until when, and who stands in.

import { useState } from "preact/hooks";

import { useActing } from "../account";
import { call, type Refused, type Schemas } from "../api/client";
import { dates, today } from "../dates";
import { useUnsaved } from "../router";
import { texts } from "../texts/alerts";
import { texts as common } from "../texts/common";
import { refused, useData } from "../ui/data";
import { announce } from "../ui/live";
import { Banner, Confirmed, Field, Read, SaveBar } from "../ui/parts";

type Shown = Schemas["Absence"] | null;

const OTHER = "other";

export function AbsenceForm() {
  const { account } = useActing();
  const data = useData(async () => (await call("get", "/v1/accounts/{id}/absence", { path: { id: account.id } })).data as Shown, account.id);
  return (
    <section aria-labelledby="absence">
      <h2 id="absence">{texts.absence}</h2>
      <p>{texts.absenceIntro}</p>
      <Read data={data}>
        {(absence) => (
          <>
            {absence && <Away absence={absence} changed={data.set} />}
            <Form key={JSON.stringify(absence)} absence={absence} changed={data.set} />
          </>
        )}
      </Read>
    </section>
  );
}

function Away({ absence, changed }: { absence: NonNullable<Shown>; changed: (absence: Shown) => void }) {
  const { account } = useActing();
  const end = async () => {
    await call("put", "/v1/accounts/{id}/absence", { path: { id: account.id }, body: null });
    changed(null);
  };
  return (
    <Banner tone="warning" title={texts.away(dates(absence.from), dates(absence.until))}>
      <p>{absence.delegateAccountId ? (absence.delegateAgreed ? texts.agreed : texts.waits) : texts.alone}</p>
      <p>
        <Confirmed label={texts.endAbsence} title={texts.endAbsence} act={end} done={texts.ended}>
          <p>{texts.endAbsenceText}</p>
        </Confirmed>
      </p>
    </Banner>
  );
}

function Form({ absence, changed }: { absence: Shown; changed: (absence: Shown) => void }) {
  const { account } = useActing();
  const linked = useData(async () => {
    if (account.linked) return [];
    return (await call("get", "/v1/accounts/{id}/links", { path: { id: account.id } })).data.items;
  }, account.id);
  const known = linked.value ?? [];
  const before = absence?.delegateAccountId ?? "";
  const [from, setFrom] = useState(absence?.from ?? "");
  const [until, setUntil] = useState(absence?.until ?? "");
  const [delegate, setDelegate] = useState(before);
  const [typed, setTyped] = useState("");
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<Refused>();
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  useUnsaved(from !== (absence?.from ?? "") || until !== (absence?.until ?? "") || delegate !== before);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const found: Record<string, string> = {};
    if (!from) found["from"] = texts.day;
    if (!until) found["until"] = texts.day;
    else if (until < from) found["until"] = texts.order;
    else if (until < today()) found["until"] = texts.passed;
    setErrors(found);
    setSaved(false);
    setFailure(undefined);
    if (Object.keys(found).length) return announce(Object.values(found).join(" "));
    setBusy(true);
    try {
      const chosen = delegate === OTHER ? typed.trim() : delegate;
      const body = { from, until, delegateAccountId: chosen || null };
      const { data } = await call("put", "/v1/accounts/{id}/absence", { path: { id: account.id }, body });
      setSaved(true);
      announce(common.saved);
      changed(data as Shown);
    } catch (problem) {
      explain(refused(problem));
    } finally {
      setBusy(false);
    }
  };
  function explain(error: Refused) {
    if (error.status !== 422 && error.status !== 409 && error.status !== 404) return setFailure(error);
    const fields = error.errors.map(({ field }) => field);
    if (fields.includes("until")) setErrors({ until: error.errors.some(({ reason }) => /year/.test(reason)) ? texts.far : texts.order });
    else setErrors({ delegate: texts.unknownDelegate });
  }

  return (
    <form class="subform" onSubmit={(event) => void submit(event)} noValidate>
      <div class="grid">
        <Field name="from" label={texts.from} type="date" required value={from} change={setFrom} error={errors["from"]} />
        <Field name="until" label={texts.until} type="date" required value={until} change={setUntil} error={errors["until"]} />
      </div>
      <div class="field">
        <label for="delegate">{texts.delegate}</label>
        <select id="delegate" value={delegate} onChange={(event) => setDelegate(event.currentTarget.value)}>
          <option value="">{texts.nobody}</option>
          {before && !known.some(({ accountId }) => accountId === before) && <option value={before}>{before}</option>}
          {known.map(({ accountId, name, entity }) => (
            <option key={accountId} value={accountId}>
              {name} – {entity.name}
            </option>
          ))}
          <option value={OTHER}>{texts.otherDelegate}</option>
        </select>
      </div>
      {delegate === OTHER && (
        <Field name="delegateId" label={texts.delegateId} hint={texts.delegateIdHint} required value={typed} change={setTyped} error={errors["delegate"]} spellcheck={false} />
      )}
      {delegate !== OTHER && errors["delegate"] && <p class="error">{errors["delegate"]}</p>}
      <SaveBar busy={busy} saved={saved} error={failure} label={texts.announceAbsence} />
    </form>
  );
}
