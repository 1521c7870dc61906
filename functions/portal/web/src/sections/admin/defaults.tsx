// What new agents of an entity, and of those below it, begin with.

import { call, type Answer, type Schemas } from "../../api/client";
import { useForm, type Saved } from "../../form";
import { kinds, texts as alerts } from "../../texts/alerts";
import { texts as common } from "../../texts/common";
import { texts } from "../../texts/admin/defaults";
import { asAlerts, asValues, KindChoices, nameOf, RULES, shown, type Rule, type Values } from "../../ui/choices";
import { useData } from "../../ui/data";
import { Read } from "../../ui/parts";
import { Conflict, Restored, SaveBar } from "../../ui/saving";

type Defaults = Schemas["EntityDefaults"] | null;
/** The choices, and if they are proposed. */
type Proposed = Values & { own: boolean };

/** A choice to begin with where nothing is proposed: as that of a new account. */
const NOTHING: Values = asValues({
  kinds: Object.fromEntries(Object.keys(kinds).map((kind) => [kind, "off"])) as Schemas["Kinds"],
  automaticFavourites: { mine: true, ownEntity: false, dependentEntities: false, transverseEntities: false },
});

const rule = (name: string): string => texts.ruleNames[name as Rule];

export function EntityDefaults({ entity }: { entity: string }) {
  const path = { id: entity };
  const data = useData(async () => {
    const [own, nearest] = await Promise.all([
      call("get", "/v1/entities/{id}/defaults", { path }),
      call("get", "/v1/entities/{id}/defaults", { path, query: { inherited: true } }),
    ]);
    return { own, nearest: nearest.data };
  }, entity);
  return <Read data={data}>{({ own, nearest }) => <Form entity={entity} own={own} nearest={nearest} again={data.reload} />}</Read>;
}

function Form({ entity, own, nearest, again }: { entity: string; own: Answer<Defaults>; nearest: Defaults; again: () => void }) {
  const path = { id: entity };
  const from = nearest?.inheritedFrom;
  const savedAs = ({ data, etag }: Answer<Defaults>): Saved<Proposed> => {
    const shown = data ?? (from ? nearest : null);
    return { values: { ...(shown ? asValues(shown) : NOTHING), own: data !== null }, version: etag };
  };
  const form = useForm<Proposed>({
    name: `defaults.${entity}`,
    ...savedAs(own),
    save: async (values, version) => {
      const body = values.own ? asAlerts(values) : null;
      const saved = await call("put", "/v1/entities/{id}/defaults", { path, body, headers: { "If-Match": version ?? "*" } });
      return { ...savedAs(saved), after: again };
    },
    read: async () => savedAs(await call("get", "/v1/entities/{id}/defaults", { path })),
  });
  const { values } = form;
  return (
    <form ref={(element) => void (form.element = element)} onSubmit={(event) => void form.submit(event)} noValidate>
      <h2>{texts.title}</h2>
      <p class="hint">{texts.intro}</p>
      {!own.data && <p class="summary">{from ? texts.inherited(from.name || common.unnamedEntity) : texts.none}</p>}
      <Restored form={form} />
      <Conflict form={form} label={(name) => (name === "own" ? texts.title : name in texts.ruleNames ? rule(name) : nameOf(name))} show={(_, value) => shown(value)} />
      <label class="check">
        <input type="checkbox" name="own" checked={values.own} onChange={(event) => form.set({ own: event.currentTarget.checked })} />
        <span>{texts.own}</span>
      </label>
      {values.own && (
        <>
          <KindChoices values={values} set={form.set.bind(form)} />
          <p class="hint">{alerts.daily}</p>
          <fieldset class="rules">
            <legend>{alerts.rules}</legend>
            {RULES.map((name) => (
              <div class="rule" key={name}>
                <label>
                  <input type="checkbox" name={name} checked={values[name]} onChange={(event) => form.set({ [name]: event.currentTarget.checked })} />
                  <span>{rule(name)}</span>
                </label>
              </div>
            ))}
            <p class="hint">{texts.rights}</p>
          </fieldset>
        </>
      )}
      <SaveBar form={form} />
    </form>
  );
}
