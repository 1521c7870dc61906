// The way out of an agent, in their card: what they alone follow is given to another one, and the address of an account that stopped is
// released.

import { useState } from "preact/hooks";

import { call, type Schemas } from "../../api/client";
import { days, dates } from "../../dates";
import { texts as common } from "../../texts/common";
import { texts } from "../../texts/departure";
import { Act, Confirmed, Dialog, Read } from "../../ui/parts";
import { useData } from "../../ui/data";

type Agent = Schemas["AccountView"];

const MONTH = 31 * 24 * 3600 * 1000;

/** Says when an account stops, or since when it has, and what can be done about it. */
export function Departure({ entity, agent, name, set }: { entity: string; agent: Agent; name: string; set: (agent: Agent) => void }) {
  const [open, setOpen] = useState(false);
  const { active, leavesOn, deactivatedSince, erasedAt } = agent;
  if (active && !leavesOn) return null;
  const path = { id: entity, accountId: agent.id };
  const old = deactivatedSince && Date.now() - Date.parse(deactivatedSince) > MONTH;
  return (
    <>
      {active && leavesOn && <p class="hint">{texts.leaves(dates(leavesOn))}</p>}
      {deactivatedSince && <p class="hint">{erasedAt ? texts.erased(days(erasedAt)) : texts.stopped(days(deactivatedSince))}</p>}
      <button type="button" class="second small" aria-label={`${texts.handover} : ${name}`} onClick={() => setOpen(true)}>
        {texts.handover}
      </button>
      {old && !agent.declared && agent.contact.email && (
        <Confirmed
          small
          label={texts.release}
          name={`${texts.release} : ${name}`}
          title={texts.release}
          done={texts.released}
          act={async () => {
            set((await call("patch", "/v1/entities/{id}/agents/{accountId}", { path, body: { email: null } })).data);
          }}
        >
          <p>{agent.contact.email}</p>
          <p>{texts.releaseText}</p>
        </Confirmed>
      )}
      {open && <Handover entity={entity} agent={agent} name={name} close={() => setOpen(false)} />}
    </>
  );
}

function Handover({ entity, agent, name, close }: { entity: string; agent: Agent; name: string; close: () => void }) {
  const [to, setTo] = useState("");
  const path = { id: entity, accountId: agent.id };
  const read = useData(async () => {
    const [alone, others] = await Promise.all([
      call("get", "/v1/entities/{id}/agents/{accountId}/handover", { path, query: { limit: 50 } }),
      call("get", "/v1/entities/{id}/agents", { path: { id: entity }, query: { limit: 100 } }),
    ]);
    const able = others.data.items.filter((each) => each.id !== agent.id && each.active && !each.invitationExpiresAt && each.emailStatus !== "unconfirmed");
    return { alone: alone.data, able };
  }, agent.id);
  return (
    <Dialog title={`${texts.handover} : ${name}`} close={close}>
      <Read data={read}>
        {({ alone, able }) => (
          <>
            <p role="status">{texts.handoverText(alone.items.length, !!alone.cursor)}</p>
            <ul class="list">
              {alone.items.map((each) => (
                <li key={each.consultationId}>
                  {each.reference} – {each.title}
                </li>
              ))}
            </ul>
            <div class="field">
              <label for="handover-to">{texts.to}</label>
              <select id="handover-to" value={to} onChange={(event) => setTo(event.currentTarget.value)}>
                <option value="">{texts.choose}</option>
                {able.map(({ id, contact: { firstName, lastName } }) => (
                  <option key={id} value={id}>
                    {firstName} {lastName}
                  </option>
                ))}
              </select>
              <p class="hint">{texts.toHint}</p>
            </div>
            {to && (
              <Act
                key={to}
                label={texts.give}
                act={async () => {
                  await call("post", "/v1/entities/{id}/agents/{accountId}/handover", { path, body: { toAccountId: to } });
                  return texts.given;
                }}
              />
            )}
          </>
        )}
      </Read>
      <button type="button" class="second" onClick={close}>
        {common.close}
      </button>
    </Dialog>
  );
}
