// Agents of an entity: their state and rights, an invitation, and whose address is dead.

import { useState } from "preact/hooks";

import { useActing } from "../account";
import { call, type Schemas } from "../api/client";
import { days, moments } from "../dates";
import { useDraft, useForm, type Errors } from "../form";
import { useQuery } from "../query";
import { rightsMean, texts } from "../texts/administration";
import { texts as common } from "../texts/common";
import { advice, texts as contact } from "../texts/contact";
import { texts as departure } from "../texts/departure";
import { codeSays } from "../texts/history";
import { rightNames, roles } from "../texts/rights";
import { Act, Banner, Confirmed, Dialog, Field, Read, Required, Rest } from "../ui/parts";
import { usePages } from "../ui/pages";
import { Restored, SaveBar } from "../ui/saving";
import { isSought, useSearch } from "../ui/search";
import type { Node } from "./admin-entities";
import { DeclaredAgents } from "./admin/invitations";
import { advised, missing } from "./contact";
import { Departure } from "./admin/departure";
import { AgentRecovery } from "./recovery";

type Agent = Schemas["AccountView"];
type Role = Schemas["Role"];
type Right = keyof typeof rightNames;

export const nameOf = ({ contact: { firstName, lastName } }: Agent): string => `${firstName} ${lastName}`;
/** Says that an agent went to another entity; nothing if they did not. */
const movedTo = (agent: Agent, before: string): string => (agent.entity.id === before ? "" : texts.moved(nameOf(agent), agent.entity.name || common.unnamedEntity));
/** Agents that are added at once: each is some 600 bytes of the view's first 70 KB. */
const STEP = 5;
const RIGHTS = Object.keys(rightNames) as Right[];
/** Names the draft of what is changed of an agent. */
export const draftOf = ({ id }: Agent): string => `agent.${id}`;

export function Agents({ entity, tree }: { entity: string; tree: Node[] }) {
  const [query, change] = useQuery();
  const { sought: words, field } = useSearch(query, change);
  const sought = isSought(words) ? words : "";
  const [moved, setMoved] = useState("");
  const pages = usePages<Agent>(
    async (cursor, limit) => (await call("get", "/v1/entities/{id}/agents", { path: { id: entity }, query: { q: sought, limit, cursor } })).data,
    JSON.stringify([entity, sought]),
    STEP,
  );
  const set = (agent: Agent, before: string) => {
    const said = movedTo(agent, before);
    setMoved(said);
    // A search is over all entities below; the list is of one.
    pages.set((agents) => (said && !sought ? agents.filter(({ id }) => id !== agent.id) : agents.map((each) => (each.id === agent.id ? agent : each))));
  };
  return (
    <>
      <form class="toolbar" role="search" onSubmit={(event) => event.preventDefault()}>
        <Field {...field} label={texts.searchAgents} hint={texts.searchAgentsHint} />
      </form>
      {moved && <Banner tone="success" title={moved} />}
      <Read data={pages}>
        {(agents) => (
          <>
            <p role="status" class="quiet">
              {agents.length ? texts.agents(agents.length, !!pages.more) : sought ? texts.noAgentFound : texts.noAgents}
            </p>
            <ul class="list">
              {agents.map((agent) => (
                <AgentRow key={agent.id} agent={agent} shown={!!sought} tree={tree} set={(next) => set(next, agent.entity.id)} reload={pages.reload} />
              ))}
            </ul>
          </>
        )}
      </Read>
      <Rest pages={pages} />
      {/* Below a list that loads it would move. */}
      {pages.value && (
        <>
          <Invite entity={entity} done={pages.reload} />
          <DeclaredAgents entity={entity} done={pages.reload} />
        </>
      )}
    </>
  );
}

