// « À traiter »: what waits in an entity and below, each with its one next step.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { call, type Schemas } from "../../api/client";
import { clock, days, deadlines, left, moments } from "../../dates";
import { useDraft } from "../../form";
import { texts as administration } from "../../texts/administration";
import { texts as common } from "../../texts/common";
import { texts as departure } from "../../texts/departure";
import { codeSays } from "../../texts/history";
import { kinds, texts } from "../../texts/admin/todo";
import { useData } from "../../ui/data";
import { Act, Link, Read } from "../../ui/parts";
import { tellWaiting } from "../../ui/waiting";
import { draftOf, Edit, nameOf } from "../admin-agents";
import type { Node } from "../admin-entities";
import { AgentRecovery } from "../recovery";
import { Departure } from "./departure";
import { DeclaredAgents } from "./invitations";

type Agent = Schemas["AccountView"];
type Kind = Schemas["TodosOfAKind"];
type Consultation = Kind["consultations"][number];

/** Lines of each kind that are shown at first. */
const STEP = 5;

export function Todo({ entity, own, tree }: { entity: string; own: boolean; tree: Node[] }) {
  const data = useData(async () => {
    const { items } = (await call("get", "/v1/entities/{id}/todo", { path: { id: entity }, query: { limit: STEP } })).data;
    return { items, at: Date.now() };
  }, entity);
  // The menu counts what waits in one's own entity and below.
  useEffect(() => {
    if (own && data.value) tellWaiting(data.value.items);
  }, [data.value]);
  return (
    <Read data={data}>
      {({ items, at }) => (
        <>
          <p role="status">
            {items.length ? texts.some(items.reduce((sum, { count }) => sum + count, 0), items.some(({ more }) => more)) : texts.none} {texts.updated(clock(at))}
          </p>
          <p>
            <button type="button" class="second small" onClick={data.reload}>
              {texts.refresh}
            </button>
          </p>
          {items.map((kind) => (
            <OfKind key={`${kind.kind}${at}`} entity={entity} tree={tree} kind={kind} reload={data.reload} />
          ))}
        </>
      )}
    </Read>
  );
}

function OfKind({ entity, tree, kind, reload }: { entity: string; tree: Node[]; kind: Kind; reload: () => void }) {
  const [{ agents, consultations, cursor }, show] = useState(kind);
  const more = async () => {
    const query = { kind: kind.kind, cursor, limit: 50 };
    const [next] = (await call("get", "/v1/entities/{id}/todo", { path: { id: entity }, query })).data.items;
    show({ ...kind, agents: [...agents, ...(next?.agents ?? [])], consultations: [...consultations, ...(next?.consultations ?? [])], cursor: next?.cursor ?? null });
  };
  // One press is for all of them.
  if (kind.kind === "uninvited") return <DeclaredAgents entity={entity} done={reload} />;
  return (
    <section aria-labelledby={`todo-${kind.kind}`}>
      <h2 id={`todo-${kind.kind}`}>{texts.title(kind)}</h2>
      <p class="hint">{kinds[kind.kind].text}</p>
      <ul class="list">
        {agents.map((agent) => (
          <Line key={agent.id} kind={kind.kind} agent={agent} tree={tree} />
        ))}
        {consultations.map((consultation) => (
          <Unfollowed key={consultation.consultationId} consultation={consultation} />
        ))}
      </ul>
      {cursor && <Act label={common.more} name={`${common.more} : ${kinds[kind.kind].title}`} act={more} />}
    </section>
  );
}

