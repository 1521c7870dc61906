// Entities: open, rename, move, add below, link across.

import { call, type Answer, type Refused, type Schemas } from "../api/client";
import { useForm, type Errors, type Saved } from "../form";
import { texts } from "../texts/administration";
import { texts as common } from "../texts/common";
import { useData } from "../ui/data";
import { Confirmed, Field, Link, Read, Required } from "../ui/parts";
import { Conflict, Restored, SaveBar } from "../ui/saving";
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
  const data = useData(() => call("get", "/v1/entities/{id}", { path: { id: entity } }), entity);
  const again = () => {
    data.reload();
    changed();
  };
  return (
    <Read data={data}>
      {({ data: found, etag }) => (
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
          {found.declared ? <p class="hint">{texts.declared}</p> : <Rename entity={found} etag={etag} tree={tree} changed={again} />}
          <Links entity={found} tree={tree} changed={data.reload} />
          <Add entity={found} changed={again} />
        </>
      )}
    </Read>
  );
}

interface Standing {
  name: string;
  parent: string;
}

const savedAs = ({ data: { name, parentId }, etag }: Answer<Entity>): Saved<Standing> => ({ values: { name, parent: parentId ?? "" }, version: etag });

function Rename({ entity, etag, tree, changed }: { entity: Entity; etag: string | null; tree: Node[]; changed: () => void }) {
  const path = { id: entity.id };
  const nameOf = (id: unknown) => tree.find((node) => node.id === id)?.name ?? String(id);
  const form = useForm<Standing>({
    name: `entity.${entity.id}`,
    ...savedAs({ status: 200, data: entity, etag }),
    check: (values) => missing(values, ["name"]),
    save: async ({ name, parent }, version) => {
      const saved = await call("put", "/v1/entities/{id}", { path, body: { name, parentId: parent || null }, headers: { "If-Match": version ?? "*" } });
      return { ...savedAs(saved), after: changed };
    },
    read: async () => ({ ...savedAs(await call("get", "/v1/entities/{id}", { path })), after: changed }),
    explain: ({ status, errors }): Errors | undefined => {
      if (status !== 422) return undefined;
      const of = (name: string) => errors.some(({ field }) => field === name);
      return { ...(of("name") && { name: texts.invalidName }), ...(of("parentId") && { parent: texts.invalidMove }) };
    },
  });
  const parent = form.field("parent");
  const movable = tree.some(({ id }) => id === entity.parentId);
  return (
    <form ref={(element) => void (form.element = element)} onSubmit={(event) => void form.submit(event)} noValidate>
      <h3>{texts.rename}</h3>
      <Restored form={form} />
      <Required />
      <Conflict form={form} label={(name) => texts[name]} show={(name, value) => (name === "parent" ? nameOf(value) : String(value))} />
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
      const path = { id: fixed + id.trim() };
      await call("put", "/v1/entities/{id}", { path, body: { name, parentId: entity.id }, headers: { "If-None-Match": "*" } });
      return { values: NEW, next: texts.added, after: changed };
    },
    // An address without such an entity is that of an identifier that is none.
    explain: ({ status, problem, errors }: Refused): Errors | undefined => {
      if (problem === "exists") return { id: texts.existingEntity };
      if (status === 404) return { id: texts.invalidEntity };
      const of = (name: string) => errors.some(({ field }) => field === name);
      return { ...(of("name") && { name: texts.invalidName }), ...(of("id") && { id: texts.invalidEntity }) };
    },
  });
  return (
    <form ref={(element) => void (form.element = element)} onSubmit={(event) => void form.submit(event)} noValidate>
      <h3>{texts.add}</h3>
      <Restored form={form} />
      <Required />
      <div class="grid">
        <Field {...form.field("name")} label={texts.name} required maxLength={200} />
        <Field {...form.field("id")} label={texts.id} hint={texts.idHint} before={fixed} required maxLength={128 - fixed.length} spellcheck={false} />
      </div>
      <SaveBar form={form} label={texts.add} sends />
    </form>
  );
}
