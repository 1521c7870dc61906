// « Mes alertes électroniques »: the seven kinds, the four rules, a test alert, and the absence.

import { useActing } from "../account";
import { call, type Answer, type Schemas } from "../api/client";
import { count } from "../dates";
import { useForm, type Saved } from "../form";
import { rights, rules, texts } from "../texts/alerts";
import { rightNames, rightOf } from "../texts/rights";
import { WhoToAskHere } from "../ui/administrators";
import { asAlerts, asValues, KindChoices, nameOf, RULES, shown, type Rule, type Values } from "../ui/choices";
import { useData, type Data } from "../ui/data";
import { Act, Banner, Link, Read } from "../ui/parts";
import { Conflict, Restored, SaveBar } from "../ui/saving";
import { AbsenceForm } from "./absence";
import { TestAlert } from "./test-alert";

type Choices = Schemas["AgentAlerts"];

const savedAs = ({ data, etag }: Answer<Choices>): Saved<Values> => ({ values: asValues(data), version: etag });

export function Alerts() {
  const { account } = useActing();
  const path = { id: account.id };
  const data = useData(() => call("get", "/v1/accounts/{id}/alerts", { path }), account.id);
  return (
    <>
      <Read data={data}>{(answer) => <Form key={account.id} answer={answer} data={data} />}</Read>
      {data.value && (
        <>
          {!account.linked && <TestAlert />}
          <AbsenceForm />
        </>
      )}
    </>
  );
}

function Form({ answer, data }: { answer: Answer<Choices>; data: Data<Answer<Choices>> }) {
  const { account, details } = useActing();
  const path = { id: account.id };
  const preview = useData(async () => (await call("get", "/v1/accounts/{id}/alerts/preview", { path })).data, account.id);
  const right = (rule: Rule) => (details ? permitted(details, rule) : preview.value ? preview.value.automaticFavourites[rule] != null : true);
  const bars = RULES.filter((rule) => !right(rule));
  const save = (values: Values, version: string | null) => call("put", "/v1/accounts/{id}/alerts", { path, body: asAlerts(values), headers: { "If-Match": version ?? "*" } });
  const form = useForm<Values>({
    name: "alerts",
    ...savedAs(answer),
    save: async (values, version) => {
      const saved = await save(values, version);
      return { ...savedAs(saved), after: () => data.set(saved) };
    },
    read: async () => savedAs(await call("get", "/v1/accounts/{id}/alerts", { path })),
  });
  const { values } = form;

  return (
    <form ref={(element) => void (form.element = element)} onSubmit={(event) => void form.submit(event)} noValidate>
      <Summary choices={answer.data} />
      {answer.data.proposed && (
        <Banner title={texts.proposed}>
          <Act
            small
            label={texts.keepProposed}
            act={async () => {
              data.set(await save(asValues(answer.data), answer.etag));
              return texts.keptProposed;
            }}
          />
        </Banner>
      )}
      <Restored form={form} />
      <Conflict form={form} label={nameOf} show={(_, value) => shown(value)} />
      <h2 class="table-title">
        {texts.followed} <small>{texts.followedAs}</small>
      </h2>
      <h3 class="table-title">{texts.kinds}</h3>
      <KindChoices values={values} set={form.set.bind(form)} />
      <p class="hint">{texts.daily}</p>
      <fieldset class="rules">
        <legend>{texts.rules}</legend>
        {RULES.map((rule) => (
          <RuleChoice key={rule} rule={rule} on={values[rule]} would={preview.value?.automaticFavourites[rule]} right={!bars.includes(rule)} change={(on) => form.set({ [rule]: on })} />
        ))}
        {bars.length > 0 && (
          <div id="whom">
            <p class="hint">
              {texts.missingRights(bars.map((rule) => rightNames[rightOf[rule] ?? "own"]))}{" "}
              {account.role === "administrator" && !account.linked && <Link to="/administration/agents">{texts.giveRights}</Link>}
            </p>
            <WhoToAskHere />
          </div>
        )}
      </fieldset>
      <p class="quiet">
        {texts.intro} {texts.only} <Link to="/favoris">{texts.toFavourites}</Link>
      </p>
      <SaveBar form={form} />
    </form>
  );
}

/** Most pages of favourites that are counted, of a hundred each. */
const MOST = 5;

/** Says in a line what is so now. */
function Summary({ choices }: { choices: Choices }) {
  const { account, details } = useActing();
  const favourites = useData(async () => {
    let known = 0;
    let cursor: string | null = null;
    for (let turn = 0; turn < MOST; turn++) {
      const query = { limit: 100, cursor };
      const page: { items: unknown[]; cursor?: string | null } = (await call("get", "/v1/accounts/{id}/favourites", { path: { id: account.id }, query })).data;
      known += page.items.length;
      cursor = page.cursor ?? null;
      if (!cursor) return count(known, "favori", "favoris");
    }
    return texts.moreThan(known);
  }, account.id);
  const wanted = Object.values(choices.kinds).filter((mode) => mode !== "off").length;
  return (
    <p class="summary">
      {wanted === 0 ? texts.noAlerts : texts.summary(wanted, favourites.value ?? texts.favourites, details ? details.contact.email : account.email)}{" "}
      {details && <Link to="/coordonnees">{texts.changeAddress}</Link>}
    </p>
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