/** An agent; `shown` says the entity too, where agents of several are listed. */
function AgentRow({ agent, shown, tree, set, reload }: { agent: Agent; shown: boolean; tree: Node[]; set: (agent: Agent) => void; reload: () => void }) {
  const entity = agent.entity.id;
  const [editing, setEditing] = useState(useDraft(draftOf(agent)));
  const invited = !!agent.invitationExpiresAt;
  const given = RIGHTS.filter((right) => agent.permanentGuest[right]);
  const invite = async () => {
    const { data } = await call("post", "/v1/entities/{id}/agents/{accountId}/invitation", { path: { id: entity, accountId: agent.id } });
    set(data);
    return texts.invitedTo(data.contact.email ?? common.noAddress);
  };
  return (
    <li>
      <div class="grow">
        <p class="title">{nameOf(agent)}</p>
        <p class="quiet">
          {agent.contact.email ?? common.noAddress}
          {shown && ` – ${agent.entity.name || common.unnamedEntity}`}
        </p>
        <p>
          <span class="tag">{roles[agent.role]}</span>{" "}
          <span class={agent.active && agent.emailStatus !== "undeliverable" && agent.emailStatus !== "none" ? "tag" : "tag bad"}>{texts.state(agent.active, agent.emailStatus, invited)}</span>{" "}
          {agent.neverInvited && <span class="tag">{texts.neverInvited}</span>}{" "}
          {given.map((right) => (
            <span class="tag" key={right}>
              {rightNames[right]}{" "}
            </span>
          ))}
        </p>
        {agent.declared && <p class="hint">{texts.declaredAgent(agent.externalId ?? "")}</p>}
        {agent.addressUnavailable && <p class="hint">{texts.unavailable}</p>}
        {agent.pendingEmail && <Given entity={entity} agent={agent} pending={agent.pendingEmail} set={set} />}
        {agent.invitationExpiresAt && <p class="hint">{texts.expires(days(agent.invitationExpiresAt))}</p>}
      </div>
      {!agent.declared && (
        <button type="button" class="second small" aria-label={`${texts.edit} : ${nameOf(agent)}`} onClick={() => setEditing(true)}>
          {texts.edit}
        </button>
      )}
      {agent.declared && !invited && agent.active && agent.emailStatus === "unconfirmed" && (
        <Act small label={texts.inviteOne} name={`${texts.inviteOne} : ${nameOf(agent)}`} act={invite} />
      )}
      <Departure entity={entity} agent={agent} name={nameOf(agent)} set={set} />
      {!invited && <AgentRecovery entity={entity} agent={agent} name={nameOf(agent)} set={set} />}
      {invited && (
        <>
          <Act small label={texts.inviteAgain} name={`${texts.inviteAgain} : ${nameOf(agent)}`} act={invite} />
          {!agent.declared && (
            <Confirmed
              label={texts.removeInvited}
              name={`${texts.removeInvited} : ${nameOf(agent)}`}
              title={texts.removeInvited}
              danger
              done={texts.removed}
              act={async () => {
                await call("delete", "/v1/entities/{id}/agents/{accountId}", { path: { id: entity, accountId: agent.id } });
                reload();
              }}
            >
              <p>{nameOf(agent)}</p>
              <p>{texts.removeText}</p>
            </Confirmed>
          )}
        </>
      )}
      {editing && (
        <Edit
          agent={agent}
          tree={tree}
          close={() => setEditing(false)}
          done={(next, closes) => {
            // What was chosen meanwhile is still to be saved.
            setEditing(!closes);
            set(next);
          }}
        />
      )}
    </li>
  );
}

/** Tells of an address that an administrator set and that waits for its reader, and takes it back. */
function Given({ entity, agent, pending, set }: { entity: string; agent: Agent; pending: NonNullable<Agent["pendingEmail"]>; set: (agent: Agent) => void }) {
  const { email } = agent.contact;
  const path = { id: entity, accountId: agent.id };
  const takeBack = async () => {
    set((await call("patch", "/v1/entities/{id}/agents/{accountId}", { path, body: { email: email ?? "" } })).data);
    return texts.addressBack;
  };
  return (
    <>
      <p class="hint">{texts.addressWaits(pending.address, days(pending.expiresAt))}</p>
      {email !== null && agent.emailStatus === "confirmed" && <Act small label={texts.addressTakeBack} name={`${texts.addressTakeBack} : ${nameOf(agent)}`} act={takeBack} />}
    </>
  );
}

