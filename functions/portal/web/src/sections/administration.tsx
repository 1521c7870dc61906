// « Administration »: one part after the other, each for an entity of the administrator's tree.

import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useActing } from "../account";
import { call, type Listed, type Schemas } from "../api/client";
import { go, usePath } from "../router";
import { parts, texts } from "../texts/admin/parts";
import { texts as common } from "../texts/common";
import { later } from "../ui/later";
import { Banner, Link } from "../ui/parts";
import type { Node } from "./admin-entities";

type Part = keyof typeof parts;

const desk = () => import("./admin/desk");
const Recipients = later(async () => (await desk()).Recipients);

const CONTENT: Record<Exclude<Part, "destinataires">, FunctionComponent<{ entity: string; own: boolean; tree: Node[]; changed: () => void }>> = {
  "a-traiter": later(async () => (await desk()).Todo),
  entites: later(async () => (await desk()).EntityTree),
  agents: later(async () => (await desk()).Agents),
  import: later(async () => (await import("./admin-import")).Import),
  alertes: later(async () => (await import("./admin/defaults")).EntityDefaults),
  adresses: later(async () => (await desk()).Undeliverable),
  "sans-suivi": later(async () => (await desk()).Unfollowed),
  journal: later(async () => (await import("./admin/journal")).Journal),
};

/** Reads the tree from one entity down, each before those below it. Nobody has to wait for it: the part is there at once. */
function useTree(id: string, name: string): { nodes: Node[]; reload: () => void } {
  const [nodes, setNodes] = useState<Node[]>([{ id, name, depth: 0 }]);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let wanted = true;
    const read = async (): Promise<void> => {
      const all: Listed<"/v1/entities/{id}/tree">[] = [];
      let cursor: string | null = null;
      do {
        const { data }: { data: Schemas["EntityTree"] } = await call("get", "/v1/entities/{id}/tree", { path: { id }, query: { cursor } });
        all.push(...data.items);
        cursor = data.cursor ?? null;
      } while (cursor && wanted);
      all.sort((one, other) => one.name.localeCompare(other.name, "fr"));
      const below = (above: (typeof all)[number], depth: number): Node[] => [
        { id: above.id, name: above.name, depth },
        ...all.filter(({ parentId }) => parentId === above.id).flatMap((each) => below(each, depth + 1)),
      ];
      const top = all.find((each) => each.id === id);
      if (wanted && top) setNodes(below(top, 0));
    };
    // What could not be read is missing from the choice; the part itself says why.
    read().catch(() => {});
    return () => void (wanted = false);
  }, [id, turn]);
  return { nodes, reload: () => setTurn((before) => before + 1) };
}

export function Administration() {
  const { account } = useActing();
  const [, , named = "", id = ""] = usePath().split("/");
  const part = named === "" ? "a-traiter" : Object.hasOwn(parts, named) ? (named as Part) : null;
  const { nodes, reload } = useTree(account.entity.id, account.entity.name);
  if (account.role !== "administrator" || account.linked) return <Banner>{texts.notYours}</Banner>;
  const chosen = decodeURIComponent(id) || account.entity.id;
  // The entity that is chosen goes along from part to part.
  const pathOf = (each: Part) => `/administration/${each}${id && part !== "destinataires" && each !== "destinataires" ? `/${id}` : ""}`;
  return (
    <>
      <p>{texts.intro}</p>
      <nav aria-label={texts.nav}>
        <ul class="tabs">
          {(Object.keys(parts) as Part[]).map((each) => (
            <li key={each}>
              <Link to={pathOf(each)} aria-current={each === part ? "page" : undefined}>
                {parts[each]}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {part === null ? (
        <Banner tone="warning" title={common.notFound}>
          <p>{common.notFoundText}</p>
        </Banner>
      ) : part === "destinataires" ? (
        <Recipients consultation={decodeURIComponent(id)} />
      ) : (
        <Chosen part={part} chosen={chosen} nodes={nodes} reload={reload} />
      )}
    </>
  );
}

function Chosen({ part, chosen, nodes, reload }: { part: Exclude<Part, "destinataires">; chosen: string; nodes: Node[]; reload: () => void }) {
  const { account } = useActing();
  const Content = CONTENT[part];
  // Whoever stays stays with the entity that is shown.
  const choose = async (select: HTMLSelectElement) => {
    if (!(await go(`/administration/${part}/${encodeURIComponent(select.value)}`))) select.value = chosen;
  };
  return (
    <>
      <div class="field">
        <label for="entity">{texts.choose}</label>
        <select id="entity" value={chosen} onChange={(event) => void choose(event.currentTarget)}>
          {!nodes.some(({ id }) => id === chosen) && <option value={chosen}>{chosen}</option>}
          {nodes.map((node) => (
            <option key={node.id} value={node.id}>
              {`${"\u00a0\u00a0".repeat(node.depth)}${node.name}`}
            </option>
          ))}
        </select>
      </div>
      <Content key={chosen} entity={chosen} own={chosen === account.entity.id} tree={nodes} changed={reload} />
    </>
  );
}
