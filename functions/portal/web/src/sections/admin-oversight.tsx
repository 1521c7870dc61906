// Consultations that nobody follows, and the people whom an alert would reach.

import { useEffect, useState } from "preact/hooks";

import { call, type Listed, type Schemas } from "../api/client";
import { deadlines } from "../dates";
import { useQuery } from "../query";
import { go } from "../router";
import { leftOut, sights, texts } from "../texts/administration";
import { shortKinds } from "../texts/alerts";
import { phases } from "../texts/favourites";
import { Field, Link, Read, Required, Rest } from "../ui/parts";
import { usePages } from "../ui/pages";

type Kind = Schemas["Kind"];

const KINDS = Object.keys(shortKinds) as Kind[];

export function Unfollowed({ entity }: { entity: string }) {
  const pages = usePages<Listed<"/v1/entities/{id}/unfollowed">>(async (cursor) => (await call("get", "/v1/entities/{id}/unfollowed", { path: { id: entity }, query: { limit: 20, cursor } })).data, entity);
  return (
    <>
      <Read data={pages}>
        {(items) => (
          <>
            {items.length === 0 ? <p role="status">{texts.noUnfollowed}</p> : <p>{texts.unfollowedIntro}</p>}
            <ul class="list">
              {items.map((item) => (
                <li key={item.consultationId}>
                  <div class="grow">
                    <p class="title clamp">
                      {item.reference} – {item.title}
                    </p>
                    <p class="quiet">
                      <span class="tag">{phases[item.phase]}</span>{" "}
                      {item.submissionDeadline && deadlines(item.submissionDeadline, item.timeZone)}
                    </p>
                  </div>
                  <Link to={`/administration/destinataires/${encodeURIComponent(item.consultationId)}`}>{texts.whoGetsIt}</Link>
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

export function Recipients({ consultation }: { consultation: string }) {
  const [typed, setTyped] = useState(consultation);
  const [query, change] = useQuery();
  const kind = KINDS.find((each) => each === query.get("kind")) ?? "tenderReceived";
  // Back, or another address.
  useEffect(() => setTyped(consultation), [consultation]);
  const search = (event: Event) => {
    event.preventDefault();
    if (typed.trim()) void go(`/administration/destinataires/${encodeURIComponent(typed.trim())}${location.search}`);
  };
  return (
    <>
      <p>{texts.recipientsIntro}</p>
      <Required />
      <form class="toolbar" role="search" onSubmit={search} noValidate>
        <Field name="consultation" label={texts.consultation} hint={texts.consultationHint} required value={typed} change={setTyped} spellcheck={false} />
        <div class="field">
          <label for="kind">{texts.kind}</label>
          <select id="kind" value={kind} onChange={(event) => change({ kind: event.currentTarget.value })}>
            {KINDS.map((each) => (
              <option key={each} value={each}>
                {shortKinds[each]}
              </option>
            ))}
          </select>
        </div>
        <p>
          <button type="submit">{texts.search}</button>
        </p>
      </form>
      {consultation && <People key={`${consultation}${kind}`} consultation={consultation} kind={kind} />}
    </>
  );
}

function People({ consultation, kind }: { consultation: string; kind: Kind }) {
  const [outside, setOutside] = useState<number | null>(0);
  const [awaited, setAwaited] = useState(0);
  const pages = usePages<Schemas["Recipient"]>(async (cursor) => {
    const { data } = await call("get", "/v1/consultations/{id}/recipients", { path: { id: consultation }, query: { kind, cursor } });
    if (data.outside !== undefined) setOutside(data.outside);
    if (data.awaited) setAwaited(data.awaited);
    return data;
  }, consultation + kind);
  return (
    <>
      <Read data={pages}>
        {(people) => (
          <>
            {people.length === 0 && <p role="status">{texts.noRecipients}</p>}
            <ul class="list">
              {people.map((person) => (
                <li key={person.accountId}>
                  <div class="grow">
                    <p class="title">{person.name}</p>
                    <p class="quiet">
                      {person.entity.name}
                      {person.sight && ` – ${sights[person.sight]}`}
                    </p>
                  </div>
                  <p class={person.mailed ? "saved" : "quiet"}>{person.mailed ? texts.would : texts.wouldNot(person.leftOut ? leftOut[person.leftOut] : "")}</p>
                </li>
              ))}
            </ul>
            {awaited > 0 && <p>{texts.awaited(awaited)}</p>}
            {outside !== 0 && (
              <>
                <h2>{texts.outside}</h2>
                <p>{outside === null ? texts.outsideFew : texts.outsideMany(outside)}</p>
              </>
            )}
          </>
        )}
      </Read>
      <Rest pages={pages} />
    </>
  );
}
