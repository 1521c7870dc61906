// Consultations that nobody follows, and the people whom an alert would reach.

import { useEffect, useState } from "preact/hooks";

import { useActing } from "../account";
import { call, type Listed, type Schemas } from "../api/client";
import { deadlines } from "../dates";
import { useQuery } from "../query";
import { go } from "../router";
import { leftOut, sights, texts } from "../texts/administration";
import { shortKinds } from "../texts/alerts";
import { phases } from "../texts/favourites";
import { texts as common } from "../texts/common";
import { Choice } from "../ui/choice";
import { Link, Read, Required, Rest } from "../ui/parts";
import { usePages } from "../ui/pages";

type Kind = Schemas["Kind"];

const KINDS = Object.keys(shortKinds) as Kind[];
/** Most consultations that are proposed at once. */
const MOST = 20;
/** Most answers that are looked through for one proposal: each looks into fifty entities. */
const LOOKS = 10;

const titleOf = ({ reference, title }: { reference: string; title: string }): string => `${reference} – ${title}`;

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
  const { account } = useActing();
  const [typed, setTyped] = useState({ id: consultation, name: consultation });
  const [query, change] = useQuery();
  const kind = KINDS.find((each) => each === query.get("kind")) ?? "tenderReceived";
  // Back, or another address.
  useEffect(() => setTyped((before) => (before.id === consultation ? before : { id: consultation, name: consultation })), [consultation]);
  const open = (id: string) => void go(`/administration/destinataires/${encodeURIComponent(id)}${location.search}`);
  const search = (event: Event) => {
    event.preventDefault();
    // Whoever has an identifier may still type it.
    const id = typed.id || typed.name.trim();
    if (id) open(id);
  };
  const find = async (q: string) => {
    const found: Listed<"/v1/entities/{id}/consultations">[] = [];
    let cursor: string | null = null;
    for (let look = 0; look < LOOKS && found.length < MOST; look++) {
      const query = { q, cursor, limit: MOST - found.length };
      const page: { items: typeof found; cursor?: string | null } = (await call("get", "/v1/entities/{id}/consultations", { path: { id: account.entity.id }, query })).data;
      found.push(...page.items);
      cursor = page.cursor ?? null;
      if (!cursor) break;
    }
    return found.map((each) => ({ id: each.consultationId, name: titleOf(each), about: each.entity.name || common.unnamedEntity }));
  };
  return (
    <>
      <p>{texts.recipientsIntro}</p>
      <Required />
      <form class="toolbar" role="search" onSubmit={search} noValidate>
        <Choice
          name="consultation"
          label={texts.consultation}
          hint={texts.consultationHint}
          required
          value={typed.name}
          chosen={!!typed.id}
          find={find}
          most={MOST}
          type={(name) => setTyped({ id: "", name })}
          choose={(found) => {
            setTyped(found);
            open(found.id);
          }}
        />
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
      {consultation && (
        <People
          key={`${consultation}${kind}`}
          consultation={consultation}
          kind={kind}
          named={(name) => setTyped((before) => (before.id === consultation ? { id: consultation, name } : before))}
        />
      )}
    </>
  );
}

function People({ consultation, kind, named }: { consultation: string; kind: Kind; named: (title: string) => void }) {
  const [outside, setOutside] = useState<number | null>(0);
  const [awaited, setAwaited] = useState(0);
  const pages = usePages<Schemas["Recipient"]>(async (cursor) => {
    const { data } = await call("get", "/v1/consultations/{id}/recipients", { path: { id: consultation }, query: { kind, cursor } });
    if (data.outside !== undefined) setOutside(data.outside);
    if (data.awaited) setAwaited(data.awaited);
    named(titleOf(data.consultation));
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
