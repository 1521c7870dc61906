// « Mes coordonnées »: the contact details, the change of address, and what somebody else saved meanwhile.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { useActing } from "../account";
import { call, Refused, type Schemas } from "../api/client";
import { moments } from "../dates";
import { takeDraft, useDraft } from "../draft";
import { useUnsaved } from "../router";
import { texts as common } from "../texts/common";
import { advice, texts } from "../texts/contact";
import { codeSays } from "../texts/history";
import { WhoToAskHere } from "../ui/administrators";
import { refused, useData } from "../ui/data";
import { announce } from "../ui/live";
import { Banner, Confirmed, Failure, Field, Link, SaveBar } from "../ui/parts";

type Details = Schemas["AccountView"];

const FIELDS = ["civility", "firstName", "lastName", "jobTitle", "email", "phone", "fax", "street", "postalCode", "city", "country"] as const;
const POSTAL = ["street", "postalCode", "city", "country"] as const;
type Name = (typeof FIELDS)[number];
type Values = Record<Name, string>;

const isPostal = (name: Name): name is (typeof POSTAL)[number] => (POSTAL as readonly string[]).includes(name);

function valuesOf({ contact }: Details): Values {
  const of = (name: Name) => (isPostal(name) ? contact.address?.[name] : contact[name]) ?? "";
  return Object.fromEntries(FIELDS.map((name) => [name, of(name)])) as Values;
}

/** Returns the differences as a merge patch. */
function patchOf(values: Values, base: Values): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  const address: Record<string, unknown> = {};
  for (const name of FIELDS) {
    if (values[name] === base[name]) continue;
    const value = values[name].trim() === "" ? null : values[name];
    if (isPostal(name)) address[name] = value;
    else patch[name] = value;
  }
  if (Object.keys(address).length) patch["address"] = POSTAL.every((name) => values[name].trim() === "") ? null : address;
  return patch;
}

export function Contact() {
  const { details, etag, account, setDetails } = useActing();
  if (!details) return <Banner>{texts.notYours}</Banner>;
  return <Form key={account.id} details={details} etag={etag} save={setDetails} />;
}

interface Kept {
  values: Values;
  base: Values;
  etag: string | null;
}

