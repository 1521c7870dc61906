// « Mon absence », within the alerts: from when until when, and who stands in.

import { useActing } from "../account";
import { call, type Answer, type Refused, type Schemas } from "../api/client";
import { dates, today } from "../dates";
import { useForm, type Errors, type Saved } from "../form";
import { texts } from "../texts/alerts";
import { refused, useData, type Data } from "../ui/data";
import { Banner, Confirmed, Field, Read, Required } from "../ui/parts";
import { Conflict, Restored, SaveBar } from "../ui/saving";

type Shown = Schemas["Absence"] | null;

interface Values {
  from: string;
  until: string;
  delegate: string;
  /** The account that is typed where none of those known is meant. */
  delegateId: string;
}

const OTHER = "other";
/** A date as a calendar has it. A field for dates also takes years of five and six digits. */
const DATE = /^\d{4}-\d\d-\d\d$/;

const savedAs = ({ data, etag }: Answer<Shown>): Saved<Values> => ({
  values: { from: data?.from ?? "", until: data?.until ?? "", delegate: data?.delegateAccountId ?? "", delegateId: "" },
  version: etag,
});

export function AbsenceForm() {
  const { account } = useActing();
  const path = { id: account.id };
  const data = useData(async () => (await call("get", "/v1/accounts/{id}/absence", { path })) as Answer<Shown>, account.id);
  return (
    <section aria-labelledby="absence">
      <h2 id="absence">{texts.absence}</h2>
      <p>{texts.absenceIntro}</p>
      <Read data={data}>
        {(answer) => <Form answer={answer} data={data} />}
      </Read>
    </section>
  );
}

function Away({ absence, version, ended, stale }: { absence: NonNullable<Shown>; version: string | null; ended: (answer: Answer<Shown>) => void; stale: () => void }) {
  const { account } = useActing();
  const begun = absence.from <= today();
  const end = async () => {
    try {
      ended((await call("put", "/v1/accounts/{id}/absence", { path: { id: account.id }, body: null, headers: { "If-Match": version ?? "*" } })) as Answer<Shown>);
    } catch (problem) {
      // Another absence than the one that is shown: that one is shown before it is ended.
      if (refused(problem).status === 412) stale();
      throw problem;
    }
  };
  return (
    <Banner tone="warning" title={texts.away(dates(absence.from), dates(absence.until))}>
      <p>{absence.delegateAccountId ? (absence.delegateAgreed ? texts.agreed : texts.waits) : texts.alone}</p>
      <p>
        <Confirmed label={texts.endAbsence} title={texts.endAbsence} act={end} done={texts.ended}>
          <p>{begun ? texts.endAbsenceText : texts.cancelAbsenceText}</p>
        </Confirmed>
      </p>
    </Banner>
  );
}

function check({ from, until, delegate, delegateId }: Values): Errors {
  const found: Errors = {};
  const day = (value: string) => (value ? texts.year : texts.day);
  if (!DATE.test(from)) found["from"] = day(from);
  if (!DATE.test(until)) found["until"] = day(until);
  else if (!found["from"] && until < from) found["until"] = texts.order;
  else if (until < today()) found["until"] = texts.passed;
  if (delegate === OTHER && !delegateId.trim()) found["delegateId"] = texts.delegateNeeded;
  return found;
}

function explain({ status, errors }: Refused, { delegate }: Values): Errors | undefined {
  if (status !== 422) return undefined;
  const told = errors.map(({ field, reason }) => {
    if (field === "delegateAccountId") return [delegate === OTHER ? "delegateId" : "delegate", texts.unknownDelegate];
    if (field === "until") return [field, /year/.test(reason) ? texts.far : /passed/.test(reason) ? texts.passed : texts.order];
    return [field, texts.day];
  });
  return Object.fromEntries(told) as Errors;
}

function Form({ answer, data }: { answer: Answer<Shown>; data: Data<Answer<Shown>> }) {
  const { account } = useActing();
  const path = { id: account.id };
  const linked = useData(async () => {
    if (account.linked) return [];
    return (await call("get", "/v1/accounts/{id}/links", { path })).data.items;
  }, account.id);
  const known = linked.value ?? [];
  const before = answer.data?.delegateAccountId ?? "";
  const nameOf = (id: string) => (id === OTHER ? texts.otherDelegate : (known.find(({ accountId }) => accountId === id)?.name ?? id));
  const form = useForm<Values>({
    name: "absence",
    ...savedAs(answer),
    check,
    save: async ({ from, until, delegate, delegateId }, version) => {
      const chosen = delegate === OTHER ? delegateId.trim() : delegate;
      const body = { from, until, delegateAccountId: chosen || null };
      const saved = (await call("put", "/v1/accounts/{id}/absence", { path, body, headers: { "If-Match": version ?? "*" } })) as Answer<Shown>;
      const asks = saved.data?.delegateAccountId && !saved.data.delegateAgreed;
      return { ...savedAs(saved), next: asks ? texts.asksNext : "", after: () => data.set(saved) };
    },
    read: async () => {
      const saved = (await call("get", "/v1/accounts/{id}/absence", { path })) as Answer<Shown>;
      return { ...savedAs(saved), after: () => data.set(saved) };
    },
    explain,
  });
  const delegate = form.field("delegate");
  const ended = (now: Answer<Shown>) => {
    form.take(savedAs(now));
    data.set(now);
  };

  return (
    <>
      {answer.data && <Away absence={answer.data} version={answer.etag} ended={ended} stale={data.reload} />}
      <form ref={(element) => void (form.element = element)} class="subform" onSubmit={(event) => void form.submit(event)} noValidate>
        <Restored form={form} />
        <Conflict form={form} label={(name) => ({ from: texts.from, until: texts.until, delegate: texts.delegate, delegateId: texts.delegateId })[name]} show={(name, value) => (name === "delegate" ? nameOf(String(value)) || texts.nobody : DATE.test(String(value)) ? dates(String(value)) : String(value))} />
        <Required />
        <div class="grid">
          <Field {...form.field("from")} label={texts.from} type="date" max="9999-12-31" required />
          <Field {...form.field("until")} label={texts.until} type="date" max="9999-12-31" required />
        </div>
        <div class={delegate.error ? "field wrong" : "field"}>
          <label for="delegate">{texts.delegate}</label>
          <select id="delegate" name="delegate" value={delegate.value} aria-invalid={delegate.error ? "true" : undefined} aria-describedby={delegate.error && "delegate-error"} onChange={(event) => delegate.change(event.currentTarget.value)}>
            <option value="">{texts.nobody}</option>
            {before && !known.some(({ accountId }) => accountId === before) && <option value={before}>{before}</option>}
            {known.map(({ accountId, name, entity }) => (
              <option key={accountId} value={accountId}>
                {name} – {entity.name}
              </option>
            ))}
            <option value={OTHER}>{texts.otherDelegate}</option>
          </select>
          {delegate.error && (
            <p class="error" id="delegate-error">
              {delegate.error}
            </p>
          )}
        </div>
        {delegate.value === OTHER && <Field {...form.field("delegateId")} label={texts.delegateId} hint={texts.delegateIdHint} required spellcheck={false} />}
        <SaveBar form={form} label={texts.announceAbsence} />
      </form>
    </>
  );
}
