// Agents of an entity: their state and rights, an invitation, and whose address is dead.

import { useState } from "preact/hooks";

import { useActing } from "../account";
import { call, type Refused, type Schemas } from "../api/client";
import { days, moments } from "../dates";
import { useUnsaved } from "../router";
import { rightNames, roles, texts } from "../texts/administration";
import { texts as common } from "../texts/common";
import { advice, texts as contact } from "../texts/contact";
import { codeSays } from "../texts/history";
import { refused, usePages } from "../ui/data";
import { announce } from "../ui/live";
import { Confirmed, Dialog, Failure, Field, More, Read, SaveBar } from "../ui/parts";

type Agent = Schemas["AccountView"];
type Role = Schemas["Role"];
type Right = keyof typeof rightNames;

const nameOf = ({ contact: { firstName, lastName } }: Agent): string => `${firstName} ${lastName}`;
const RIGHTS = Object.keys(rightNames) as Right[];

export function Agents({ entity }: { entity: string }) {
  const pages = usePages<Agent>(async (cursor) => (await call("get", "/v1/entities/{id}/agents", { path: { id: entity }, query: { limit: 20, cursor } })).data, entity);
  const set = (agent: Agent) => pages.set((pages.value ?? []).map((each) => (each.id === agent.id ? agent : each)));
  return (
    <>
      <Read data={pages}>
        {(agents) => (
          <>
            <p role="status" class="quiet">
              {agents.length ? texts.agents(agents.length, !!pages.more) : texts.noAgents}
            </p>
            <ul class="list">
              {agents.map((agent) => (
                <AgentRow key={agent.id} entity={entity} agent={agent} set={set} reload={pages.reload} />
              ))}
            </ul>
          </>
        )}
      </Read>
      {pages.value && pages.error && <Failure error={pages.error} again={pages.more ?? pages.reload} />}
      {pages.value && !pages.error && <More more={pages.more} busy={pages.loadingMore} />}
      {/* Below a list that loads it would move. */}
      {pages.value && <Invite entity={entity} done={pages.reload} />}
    </>
  );
}

function AgentRow({ entity, agent, set, reload }: { entity: string; agent: Agent; set: (agent: Agent) => void; reload: () => void }) {
  const [editing, setEditing] = useState(false);
  const [error, setError] = useState<Refused>();
  const invited = !!agent.invitationExpiresAt;
  const given = RIGHTS.filter((right) => agent.permanentGuest[right]);
  const invite = async () => {
    setError(undefined);
    try {
      const { data } = await call("post", "/v1/entities/{id}/agents/{accountId}/invitation", { path: { id: entity, accountId: agent.id } });
      set(data);
      announce(texts.invited);
    } catch (problem) {
      setError(refused(problem));
    }
  };
  return (
    <li>
      <div class="grow">
        <p class="title">{nameOf(agent)}</p>
        <p class="quiet">{agent.contact.email}</p>
        <p>
          <span class="tag">{roles[agent.role]}</span>
          <span class={agent.active && agent.emailStatus !== "undeliverable" ? "tag" : "tag bad"}>{texts.state(agent.active, agent.emailStatus, invited)}</span>
          {given.map((right) => (
            <span class="tag" key={right}>
              {rightNames[right]}
            </span>
          ))}
        </p>
        {agent.invitationExpiresAt && <p class="hint">{texts.expires(days(agent.invitationExpiresAt))}</p>}
        {error && <Failure error={error} />}
      </div>
      <button type="button" class="second small" aria-label={`${texts.edit} : ${nameOf(agent)}`} onClick={() => setEditing(true)}>
        {texts.edit}
      </button>
      {invited && (
        <>
          <button type="button" class="second small" onClick={() => void invite()}>
            {texts.inviteAgain}
          </button>
          <Confirmed
            label={texts.removeInvited}
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
        </>
      )}
      {editing && (
        <Edit
          entity={entity}
          agent={agent}
          close={() => setEditing(false)}
          done={(next) => {
            setEditing(false);
            set(next);
          }}
        />
      )}
    </li>
  );
}