function Form({ details, etag, save }: { details: Details; etag: string | null; save: (details: Details, etag: string | null) => void }) {
  const [kept] = useState(() => takeDraft<Kept>(`contact.${details.id}`));
  const [base, setBase] = useState<Values>(kept?.base ?? valuesOf(details));
  const [version, setVersion] = useState(kept ? kept.etag : etag);
  const [values, setValues] = useState<Values>(kept?.values ?? base);
  const [theirs, setTheirs] = useState<{ values: Values; etag: string | null; details: Details } | null>(null);
  const [errors, setErrors] = useState<Partial<Record<Name, string>>>({});
  const [failure, setFailure] = useState<Refused>();
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const dirty = FIELDS.some((name) => values[name] !== base[name]);
  useUnsaved(dirty);
  useDraft(`contact.${details.id}`, { values, base, etag: version } satisfies Kept, dirty);

  const id = details.id;
  const adopt = (answer: { data: Details; etag: string | null }) => {
    const now = valuesOf(answer.data);
    // A new address takes effect only once confirmed: until then the field shows the one in force.
    setBase(now);
    setValues(now);
    setVersion(answer.etag);
    save(answer.data, answer.etag);
  };

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setSaved(false);
    setFailure(undefined);
    const missing: Partial<Record<Name, string>> = {};
    for (const name of ["firstName", "lastName", "email"] as const) if (!values[name].trim()) missing[name] = advice(name, "required");
    if (Object.keys(missing).length) return wrong(missing);
    const patch = patchOf(values, base);
    if (!Object.keys(patch).length) return done();
    setBusy(true);
    try {
      adopt(await call("patch", "/v1/accounts/{id}/contact", { path: { id }, body: patch, headers: { "If-Match": version ?? "*" } }));
      done();
    } catch (error) {
      await explain(refused(error));
    } finally {
      setBusy(false);
    }
  };

  const done = () => {
    setErrors({});
    setSaved(true);
    announce(common.saved);
  };
  const wrong = (found: Partial<Record<Name, string>>) => {
    setErrors(found);
    announce(common.errorsCount(Object.keys(found).length));
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };

  async function explain(error: Refused) {
    if (error.status === 422) {
      const found = error.errors.map(({ field, reason }) => [field.replace(/^address\./, ""), advice(field, reason)]);
      return wrong(Object.fromEntries(found) as Partial<Record<Name, string>>);
    }
    if (error.status !== 412) return setFailure(error);
    try {
      const answer = await call("get", "/v1/accounts/{id}", { path: { id } });
      const now = valuesOf(answer.data);
      const clash = FIELDS.filter((name) => values[name] !== base[name] && now[name] !== base[name] && now[name] !== values[name]);
      if (clash.length) {
        setTheirs({ values: now, etag: answer.etag, details: answer.data });
        announce(texts.conflictTitle);
      } else {
        // The other change and the text typed here both stand, and are shown before they are saved.
        setValues(mixed(values, now));
        setBase(now);
        setVersion(answer.etag);
        setTheirs({ values: now, etag: answer.etag, details: answer.data });
        announce(texts.conflictTitle);
      }
    } catch (problem) {
      setFailure(refused(problem));
    }
  }

  const mixed = (mine: Values, now: Values): Values =>
    Object.fromEntries(FIELDS.map((name) => [name, mine[name] === base[name] ? now[name] : mine[name]])) as Values;

  const settle = (mine: boolean) => {
    if (!theirs) return;
    setValues(mine ? mixed(values, theirs.values) : theirs.values);
    setBase(theirs.values);
    setVersion(theirs.etag);
    save(theirs.details, theirs.etag);
    setTheirs(null);
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("button[type=submit]")?.focus());
  };

  const props = (name: Name) => ({
    name,
    label: texts[name],
    value: values[name],
    error: errors[name],
    change: (value: string) => {
      setSaved(false);
      setValues((before) => ({ ...before, [name]: value }));
    },
  });

  return (
    <>
      {kept && <Banner title={common.restored} />}
      <Address details={details} adopt={adopt} dirty={dirty} />
      {theirs && <Conflict mine={values} theirs={theirs.values} settle={settle} />}
      <p>{texts.intro}</p>
      <form ref={form} onSubmit={(event) => void submit(event)} noValidate>
        <fieldset>
          <legend>{texts.identity}</legend>
          <div class="grid">
            <Field {...props("civility")} maxLength={20} autoComplete="honorific-prefix" list="civilities" />
            <datalist id="civilities">
              <option value="Mme" />
              <option value="M." />
            </datalist>
            <Field {...props("jobTitle")} autoComplete="organization-title" />
            <Field {...props("firstName")} required autoComplete="given-name" />
            <Field {...props("lastName")} required autoComplete="family-name" />
          </div>
        </fieldset>
        <fieldset>
          <legend>{texts.reach}</legend>
          <Field {...props("email")} required type="email" inputMode="email" autoComplete="email" spellcheck={false} hint={texts.emailHint} />
          <div class="grid">
            <Field {...props("phone")} type="tel" autoComplete="tel" hint={texts.phoneHint} />
            <Field {...props("fax")} type="tel" autoComplete="off" hint={texts.phoneHint} />
          </div>
        </fieldset>
        <fieldset>
          <legend>{texts.postal}</legend>
          <Field {...props("street")} autoComplete="street-address" />
          <div class="grid">
            <Field {...props("postalCode")} autoComplete="postal-code" />
            <Field {...props("city")} autoComplete="address-level2" />
            <Field {...props("country")} autoComplete="country-name" />
          </div>
        </fieldset>
        <SaveBar busy={busy} saved={saved && !dirty} error={failure} />
      </form>
      <p class="hint">
        {texts.identifier} <code>{details.id}</code>
      </p>
    </>
  );
}

