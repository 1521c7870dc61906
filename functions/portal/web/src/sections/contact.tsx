// « Mes coordonnées »: the contact details, the change of address, and what somebody else saved meanwhile.

import type { ComponentChildren } from "preact";

import { useActing } from "../account";
import { call, type Answer, type Refused, type Schemas } from "../api/client";
import { moments } from "../dates";
import { useForm, type Errors, type Saved } from "../form";
import { advice, texts } from "../texts/contact";
import { codeSays } from "../texts/history";
import { WhoToAskHere } from "../ui/administrators";
import { refused, useData } from "../ui/data";
import { Act, Banner, Confirmed, Field, Link } from "../ui/parts";
import { Conflict, Restored, SaveBar } from "../ui/saving";
import { RecoveryWaits } from "./recovery";

type Details = Schemas["AccountView"];

const FIELDS = ["civility", "firstName", "lastName", "jobTitle", "email", "phone", "fax", "street", "postalCode", "city", "country"] as const;
const POSTAL = ["street", "postalCode", "city", "country"] as const;
type Name = (typeof FIELDS)[number];
type Values = Record<Name, string>;

const isPostal = (name: Name): name is (typeof POSTAL)[number] => (POSTAL as readonly string[]).includes(name);

/** Spells a number of metropolitan France as people do: « 03 53 01 00 02 ». The service takes it so. */
const spelt = (number: string): string => number.replace(/^\+33(\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, "0$1 $2 $3 $4 $5");

function valuesOf({ contact }: Details): Values {
  const of = (name: Name) => {
    const value = (isPostal(name) ? contact.address?.[name] : contact[name]) ?? "";
    return name === "phone" || name === "fax" ? spelt(value) : value;
  };
  return Object.fromEntries(FIELDS.map((name) => [name, of(name)])) as Values;
}

/** Returns what changed as a merge patch. */
function patchOf(values: Values, changed: Name[]): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  const address: Record<string, unknown> = {};
  for (const name of changed) {
    const value = values[name].trim() === "" ? null : values[name];
    if (isPostal(name)) address[name] = value;
    else patch[name] = value;
  }
  if (Object.keys(address).length) patch["address"] = POSTAL.every((name) => values[name].trim() === "") ? null : address;
  return patch;
}

const savedAs = ({ data, etag }: Answer<Details>): Saved<Values> => ({ values: valuesOf(data), version: etag });

/** Returns what is missing of those of these fields that are needed. */
export function missing<V extends object>(values: V, needed: (keyof V & string)[]): Errors {
  const empty = needed.filter((name) => !String(values[name]).trim());
  return Object.fromEntries(empty.map((name) => [name, advice(name, "required")]));
}

/** Returns advice on each field that was refused; `within` is what their names begin with. */
export function advised(error: Refused, within: RegExp): Errors | undefined {
  if (error.status !== 422) return undefined;
  return Object.fromEntries(error.errors.map(({ field, reason }) => [field.replace(within, ""), advice(field, reason)]));
}

export function Contact() {
  const { details, etag, setDetails } = useActing();
  if (!details) return <Banner>{texts.notYours}</Banner>;
  return <Form details={details} etag={etag} set={setDetails} />;
}

