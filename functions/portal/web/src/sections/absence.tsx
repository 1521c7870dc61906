// « Mon absence », within the alerts: from when until when, and who stands in.

import { useActing } from "../account";
import { call, type Answer, type Refused, type Schemas } from "../api/client";
import { dates, today } from "../dates";
import { useForm, type Errors, type Form as Typed, type Saved } from "../form";
import { texts } from "../texts/alerts";
import { texts as common } from "../texts/common";
import { Choice } from "../ui/choice";
import { refused, useData, type Data } from "../ui/data";
import { Banner, Confirmed, Field, Read, Required } from "../ui/parts";
import { Conflict, Restored, SaveBar } from "../ui/saving";

type Shown = Schemas["Absence"] | null;

/** A colleague; without an account where nobody is chosen, with what is typed instead. */
interface Person {
  id: string;
  name: string;
}

interface Values {
  from: string;
  until: string;
  delegate: Person;
}

const NOBODY: Person = { id: "", name: "" };
/** Most colleagues that one search finds. */
const MOST = 20;
/** A date as a calendar has it. A field for dates also takes years of five and six digits. */
const DATE = /^\d{4}-\d\d-\d\d$/;

/** The delegate of an absence, by name where that is known. */
const delegateOf = (data: Shown): Person => (data?.delegateAccountId ? { id: data.delegateAccountId, name: data.delegateName ?? texts.unnamedDelegate } : NOBODY);

const savedAs = ({ data, etag }: Answer<Shown>): Saved<Values> => ({
  values: { from: data?.from ?? "", until: data?.until ?? "", delegate: delegateOf(data) },
  version: etag,
});

/** Reads the absence of an account, with the name of who stands in. */
const read = async (id: string) => (await call("get", "/v1/accounts/{id}/absence", { path: { id }, query: { names: true } })) as Answer<Shown>;

export function AbsenceForm() {
  const { account } = useActing();
  const data = useData(() => read(account.id), account.id);
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
      {absence.delegateName && <p>{texts.delegateIs(absence.delegateName)}</p>}
      <p>{absence.delegateAccountId ? (absence.delegateAgreed ? texts.agreed : texts.waits) : texts.alone}</p>
      <p>
        <Confirmed label={texts.endAbsence} title={texts.endAbsence} act={end} done={texts.ended}>
          <p>{begun ? texts.endAbsenceText : texts.cancelAbsenceText}</p>
        </Confirmed>
      </p>
    </Banner>
  );
}

function check({ from, until, delegate }: Values): Errors {
  const found: Errors = {};
  const day = (value: string) => (value ? texts.year : texts.day);
  if (!DATE.test(from)) found["from"] = day(from);
  if (!DATE.test(until)) found["until"] = day(until);
  else if (!found["from"] && until < from) found["until"] = texts.order;
  else if (until < today()) found["until"] = texts.passed;
  if (!delegate.id && delegate.name.trim()) found["delegate"] = texts.delegateNeeded;
  return found;
}

function explain({ status, errors }: Refused): Errors | undefined {
  if (status !== 422) return undefined;
  const told = errors.map(({ field, reason }) => {
    if (field === "delegateAccountId") return ["delegate", texts.unknownDelegate];
    if (field === "until") return [field, /year/.test(reason) ? texts.far : /passed/.test(reason) ? texts.passed : texts.order];
    return [field, texts.day];
  });
  return Object.fromEntries(told) as Errors;
}

