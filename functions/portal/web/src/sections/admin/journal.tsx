// « Journal »: who did what to whom in an entity and below, in sentences and with names.

import { useRef } from "preact/hooks";

import { call, type Schemas } from "../../api/client";
import { changed, sentences, texts } from "../../texts/admin/journal";
import { Read, Rest } from "../../ui/parts";
import { usePages } from "../../ui/pages";

type Entry = Schemas["AuditRecord"];

export function Journal({ entity }: { entity: string }) {
  const people = useRef(new Map<string, string>());
  const entities = useRef(new Map<string, string>());
  const pages = usePages<Entry>(async (cursor, limit) => {
    const { data } = await call("get", "/v1/entities/{id}/audit", { path: { id: entity }, query: { names: true, limit, cursor } });
    for (const { accountId, name } of data.names?.people ?? []) people.current.set(accountId, name);
    for (const { id, name } of data.names?.entities ?? []) entities.current.set(id, name);
    return data;
  }, entity);
  const nameOf = (id: string | null | undefined) => (id && people.current.get(id)) || texts.somebody;
  const entityOf = (id: string) => entities.current.get(id) || texts.somewhere;
  return (
    <>
      <p>{texts.intro}</p>
      <Read data={pages}>
        {(entries) => (
          <>
            <p role="status" class="quiet">
              {entries.length ? texts.shown(entries.length, !!pages.more) : texts.none}
            </p>
            <ul class="list">
              {entries.map((entry, index) => (
                // Two deeds may be alike in all that is shown.
                <li key={index}>
                  <Deed entry={entry} nameOf={nameOf} entityOf={entityOf} />
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

function Deed({ entry, nameOf, entityOf }: { entry: Entry; nameOf: (id: string | null | undefined) => string; entityOf: (id: string) => string }) {
  const { what, at, actorAccountId, targetAccountId, entityId, otherEntityId, changes } = entry;
  const sentence = sentences[what](
    {
      by: actorAccountId ? texts.by(nameOf(actorAccountId)) : "",
      whom: nameOf(targetAccountId),
      of: texts.of(nameOf(targetAccountId)),
      entity: entityOf(entityId),
      other: otherEntityId ? entityOf(otherEntityId) : "",
      receiver: nameOf(changes.find(({ field }) => field === "handover.toAccountId")?.after),
    },
    entry,
  );
  const said = changes.map((change) => changed(change, entityOf)).filter((each) => each !== null);
  return (
    <div class="grow">
      <p>{sentence}</p>
      {said.length > 0 && (
        <ul>
          {said.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
      <p class="quiet">
        <time dateTime={at}>{texts.at(at)}</time> – {entityOf(entityId)}
      </p>
    </div>
  );
}