function Conflict({ mine, theirs, settle }: { mine: Values; theirs: Values; settle: (mine: boolean) => void }) {
  const differing = FIELDS.filter((name) => mine[name] !== theirs[name]);
  const heading = useRef<HTMLDivElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div ref={heading} tabIndex={-1}>
      <Banner tone="warning" title={texts.conflictTitle} alert>
        <p>{texts.conflictText}</p>
        <div class="scroll" tabIndex={0} role="group" aria-label={texts.conflictTitle}>
          <table>
            <thead>
              <tr>
                <th scope="col">{texts.conflictField}</th>
                <th scope="col">{texts.conflictMine}</th>
                <th scope="col">{texts.conflictTheirs}</th>
              </tr>
            </thead>
            <tbody>
              {differing.map((name) => (
                <tr key={name}>
                  <th scope="row">{texts[name]}</th>
                  <td>{mine[name] || texts.empty}</td>
                  <td>{theirs[name] || texts.empty}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p class="buttons">
          <button type="button" onClick={() => settle(true)}>
            {texts.keepMine}
          </button>
          <button type="button" class="second" onClick={() => settle(false)}>
            {texts.takeTheirs}
          </button>
        </p>
      </Banner>
    </div>
  );
}

/** Shows the state of the address: one that waits, or one that mails do not reach. */
function Address({ details, adopt, dirty }: { details: Details; adopt: (answer: { data: Details; etag: string | null }) => void; dirty: boolean }) {
  const [error, setError] = useState<Refused>();
  const id = details.id;
  const pending = details.pendingEmail;
  const reread = async () => {
    const answer = await call("get", "/v1/accounts/{id}", { path: { id } });
    // Text that is being typed stays.
    if (!dirty) adopt(answer);
    else location.reload();
  };
  const resend = async () => {
    setError(undefined);
    try {
      await call("post", "/v1/accounts/{id}/contact/pending-email/resend", { path: { id } });
      announce(texts.resent);
    } catch (problem) {
      setError(refused(problem));
    }
  };
  const confirm = async () => {
    setError(undefined);
    try {
      adopt(await call("patch", "/v1/accounts/{id}/contact", { path: { id }, body: { email: details.contact.email }, headers: { "If-Match": "*" } }));
    } catch (problem) {
      setError(refused(problem));
    }
  };
  return (
    <>
      {pending && (
        <Banner tone="warning" title={texts.pendingTitle}>
          <p>{texts.pending(pending.address, moments(pending.expiresAt))}</p>
          <p class="buttons">
            <button type="button" class="second" onClick={() => void resend()}>
              {texts.resend}
            </button>
            <Confirmed
              label={texts.withdraw}
              title={texts.withdraw}
              done={texts.withdrawn}
              act={async () => {
                await call("delete", "/v1/accounts/{id}/contact/pending-email", { path: { id } });
                await reread();
              }}
            >
              <p>{texts.withdrawText}</p>
            </Confirmed>
          </p>
        </Banner>
      )}
      {details.emailStatus === "undeliverable" && details.undeliverable && (
        <Stopped address={details.contact.email} stopped={details.undeliverable}>
          {!pending && (
            <p>
              <button type="button" class="second" onClick={() => void confirm()}>
                {texts.confirmSame}
              </button>
            </p>
          )}
        </Stopped>
      )}
      {!pending && details.emailStatus === "unconfirmed" && (
        <Banner tone="failure" title={texts.unconfirmed}>
          <p>{texts.unconfirmedText(details.contact.email)}</p>
          <p>
            <button type="button" class="second" onClick={() => void confirm()}>
              {texts.confirmSame}
            </button>
          </p>
        </Banner>
      )}
      {error && <Failure error={error} />}
    </>
  );
}

/** Tells that mails no longer reach the address: what happened, since when, what was missed, and how to mend it. */
function Stopped({ address, stopped, children }: { address: string; stopped: NonNullable<Details["undeliverable"]>; children: ComponentChildren }) {
  const { account } = useActing();
  const missed = useData(async () => (await call("get", "/v1/accounts/{id}/missed", { path: { id: account.id } })).data, account.id);
  return (
    <Banner tone="failure" title={texts.undeliverable[stopped.cause]}>
      <p>{texts.stopped(stopped.cause, address, moments(stopped.since), codeSays(stopped.code))}</p>
      <p>
        {missed.value ? texts.missed(missed.value.count, missed.value.more) : "\u00a0"} {!!missed.value?.count && <Link to="/historique">{texts.toHistory}</Link>}
      </p>
      <p>{texts.mend}</p>
      {children}
      <WhoToAskHere />
    </Banner>
  );
}
