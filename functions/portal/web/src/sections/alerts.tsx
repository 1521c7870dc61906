// « Mes alertes électroniques »: the seven kinds, the four rules, a test alert, and the absence.

import { useState } from "preact/hooks";

import { useActing } from "../account";
import { call, type Refused, type Schemas } from "../api/client";
import { takeDraft, useDraft } from "../draft";
import { useUnsaved } from "../router";
import { kinds, modes, rights, rules, texts } from "../texts/alerts";
import { texts as common } from "../texts/common";
import { WhoToAskHere } from "../ui/administrators";
import { refused, useData } from "../ui/data";
import { announce } from "../ui/live";
import { Banner, Link, Read, SaveBar } from "../ui/parts";
import { AbsenceForm } from "./absence";
import { TestAlert } from "./test-alert";

type Choices = Schemas["Alerts"];
type Kind = keyof Choices["kinds"];
type Rule = keyof Choices["automaticFavourites"];
type Mode = Schemas["Mode"];

const KINDS = Object.keys(kinds) as (Kind & string)[];
const MODES: Mode[] = ["immediate", "daily", "off"];

export function Alerts() {
  const { account } = useActing();
  const data = useData(async () => (await call("get", "/v1/accounts/{id}/alerts", { path: { id: account.id } })).data, account.id);
  return (
    <>
      <p>{texts.intro}</p>
      <Read data={data}>{(choices) => <Form key={account.id} choices={choices} />}</Read>
      {data.value && (
        <>
          {!account.linked && <TestAlert />}
          <AbsenceForm />
        </>
      )}
    </>
  );
}

function Form({ choices }: { choices: Choices }) {
  const { account, details } = useActing();
  const [kept] = useState(() => takeDraft<Choices>(`alerts.${account.id}`));
  const [base, setBase] = useState(choices);
  const [wanted, setWanted] = useState(kept ?? choices);
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const [error, setError] = useState<Refused>();
  const preview = useData(async () => (await call("get", "/v1/accounts/{id}/alerts/preview", { path: { id: account.id } })).data, account.id);
  const right = (rule: Rule) => (details ? permitted(details, rule) : preview.value ? preview.value.automaticFavourites[rule] != null : true);
  const bars = (Object.keys(rules) as Rule[]).filter((rule) => !right(rule));
  const dirty = JSON.stringify(wanted) !== JSON.stringify(base);
  useUnsaved(dirty);
  useDraft(`alerts.${account.id}`, wanted, dirty);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setSaved(false);
    setError(undefined);
    try {
      const { data } = await call("put", "/v1/accounts/{id}/alerts", { path: { id: account.id }, body: wanted });
      setBase(data);
      setWanted(data);
      setSaved(true);
      announce(common.saved);
    } catch (problem) {
      setError(refused(problem));
    } finally {
      setBusy(false);
    }
  };
  const choose = (kind: Kind, mode: Mode) => {
    setSaved(false);
    setWanted((before) => ({ ...before, kinds: { ...before.kinds, [kind]: mode } }));
  };
  const star = (rule: Rule, on: boolean) => {
    setSaved(false);
    setWanted((before) => ({ ...before, automaticFavourites: { ...before.automaticFavourites, [rule]: on } }));
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      {kept && <Banner title={common.restored} />}
      <Banner>
        <p>
          {texts.only} <Link to="/favoris">{texts.toFavourites}</Link>
        </p>
      </Banner>
      <h2>{texts.kinds}</h2>
      <p class="quiet">{texts.daily}</p>
      {KINDS.map((kind) => (
        <fieldset class="choice" key={kind}>
          <legend>{kinds[kind]}</legend>
          {MODES.filter((mode) => !(kind === "consultationClosed" && mode === "daily")).map((mode) => (
            <label key={mode}>
              <input type="radio" name={kind} checked={wanted.kinds[kind] === mode} onChange={() => choose(kind, mode)} />
              {modes[mode]}
            </label>
          ))}
        </fieldset>
      ))}
      <fieldset class="rules">
        <legend>{texts.rules}</legend>
        {(Object.keys(rules) as Rule[]).map((rule) => (
          <RuleChoice
            key={rule}
            rule={rule}
            on={wanted.automaticFavourites[rule]}
            would={preview.value?.automaticFavourites[rule]}
            right={!bars.includes(rule)}
            change={(on) => star(rule, on)}
          />
        ))}
        {bars.length > 0 && (
          <div id="whom">
            <p class="hint">{texts.missingRights}</p>
            <WhoToAskHere />
          </div>
        )}
      </fieldset>
      {details && (
        <p class="quiet">
          {texts.to(details.contact.email)} <Link to="/coordonnees">{texts.changeAddress}</Link>
        </p>
      )}
      <SaveBar busy={busy} saved={saved && !dirty} error={error} />
    </form>
  );
}

/** Returns true if the account has the right that a rule needs. */
function permitted({ permanentGuest }: Schemas["AccountView"], rule: Rule): boolean {
  return { mine: true, ownEntity: permanentGuest.own, dependentEntities: permanentGuest.dependent, transverseEntities: permanentGuest.transverse }[rule];
}

function RuleChoice({ rule, on, would, right, change }: { rule: Rule; on: boolean; would: number | null | undefined; right: boolean; change: (on: boolean) => void }) {
  // Without the right it can only be taken off.
  const barred = !right && !on;
  return (
    <div class="rule">
      <label>
        <input type="checkbox" name={rule} checked={on} disabled={barred} aria-describedby={right ? `${rule}-note` : `${rule}-note whom`} onChange={(event) => change(event.currentTarget.checked)} />
        <span>
          {rules[rule]} {rights[rule] && <span class="quiet">({rights[rule]})</span>}
        </span>
      </label>
      <p class="hint" id={`${rule}-note`}>
        {!right ? texts.missing : typeof would === "number" ? texts.would(would) : "\u00a0"}
      </p>
    </div>
  );
}
