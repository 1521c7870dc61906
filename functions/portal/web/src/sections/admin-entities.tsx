// Entities: open, rename, move, add below, link across.

import { useState } from "preact/hooks";

import { call, type Refused, type Schemas } from "../api/client";
import { useUnsaved } from "../router";
import { texts } from "../texts/administration";
import { texts as common } from "../texts/common";
import { refused, useData } from "../ui/data";
import { announce } from "../ui/live";
import { Confirmed, Failure, Field, Link, Read, SaveBar } from "../ui/parts";
import type { Node } from "./administration";

type Entity = Schemas["Entity"];

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
          <Rename key={`${found.id}${found.name}${found.parentId}`} entity={found} tree={tree} changed={again} />
          <Links entity={found} tree={tree} changed={data.reload} />
          <Add entity={found} changed={again} />
        </>
      )}
    </Read>
  );
}

function useSaving(act: () => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const [error, setError] = useState<Refused>();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setSaved(false);
    setError(undefined);
    try {
      await act();
      setSaved(true);
      announce(common.saved);
    } catch (problem) {
      setError(refused(problem));
    } finally {
      setBusy(false);
    }
  };
  return { busy, saved, error, submit: (event: Event) => void submit(event) };
}

function Rename({ entity, tree, changed }: { entity: Entity; tree: Node[]; changed: () => void }) {
  const [name, setName] = useState(entity.name);
  const [parent, setParent] = useState(entity.parentId ?? "");
  const saving = useSaving(async () => {
    await call("put", "/v1/entities/{id}", { path: { id: entity.id }, body: { name, parentId: parent || null } });
    changed();
  });
  const movable = tree.some(({ id }) => id === entity.parentId);
  useUnsaved(name !== entity.name || parent !== (entity.parentId ?? ""));
  return (
    <form onSubmit={saving.submit} noValidate>
      <h3>{texts.rename}</h3>
      <div class="grid">
        <Field name="name" label={texts.name} required maxLength={200} value={name} change={setName} error={saving.error?.status === 422 ? texts.invalidMove : undefined} />
        {movable && (
          <div class="field">
            <label for="parent">{texts.parent}</label>
            <select id="parent" value={parent} onChange={(event) => setParent(event.currentTarget.value)}>
              {tree
                .filter(({ id }) => id !== entity.id)
                .map(({ id, name: shown, depth }) => (
                  <option key={id} value={id}>
                    {`${"\u00a0\u00a0".repeat(depth)}${shown}`}
                  </option>
                ))}
            </select>
          </div>
        )}
      </div>
      <SaveBar busy={saving.busy} saved={saving.saved} error={saving.error?.status === 422 ? undefined : saving.error} />
    </form>
  );
}

function Links({ entity, tree, changed }: { entity: Entity; tree: Node[]; changed: () => void }) {
  const [other, setOther] = useState("");
  const nameOf = (id: string) => tree.find((node) => node.id === id)?.name ?? id;
  const saving = useSaving(async () => {
    if (!other) return;
    await call("put", "/v1/entities/{id}/transverse/{otherId}", { path: { id: entity.id, otherId: other } });
    setOther("");
    changed();
  });
  return (
    <form onSubmit={saving.submit} noValidate>
      <h3>{texts.links}</h3>
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
      <div class="field">
        <label for="other">{texts.link}</label>
        <select id="other" value={other} onChange={(event) => setOther(event.currentTarget.value)}>
          <option value="">–</option>
          {tree
            .filter(({ id }) => id !== entity.id && !entity.transverse.includes(id))
            .map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
        </select>
      </div>
      <SaveBar busy={saving.busy} saved={saving.saved} error={saving.error} label={texts.link} />
    </form>
  );
}

function Add({ entity, changed }: { entity: Entity; changed: () => void }) {
  const [rest, setRest] = useState("");
  const [name, setName] = useState("");
  const fixed = `${entity.organisationId}-`;
  const saving = useSaving(async () => {
    await call("put", "/v1/entities/{id}", { path: { id: rest.trim() && fixed + rest.trim() }, body: { name, parentId: entity.id } });
    setRest("");
    setName("");
    announce(texts.added);
    changed();
  });
  useUnsaved(rest !== "" || name !== "");
  const invalid = saving.error?.status === 422 || saving.error?.status === 404;
  return (
    <form onSubmit={saving.submit} noValidate>
      <h3>{texts.add}</h3>
      <div class="grid">
        <Field name="new-name" label={texts.name} required maxLength={200} value={name} change={setName} error={invalid ? texts.invalidEntity : undefined} />
        <Field name="new-id" label={texts.id} hint={texts.idHint} before={fixed} required maxLength={128 - fixed.length} value={rest} change={setRest} spellcheck={false} />
      </div>
      {saving.error && !invalid && <Failure error={saving.error} />}
      <SaveBar busy={saving.busy} saved={saving.saved} label={texts.add} />
    </form>
  );
}