function Form({ answer, data }: { answer: Answer<Shown>; data: Data<Answer<Shown>> }) {
  const { account } = useActing();
  const form = useForm<Values>({
    name: "absence",
    ...savedAs(answer),
    check,
    save: async ({ from, until, delegate }, version) => {
      const body = { from, until, delegateAccountId: delegate.id || null };
      const saved = (await call("put", "/v1/accounts/{id}/absence", { path: { id: account.id }, body, headers: { "If-Match": version ?? "*" } })) as Answer<Shown>;
      if (saved.data?.delegateAccountId === delegate.id) saved.data.delegateName = delegate.name;
      const asks = saved.data?.delegateAccountId && !saved.data.delegateAgreed;
      return { ...savedAs(saved), next: asks ? texts.asksNext : "", after: () => data.set(saved) };
    },
    read: async () => {
      const saved = await read(account.id);
      return { ...savedAs(saved), after: () => data.set(saved) };
    },
    explain,
  });
  const ended = (now: Answer<Shown>) => {
    form.take(savedAs(now));
    data.set(now);
  };
  const show = (name: keyof Values, value: unknown) => {
    if (name === "delegate") return (value as Person).name || texts.nobody;
    return DATE.test(String(value)) ? dates(String(value)) : String(value);
  };

  return (
    <>
      {answer.data && <Away absence={answer.data} version={answer.etag} ended={ended} stale={data.reload} />}
      <form ref={(element) => void (form.element = element)} class="subform" onSubmit={(event) => void form.submit(event)} noValidate>
        <Restored form={form} />
        <Conflict form={form} label={(name) => ({ from: texts.from, until: texts.until, delegate: texts.delegate })[name]} show={show} />
        <Required />
        <div class="grid">
          <Field {...form.field("from")} label={texts.from} type="date" max="9999-12-31" required />
          <Field {...form.field("until")} label={texts.until} type="date" max="9999-12-31" required />
        </div>
        {account.linked ? <OfLinked form={form} known={delegateOf(answer.data)} /> : <Colleague form={form} />}
        <SaveBar form={form} label={texts.announceAbsence} />
      </form>
    </>
  );
}

/** The delegate by their name, among the colleagues of who is away. */
function Colleague({ form }: { form: Typed<Values> }) {
  const { account } = useActing();
  const { name, value, error, change } = form.field("delegate");
  const find = async (q: string) => {
    const { items } = (await call("get", "/v1/accounts/{id}/colleagues", { path: { id: account.id }, query: { q } })).data;
    return items.map(({ accountId, firstName, lastName, entity }) => ({ id: accountId, name: `${firstName} ${lastName}`, about: entity.name || common.unnamedEntity }));
  };
  return (
    <Choice
      name={name}
      label={texts.delegate}
      hint={texts.delegateHint}
      error={error}
      value={value.name}
      chosen={!!value.id}
      find={find}
      most={MOST}
      type={(typed) => change({ id: "", name: typed })}
      choose={(found) => change({ id: found.id, name: found.name })}
    />
  );
}

/** The delegate of somebody else's account, whose colleagues are theirs to look for: who is chosen already, or oneself. */
function OfLinked({ form, known }: { form: Typed<Values>; known: Person }) {
  const { name, value, error, change } = form.field("delegate");
  const own = useData(async () => {
    const { accounts } = (await call("get", "/v1/me")).data;
    return accounts.filter(({ linked }) => !linked).map(({ id, email, entity }) => ({ id, name: `${texts.myself} – ${email ?? entity.name}` }));
  }, "");
  const offered = [NOBODY, ...(own.value ?? []), known].filter(({ id }, index, all) => all.findIndex((each) => each.id === id) === index);
  return (
    <div class={error ? "field wrong" : "field"}>
      <label for="delegate">{texts.delegate}</label>
      <p class="hint" id="delegate-hint">
        {texts.delegateOfLinked}
      </p>
      <select
        id="delegate"
        name={name}
        value={value.id}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={error ? "delegate-hint delegate-error" : "delegate-hint"}
        onChange={(event) => change(offered.find(({ id }) => id === event.currentTarget.value) ?? NOBODY)}
      >
        {offered.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name || texts.nobody}
          </option>
        ))}
      </select>
      {error && (
        <p class="error" id="delegate-error">
          {error}
        </p>
      )}
    </div>
  );
}