type Standing = { role: Role; active: boolean; leavesOn: string; email: string; entityId: string } & Agent["permanentGuest"];

const standingOf = ({ role, active, leavesOn, permanentGuest, entity, contact: { email } }: Agent): Standing => ({
  entityId: entity.id,
  role,
  active,
  leavesOn: leavesOn ?? "",
  email: email ?? "",
  ...permanentGuest,
});

export function Edit({ agent, tree, close, done }: { agent: Agent; tree: Node[]; close: () => void; done: (agent: Agent, closes: boolean) => void }) {
  const { account } = useActing();
  const own = account.id === agent.id;
  const form = useForm<Standing>({
    name: draftOf(agent),
    values: standingOf(agent),
    check: ({ email }): Errors => (email === standingOf(agent).email || email.includes("@") ? {} : { email: advice("email", "") }),
    save: async ({ role, active, leavesOn, email, entityId, ...rights }, _, changed) => {
      // Somebody else may have changed the others.
      const permanentGuest = Object.fromEntries(RIGHTS.filter((right) => changed.includes(right)).map((right) => [right, rights[right]]));
      const body = {
        ...(changed.includes("role") && { role }),
        ...(changed.includes("active") && { active }),
        ...(changed.includes("leavesOn") && { leavesOn: leavesOn || null }),
        ...(changed.includes("email") && { email }),
        ...(changed.includes("entityId") && { entityId }),
        permanentGuest,
      };
      const { data } = await call("patch", "/v1/entities/{id}/agents/{accountId}", { path: { id: agent.entity.id, accountId: agent.id }, body });
      return { values: standingOf(data), next: movedTo(data, agent.entity.id), after: () => done(data, !form.unsaved.length) };
    },
    explain: (error) => (error.errors.some(({ field }) => field === "entityId") ? { entityId: texts.refusedMove } : advised(error, /^$/)),
  });
  const leave = async () => {
    if (await form.leave()) close();
  };
  const { values } = form;
  const entity = form.field("entityId");
  // The tree may be on its way still, or longer than what is read of it.
  const entities = tree.some(({ id }) => id === agent.entity.id) ? tree : [{ ...agent.entity, depth: 0 }, ...tree];
  return (
    <Dialog title={nameOf(agent)} close={() => void leave()}>
      <form ref={(element) => void (form.element = element)} onSubmit={(event) => void form.submit(event)} noValidate>
        <Restored form={form} />
        {own ? (
          <p class="hint">{texts.ownAccount}</p>
        ) : (
          <>
            <div class="field">
              <label for="role">{texts.role}</label>
              <p class="hint" id="role-hint">
                {texts.roleHint}
              </p>
              <select id="role" aria-describedby="role-hint" value={values.role} onChange={(event) => form.set({ role: event.currentTarget.value as Role })}>
                {(Object.keys(roles) as Role[]).map((each) => (
                  <option key={each} value={each}>
                    {roles[each]}
                  </option>
                ))}
              </select>
            </div>
            <label class="check">
              <input type="checkbox" checked={values.active} onChange={(event) => form.set({ active: event.currentTarget.checked })} />
              {texts.active}
            </label>
            <div class={entity.error ? "field wrong" : "field"}>
              <label for="agent-entity">{texts.entity}</label>
              <select id="agent-entity" name="entityId" value={entity.value} aria-invalid={entity.error ? "true" : undefined} aria-describedby="agent-entity-told" onChange={(event) => entity.change(event.currentTarget.value)}>
                {entities.map(({ id, name, depth }) => (
                  <option key={id} value={id}>
                    {`${"\u00a0\u00a0".repeat(depth)}${name || common.unnamedEntity}`}
                  </option>
                ))}
              </select>
              <div id="agent-entity-told" role="status">
                {entity.error && <p class="error">{entity.error}</p>}
                {entity.value !== agent.entity.id && (
                  <ul class="hint">
                    {texts.moveMeans(values.role === "administrator").map((each) => (
                      <li key={each}>{each}</li>
                    ))}
                  </ul>
                )}
              </div>
            </div>
            <Field {...form.field("leavesOn")} label={departure.leavesOn} hint={departure.leavesOnHint} type="date" max="9999-12-31" />
            {agent.active && !agent.invitationExpiresAt && (
              <Field {...form.field("email")} label={contact.email} type="email" inputMode="email" autoComplete="off" spellcheck={false} hint={texts.addressHint} />
            )}
          </>
        )}
        <fieldset>
          <legend>{texts.rights}</legend>
          <p class="hint">{texts.rightsHint}</p>
          {RIGHTS.map((right) => (
            <div key={right}>
              <label class="check">
                <input type="checkbox" name={right} checked={values[right]} aria-describedby={`${right}-means`} onChange={(event) => form.set({ [right]: event.currentTarget.checked })} />
                {rightNames[right]}
              </label>
              <p class="hint" id={`${right}-means`}>
                {rightsMean[right]}
              </p>
            </div>
          ))}
        </fieldset>
        <p class="hint">{texts.mailed}</p>
        <SaveBar form={form}>
          <button type="button" class="second" onClick={() => void leave()}>
            {common.cancel}
          </button>
        </SaveBar>
      </form>
    </Dialog>
  );
}