function Form({ details, etag, set }: { details: Details; etag: string | null; set: (details: Details, etag: string | null) => void }) {
  const path = { id: details.id };
  const reread = () => call("get", "/v1/accounts/{id}", { path });
  const form = useForm<Values>({
    name: "contact",
    values: valuesOf(details),
    version: etag,
    check: (values) => missing(values, details.contact.email === null ? ["firstName", "lastName"] : ["firstName", "lastName", "email"]),
    save: async (values, version, changed) => {
      const answer = await call("patch", "/v1/accounts/{id}/contact", { path, body: patchOf(values, changed), headers: { "If-Match": version ?? "*" } });
      const pending = changed.includes("email") ? answer.data.pendingEmail : null;
      // A new address takes effect only once confirmed: until then the field shows the one in force.
      return { ...savedAs(answer), next: pending ? texts.confirmNext(pending.address) : "", after: () => set(answer.data, answer.etag) };
    },
    read: async () => {
      const answer = await reread();
      return { ...savedAs(answer), after: () => set(answer.data, answer.etag) };
    },
    explain: (error) => advised(error, /^address\./),
  });
  const props = (name: Name) => ({ ...form.field(name), label: texts[name] });

  return (
    <>
      <Restored form={form} />
      <RecoveryWaits
        details={details}
        reread={async () => {
          const answer = await reread();
          set(answer.data, answer.etag);
        }}
      />
      <Address
        details={details}
        version={etag}
        reread={async () => {
          const answer = await reread();
          set(answer.data, answer.etag);
        }}
        set={set}
      />
      <Conflict form={form} title={texts.conflictTitle} label={(name) => texts[name]} show={(_, value) => String(value)} />
      <p>{texts.intro}</p>
      <form ref={(element) => void (form.element = element)} onSubmit={(event) => void form.submit(event)} noValidate>
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
          <Field {...props("email")} required={details.contact.email !== null} type="email" inputMode="email" autoComplete="email" spellcheck={false} hint={details.role === "administrator" ? `${texts.emailHint} ${texts.generic}` : texts.emailHint} />
          <div class="grid">
            <Field {...props("phone")} type="tel" autoComplete="tel" hint={texts.phoneHint} />
            <Field {...props("fax")} type="tel" autoComplete="off" hint={texts.phoneHint} />
          </div>
        </fieldset>
        <fieldset>
          <legend>{texts.postal}</legend>
          <Field {...props("street")} autoComplete="address-line1" />
          <div class="grid">
            <Field {...props("postalCode")} autoComplete="postal-code" />
            <Field {...props("city")} autoComplete="address-level2" />
            <Field {...props("country")} autoComplete="country-name" />
          </div>
        </fieldset>
        <SaveBar form={form} />
      </form>
      <p class="hint">
        {texts.identifier} <code>{details.id}</code>
      </p>
    </>
  );
}

/** Shows the state of the address: one that waits, or one that mails do not reach. */
function Address({ details, version, reread, set }: { details: Details; version: string | null; reread: () => Promise<void>; set: (details: Details, etag: string | null) => void }) {
  const path = { id: details.id };
  const { email } = details.contact;
  const pending = details.pendingEmail;
  const resend = async () => {
    const { data } = await call("post", "/v1/accounts/{id}/contact/pending-email/resend", { path });
    return texts.resentTo(data.pendingEmail?.address ?? "");
  };
  const confirm = async (address: string) => {
    try {
      const { data, etag } = await call("patch", "/v1/accounts/{id}/contact", { path, body: { email: address }, headers: { "If-Match": version ?? "*" } });
      set(data, etag);
    } catch (problem) {
      // Another address may be in force than the one that is shown: that one is shown before it is asked for.
      if (refused(problem).status === 412) await reread();
      throw problem;
    }
    return texts.confirmNext(address);
  };
  const again = email !== null && (
    <p class="buttons">
      <Act label={texts.confirmSame} act={() => confirm(email)} />
    </p>
  );
  return (
    <>
      {pending && (
        <Banner tone="warning" title={texts.pendingTitle}>
          <p>{texts.pending(pending.address, moments(pending.expiresAt), email)}</p>
          <div class="buttons">
            <Act label={texts.resend} act={resend} />
            <Confirmed
              label={texts.withdraw}
              title={texts.withdraw}
              done={texts.withdrawn}
              act={async () => {
                await call("delete", "/v1/accounts/{id}/contact/pending-email", { path });
                // It is withdrawn, whether it can be read or not.
                await reread().catch(() => set({ ...details, pendingEmail: null }, version));
              }}
            >
              <p>{texts.withdrawText(email)}</p>
            </Confirmed>
          </div>
        </Banner>
      )}
      {email === null && !pending && <Banner tone="failure" title={texts.none}>{texts.noneText}</Banner>}
      {email !== null && details.emailStatus === "undeliverable" && details.undeliverable && (
        <Stopped address={email} stopped={details.undeliverable}>
          {!pending && again}
        </Stopped>
      )}
      {email !== null && !pending && details.emailStatus === "unconfirmed" && (
        <Banner tone="failure" title={texts.unconfirmed}>
          <p>{texts.unconfirmedText(email)}</p>
          {again}
        </Banner>
      )}
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
