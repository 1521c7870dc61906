// Entities: open, rename, move, add below, link across.

import { call, type Refused, type Schemas } from "../api/client";
import { useForm, type Errors } from "../form";
import { texts } from "../texts/administration";
import { texts as common } from "../texts/common";
import { useData } from "../ui/data";
import { Confirmed, Field, Link, Read } from "../ui/parts";
import { Restored, SaveBar } from "../ui/saving";
import { missing } from "./contact";

type Entity = Schemas["Entity"];

/** An entity of the tree, and how deep below the administrator's it lies. */
export interface Node {
  id: string;
  name: string;
  depth: number;
}

interface Props {
  entity: string;
  tree: Node[];
  changed: () => void;
}

export function EntityTree({ entity, tree, changed }: Props) {
  const data = useData(async () => (await call("get", "/v1/entities/{id}", { path: { id: entity } })).data, entity);
  const again = () => {
    data.reload();
    changed();
  };
  return (
    <Read data={data}>
      {(found) => (
        <>
          <h2>{found.name}</h2>
          <h3>{texts.below}</h3>
          {found.children.length === 0 && <p class="quiet">{texts.noneBelow}</p>}
          <ul class="tree">
            {found.children.map((child) => (
              <li key={child.id}>
                <Link to={`/administration/entites/${encodeURIComponent(child.id)}`}>{child.name || common.unnamedEntity}</Link>
              </li>
            ))}
          </ul>
          {found.removing && <p class="hint">{texts.removing}</p>}
          {found.declared ? <p class="hint">{texts.declared}</p> : <Rename entity={found} tree={tree} changed={again} />}
          <Links entity={found} tree={tree} changed={data.reload} />
          <Add entity={found} changed={again} />
        </>
      )}
    </Read>
  );
}

function Rename({ entity, tree, changed }: { entity: Entity; tree: Node[]; changed: () => void }) {
  const valuesOf = ({ name, parentId }: { name: string; parentId?: string | null }) => ({ name, parent: parentId ?? "" });
  const form = useForm({
    name: `entity.${entity.id}`,
    values: valuesOf(entity),
    check: (values) => missing(values, ["name"]),
    save: async ({ name, parent }) => {
      const { data } = await call("put", "/v1/entities/{id}", { path: { id: entity.id }, body: { name, parentId: parent || null } });
      return { values: valuesOf(data), after: changed };
    },
    explain: ({ status, errors }): Errors | undefined => {
      if (status !== 422) return undefined;
      return errors.some(({ field }) => field === "name") ? { name: texts.invalidName } : { parent: texts.invalidMove };
    },
  });
  const parent = form.field("parent");
  const movable = tree.some(({ id }) => id === entity.parentId);
  return (
    <form ref={(element) => void (form.element = element)} onSubmit={(event) => void form.submit(event)} noValidate>
      <h3>{texts.rename}</h3>
      <Restored form={form} />
      <div class="grid">
        <Field {...form.field("name")} label={texts.name} required maxLength={200} />
        {movable && (
          <div class={parent.error ? "field wrong" : "field"}>
            <label for="parent">{texts.parent}</label>
            <select id="parent" name="parent" value={parent.value} aria-invalid={parent.error ? "true" : undefined} aria-describedby={parent.error && "parent-error"} onChange={(event) => parent.change(event.currentTarget.value)}>
              {tree
                .filter(({ id }) => id !== entity.id)
                .map(({ id, name: shown, depth }) => (
                  <option key={id} value={id}>
                    {`${"\u00a0\u00a0".repeat(depth)}${shown}`}
                  </option>
                ))}
            </select>
            {parent.error && (
              <p class="error" id="parent-error">
                {parent.error}
              </p>
            )}
          </div>
        )}
      </div>
      <SaveBar form={form} />
    </form>
  );
}

const NONE = { other: "" };

function Links({ entity, tree, changed }: { entity: Entity; tree: Node[]; changed: () => void }) {
  const nameOf = (id: string) => tree.find((node) => node.id === id)?.name ?? id;
  const form = useForm({
    name: `transverse.${entity.id}`,
    values: NONE,
    check: ({ other }): Errors => (other ? {} : { other: texts.chooseEntity }),
    save: async ({ other }) => {
      await call("put", "/v1/entities/{id}/transverse/{otherId}", { path: { id: entity.id, otherId: other } });
      return { values: NONE, next: texts.linkedTo(nameOf(other)), after: changed };
    },
  });
  const other = form.field("other");
  return (
    <form ref={(element) => void (form.element = element)} onSubmit={(event) => void form.submit(event)} noValidate>
      <h3>{texts.links}</h3>
      <Restored form={form} />
      <p class="hint">{texts.linksHint}</p>
      {entity.transverse.length === 0 && <p class="quiet">{texts.noLinks}</p>}
      <ul class="list">
        {entity.transverse.map((id) => (
          <li key={id}>
            <span class="grow">{nameOf(id)}</span>
            <Confirmed
              label={texts.unlink}
              title={texts.unlink}
              danger
              act={async () => {
                await call("delete", "/v1/entities/{id}/transverse/{otherId}", { path: { id: entity.id, otherId: id } });
                changed();
              }}
            >
              <p>{nameOf(id)}</p>
            </Confirmed>
          </li>
        ))}
      </ul>
      <div class={other.error ? "field wrong" : "field"}>
        <label for="other">{texts.link}</label>
        <select id="other" name="other" value={other.value} aria-invalid={other.error ? "true" : undefined} aria-describedby={other.error && "other-error"} onChange={(event) => other.change(event.currentTarget.value)}>
          <option value="">–</option>
          {tree
            .filter(({ id }) => id !== entity.id && !entity.transverse.includes(id))
            .map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
        </select>
        {other.error && (
          <p class="error" id="other-error">
            {other.error}
          </p>
        )}
      </div>
      <SaveBar form={form} label={texts.link} sends />
    </form>
  );
}

const NEW = { name: "", id: "" };

function Add({ entity, changed }: { entity: Entity; changed: () => void }) {
  const fixed = `${entity.organisationId}-`;
  const form = useForm({
    name: `add.${entity.id}`,
    values: NEW,
    check: (values) => missing(values, ["name", "id"]),
    save: async ({ name, id }) => {
      await call("put", "/v1/entities/{id}", { path: { id: fixed + id.trim() }, body: { name, parentId: entity.id } });
      return { values: NEW, next: texts.added, after: changed };
    },
    // An address without such an entity is that of an identifier that is none.
    explain: ({ status, errors }: Refused): Errors | undefined => {
      if (status === 422 && errors.some(({ field }) => field === "name")) return { name: texts.invalidName };
      return status === 422 || status === 404 ? { id: texts.invalidEntity } : undefined;
    },
  });
  return (
    <form ref={(element) => void (form.element = element)} onSubmit={(event) => void form.submit(event)} noValidate>
      <h3>{texts.add}</h3>
      <Restored form={form} />
      <div class="grid">
        <Field {...form.field("name")} label={texts.name} required maxLength={200} />
        <Field {...form.field("id")} label={texts.id} hint={texts.idHint} before={fixed} required maxLength={128 - fixed.length} spellcheck={false} />
      </div>
      <SaveBar form={form} label={texts.add} sends />
    </form>
  );
}