function Line({ kind, agent: read, tree }: { kind: Kind["kind"]; agent: Agent; tree: Node[] }) {
  const [agent, set] = useState(read);
  const props = { entity: agent.entity.id, agent, name: nameOf(agent), set };
  const step: Partial<Record<Kind["kind"], ComponentChildren>> = {
    undeliverable: <Mend agent={agent} tree={tree} set={set} />,
    recovery: <AgentRecovery {...props} />,
    leaving: <Departure {...props} />,
    noAddress: <ToAgent agent={agent} />,
    invitation: <InviteAgain agent={agent} set={set} />,
  };
  return (
    <li>
      <div class="grow">
        <p class="title">{nameOf(agent)}</p>
        <p class="quiet">
          {agent.contact.email ?? common.noAddress} – {agent.entity.name}
        </p>
        {kind === "undeliverable" && agent.undeliverable && (
          <p>{administration.stopped(agent.undeliverable.cause, moments(agent.undeliverable.since), codeSays(agent.undeliverable.code))}</p>
        )}
        {kind === "undeliverable" && agent.declared && <p class="hint">{texts.declared}</p>}
        {kind === "undeliverable" && agent.invitationExpiresAt && !agent.declared && <p class="hint">{texts.unaccepted}</p>}
        {kind === "leaving" && <Leaves agent={agent} />}
        {kind === "noAddress" && <p>{agent.addressUnavailable ? administration.unavailable : texts.noAddress}</p>}
        {kind === "invitation" && agent.invitationExpiresAt && <p>{(Date.parse(agent.invitationExpiresAt) < Date.now() ? texts.ran : administration.expires)(days(agent.invitationExpiresAt))}</p>}
      </div>
      {step[kind]}
    </li>
  );
}

function ToAgent({ agent }: { agent: Agent }) {
  return <Link to={`/administration/agents/${encodeURIComponent(agent.entity.id)}`}>{texts.toAgents}</Link>;
}

/** Gives another address, where administrators can; it waits for its reader. */
function Mend({ agent, tree, set }: { agent: Agent; tree: Node[]; set: (agent: Agent) => void }) {
  const [editing, setEditing] = useState(useDraft(draftOf(agent)));
  // The portal's, or an invitation's: it is changed there.
  if (agent.declared || agent.invitationExpiresAt) return <ToAgent agent={agent} />;
  return (
    <>
      {agent.pendingEmail && <p class="hint">{administration.addressWaits(agent.pendingEmail.address, days(agent.pendingEmail.expiresAt))}</p>}
      <button type="button" class="second small" aria-label={`${texts.mend} : ${nameOf(agent)}`} onClick={() => setEditing(true)}>
        {texts.mend}
      </button>
      {editing && (
        <Edit
          agent={agent}
          tree={tree}
          close={() => setEditing(false)}
          done={(next, closes) => {
            setEditing(!closes);
            set(next);
          }}
        />
      )}
    </>
  );
}

/** Says what an agent alone follows. */
function Leaves({ agent }: { agent: Agent }) {
  const path = { id: agent.entity.id, accountId: agent.id };
  const { value } = useData(async () => (await call("get", "/v1/entities/{id}/agents/{accountId}/handover", { path, query: { limit: 50 } })).data, agent.id);
  return value ? <p>{departure.handoverText(value.items.length, !!value.cursor)}</p> : null;
}

function InviteAgain({ agent, set }: { agent: Agent; set: (agent: Agent) => void }) {
  const invite = async () => {
    const { data } = await call("post", "/v1/entities/{id}/agents/{accountId}/invitation", { path: { id: agent.entity.id, accountId: agent.id } });
    set(data);
    return administration.invitedTo(data.contact.email ?? common.noAddress);
  };
  return <Act small label={administration.inviteAgain} name={`${administration.inviteAgain} : ${nameOf(agent)}`} act={invite} />;
}

function Unfollowed({ consultation }: { consultation: Consultation }) {
  const { consultationId, reference, title, submissionDeadline, timeZone } = consultation;
  return (
    <li>
      <div class="grow">
        <p class="title clamp">
          {reference} – {title}
        </p>
        <p class="quiet">{submissionDeadline ? texts.due(deadlines(submissionDeadline, timeZone), left(submissionDeadline)) : texts.noDeadline}</p>
      </div>
      <Link to={`/administration/destinataires/${encodeURIComponent(consultationId)}`}>{texts.follow}</Link>
    </li>
  );
}