const EMPTY = { firstName: "", lastName: "", email: "", role: "agent" as Role };

function Invite({ entity, done }: { entity: string; done: () => void }) {
  const form = useForm({
    name: `invite.${entity}`,
    values: EMPTY,
    check: (values) => missing(values, ["firstName", "lastName", "email"]),
    save: async ({ role, ...wanted }) => {
      const { data } = await call("post", "/v1/entities/{id}/agents", { path: { id: entity }, body: { contact: wanted, role } });
      return { values: EMPTY, next: texts.invitedTo(data.contact.email ?? common.noAddress), after: done };
    },
    explain: (error) => advised(error, /^contact\./),
  });
  const props = (name: "firstName" | "lastName" | "email") => ({ ...form.field(name), label: contact[name], required: true, autoComplete: "off" });
  return (
    <section aria-labelledby="invite">
      <h2 id="invite">{texts.invite}</h2>
      <p class="hint">{texts.inviteHint}</p>
      <Required />
      <form ref={(element) => void (form.element = element)} onSubmit={(event) => void form.submit(event)} noValidate>
        <Restored form={form} />
        <div class="grid">
          <Field {...props("firstName")} />
          <Field {...props("lastName")} />
          <Field {...props("email")} type="email" inputMode="email" />
          <div class="field">
            <label for="new-role">{texts.role}</label>
            <select id="new-role" value={form.values.role} onChange={(event) => form.set({ role: event.currentTarget.value as Role })}>
              {(Object.keys(roles) as Role[]).map((each) => (
                <option key={each} value={each}>
                  {roles[each]}
                </option>
              ))}
            </select>
          </div>
        </div>
        <SaveBar form={form} label={texts.invite} sends />
      </form>
    </section>
  );
}

export function Undeliverable({ entity }: { entity: string }) {
  const pages = usePages<Agent>(async (cursor) => (await call("get", "/v1/entities/{id}/undeliverable", { path: { id: entity }, query: { limit: 20, cursor } })).data, entity);
  return (
    <>
      <Read data={pages}>
        {(agents) => (
          <>
            {agents.length === 0 ? (
              <p role="status">{texts.noUndeliverable}</p>
            ) : (
              <>
                <p>{texts.undeliverableIntro}</p>
                <p class="quiet">{texts.mendUndeliverable}</p>
              </>
            )}
            <ul class="list">
              {agents.map((agent) => (
                <li key={agent.id}>
                  <div class="grow">
                    <p class="title">{nameOf(agent)}</p>
                    <p class="quiet">
                      {agent.contact.email ?? common.noAddress} – {agent.entity.name}
                    </p>
                    {agent.undeliverable && <p>{texts.stopped(agent.undeliverable.cause, moments(agent.undeliverable.since), codeSays(agent.undeliverable.code))}</p>}
                  </div>
                </li>
              ))}
            </ul>
          </>
        )}
      </Read>
      <Rest pages={pages} />
    </>
  );
}
