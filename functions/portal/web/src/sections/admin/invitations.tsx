// Inviting all agents of an entity and below whom the portal declared and nobody ever invited.

import { useEffect, useRef } from "preact/hooks";

import { call } from "../../api/client";
import { moments } from "../../dates";
import { texts } from "../../texts/administration";
import { useData } from "../../ui/data";
import { Confirmed } from "../../ui/parts";

/** Time after which the page looks again how far they are. */
const AGAIN = 5000;

export function DeclaredAgents({ entity, done }: { entity: string; done: () => void }) {
  const path = { id: entity };
  const { value, set, reload } = useData(async () => (await call("get", "/v1/entities/{id}/invitations", { path })).data, entity);
  const goes = !!value?.startedAt && !value.finishedAt;
  const went = useRef(false);
  useEffect(() => {
    if (went.current && !goes) done();
    went.current = goes;
    const later = goes ? setTimeout(reload, AGAIN) : undefined;
    return () => clearTimeout(later);
  }, [value]);
  if (!value || !(value.startedAt || value.left || value.withoutAddress)) return null;
  const { total, sent, left, withoutAddress, more, finishedAt } = value;
  return (
    <section aria-labelledby="declared-agents">
      <h2 id="declared-agents">{texts.declaredAgents}</h2>
      <p role="status">{goes ? texts.inviting(sent, total, more) : finishedAt && !left ? texts.invitedAll(sent, moments(finishedAt)) : left ? texts.uninvited(left, more) : ""}</p>
      {withoutAddress > 0 && <p class="hint">{texts.unaddressed(withoutAddress)}</p>}
      {!goes && left > 0 && (
        <Confirmed label={texts.inviteDeclared(left, more)} title={texts.inviteDeclaredTitle} act={async () => set((await call("post", "/v1/entities/{id}/invitations", { path })).data)}>
          <p>{texts.inviteDeclaredText}</p>
        </Confirmed>
      )}
    </section>
  );
}