function Edit({ entity, agent, close, done }: { entity: string; agent: Agent; close: () => void; done: (agent: Agent) => void }) {
  const { account } = useActing();
  const own = account.id === agent.id;
  const [role, setRole] = useState<Role>(agent.role);
  const [active, setActive] = useState(agent.active);
  const [rights, setRights] = useState(agent.permanentGuest);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Refused>();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    const body = { ...(role !== agent.role && { role }), ...(active !== agent.active && { active }), permanentGuest: rights };
    try {
      const { data } = await call("patch", "/v1/entities/{id}/agents/{accountId}", { path: { id: entity, accountId: agent.id }, body });
      announce(common.saved);
      done(data);
    } catch (problem) {
      setError(refused(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={nameOf(agent)} close={close}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        {own ? (
          <p class="hint">{texts.ownAccount}</p>
        ) : (
          <>
            <div class="field">
              <label for="role">{texts.role}</label>
              <select id="role" value={role} onChange={(event) => setRole(event.currentTarget.value as Role)}>
                {(Object.keys(roles) as Role[]).map((each) => (
                  <option key={each} value={each}>
                    {roles[each]}
                  </option>
                ))}
              </select>
            </div>
            <label class="check">
              <input type="checkbox" checked={active} onChange={(event) => setActive(event.currentTarget.checked)} />
              {texts.active}
            </label>
          </>
        )}
        <fieldset>
          <legend>{texts.rights}</legend>
          {RIGHTS.map((right) => (
            <div key={right}>
              <label class="check">
                <input type="checkbox" name={right} checked={rights[right]} onChange={(event) => setRights({ ...rights, [right]: event.currentTarget.checked })} />
                {rightNames[right]}
              </label>
            </div>
          ))}
        </fieldset>
        <p class="hint">{texts.mailed}</p>
        <SaveBar busy={busy} saved={false} error={error}>
          <button type="button" class="second" onClick={close}>
            {common.cancel}
          </button>
        </SaveBar>
      </form>
    </Dialog>
  );
}

const EMPTY = { firstName: "", lastName: "", email: "" };
type New = typeof EMPTY;

function Invite({ entity, done }: { entity: string; done: () => void }) {
  const [values, setValues] = useState<New>(EMPTY);
  const [role, setRole] = useState<Role>("agent");
  const [errors, setErrors] = useState<Partial<Record<string, string>>>({});
  const [failure, setFailure] = useState<Refused>();
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  useUnsaved(Object.values(values).some((value) => value !== ""));
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setSaved(false);
    setFailure(undefined);
    const missing = Object.entries(values).filter(([, value]) => !value.trim());
    setErrors(Object.fromEntries(missing.map(([name]) => [name, advice(name, "required")])));
    if (missing.length) return;
    setBusy(true);
    try {
      await call("post", "/v1/entities/{id}/agents", { path: { id: entity }, body: { contact: values, role } });
      setValues(EMPTY);
      setSaved(true);
      announce(texts.invited);
      done();
    } catch (problem) {
      const said = refused(problem);
      if (said.status === 422) setErrors(Object.fromEntries(said.errors.map(({ field, reason }) => [field.replace(/^contact\./, ""), advice(field, reason)])));
      else setFailure(said);
    } finally {
      setBusy(false);
    }
  };
  const props = (name: keyof New) => ({ name, label: contact[name], value: values[name], error: errors[name], required: true, autoComplete: "off", change: (value: string) => setValues({ ...values, [name]: value }) });
  return (
    <section aria-labelledby="invite">
      <h2 id="invite">{texts.invite}</h2>
      <p class="hint">{texts.inviteHint}</p>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <div class="grid">
          <Field {...props("firstName")} />
          <Field {...props("lastName")} />
          <Field {...props("email")} type="email" inputMode="email" />
          <div class="field">
            <label for="new-role">{texts.role}</label>
            <select id="new-role" value={role} onChange={(event) => setRole(event.currentTarget.value as Role)}>
              {(Object.keys(roles) as Role[]).map((each) => (
                <option key={each} value={each}>
                  {roles[each]}
                </option>
              ))}
            </select>
          </div>
        </div>
        <SaveBar busy={busy} saved={saved} error={failure} label={texts.invite} />
      </form>
    </section>
  );
}

export function Undeliverable({ entity }: { entity: string }) {
  const pages = usePages<Agent>(async (cursor) => (await call("get", "/v1/entities/{id}/undeliverable", { path: { id: entity }, query: { limit: 20, cursor } })).data, entity);
  return (
    <>
      <p>{texts.undeliverableIntro}</p>
      <Read data={pages}>
        {(agents) => (
          <>
            {agents.length === 0 ? <p role="status">{texts.noUndeliverable}</p> : <p class="quiet">{texts.mendUndeliverable}</p>}
            <ul class="list">
              {agents.map((agent) => (
                <li key={agent.id}>
                  <div class="grow">
                    <p class="title">{nameOf(agent)}</p>
                    <p class="quiet">
                      {agent.contact.email} – {agent.entity.name}
                    </p>
                    {agent.undeliverable && <p>{texts.stopped(agent.undeliverable.cause, moments(agent.undeliverable.since), codeSays(agent.undeliverable.code))}</p>}
                  </div>
                </li>
              ))}
            </ul>
          </>
        )}
      </Read>
      {pages.value && !pages.error && <More more={pages.more} busy={pages.loadingMore} />}
    </>
  );
}
