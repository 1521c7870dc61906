// « Mes préférences Lieu d'exécution »: what is chosen, and the window with map and list.

import { useState } from "preact/hooks";

import { useActing } from "../account";
import { call, type Refused, type Schemas } from "../api/client";
import { texts as common } from "../texts/common";
import { texts } from "../texts/places";
import { refused, useData } from "../ui/data";
import { announce } from "../ui/live";
import { Banner, Dialog, Failure, Read } from "../ui/parts";
import { PlaceMap } from "../ui/place-map";

type Place = Schemas["PlaceInfo"];

const ALSACE = ["67", "68"];
/** Departments have a code of a department; other places do not. */
const isDepartment = ({ code }: Place): boolean => /^(\d\d|2[AB]|97[1-46])$/.test(code);

export function Places() {
  const { account } = useActing();
  const reference = useData(async () => (await call("get", "/v1/places")).data.places, "places");
  const chosen = useData(async () => (await call("get", "/v1/accounts/{id}/places", { path: { id: account.id } })).data.places as string[], account.id);
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState<"saved" | "not-kept">();
  const name = (code: string) => reference.value?.find((place) => place.code === code)?.name ?? code;
  return (
    <>
      <p>{texts.intro}</p>
      <Read data={chosen}>
        {(codes) => (
          <>
            <p>{texts.chosen(codes.length)}</p>
            {codes.length > 0 && (
              <ul class="places chosen">
                {codes.map((code) => (
                  <li key={code}>{name(code)}</li>
                ))}
              </ul>
            )}
            <p class="save">
              <button
                type="button"
                onClick={() => {
                  setNote(undefined);
                  setOpen(true);
                }}
              >
                {texts.open}
              </button>
              {note === "saved" && <span class="saved">{common.saved}</span>}
            </p>
            {note === "not-kept" && <Banner tone="warning">{texts.notKept}</Banner>}
            {open && (
              <Editor
                reference={reference}
                chosen={codes}
                close={() => setOpen(false)}
                done={(saved) => {
                  setOpen(false);
                  setNote(saved ? "saved" : "not-kept");
                  announce(saved ? common.saved : texts.notKept);
                  if (saved) chosen.set(saved);
                }}
              />
            )}
          </>
        )}
      </Read>
    </>
  );
}

interface EditorProps {
  reference: { value?: Place[]; error?: Refused; loading: boolean; reload: () => void };
  chosen: string[];
  close: () => void;
  done: (saved: string[] | null) => void;
}

function Editor({ reference, chosen, close, done }: EditorProps) {
  const { account } = useActing();
  const [wanted, setWanted] = useState(new Set(chosen));
  const [remember, setRemember] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Refused>();
  const set = (codes: string[], on: boolean) =>
    setWanted((before) => {
      const after = new Set(before);
      for (const code of codes) {
        if (on) after.add(code);
        else after.delete(code);
      }
      return after;
    });
  const validate = async () => {
    if (busy) return;
    if (!remember) return done(null);
    setBusy(true);
    setError(undefined);
    try {
      const { data } = await call("put", "/v1/accounts/{id}/places", { path: { id: account.id }, body: { places: [...wanted] as Schemas["Place"][] } });
      done(data.places);
    } catch (problem) {
      setError(refused(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={texts.title} close={close} wide>
      <Read data={reference}>
        {(places) => (
          <>
            <Shortcuts places={places} wanted={wanted} set={set} />
            <div class="two">
              <PlaceMap wanted={wanted} set={set} />
              <List places={places} wanted={wanted} set={set} />
            </div>
          </>
        )}
      </Read>
      <div class="window-foot">
        <label class="check">
          <input type="checkbox" name="remember" checked={remember} onChange={(event) => setRemember(event.currentTarget.checked)} aria-describedby="remember-hint" />
          {texts.remember}
        </label>
        <p class="hint" id="remember-hint">
          {texts.rememberHint}
        </p>
        {error && <Failure error={error} />}
        <p class="buttons">
          <button type="button" onClick={() => void validate()} aria-disabled={busy ? "true" : undefined}>
            {texts.validate}
          </button>
          <button type="button" class="second" onClick={close}>
            {common.cancel}
          </button>
        </p>
      </div>
    </Dialog>
  );
}

interface ChoiceProps {
  places: Place[];
  wanted: Set<string>;
  set: (codes: string[], on: boolean) => void;
}

function Shortcuts({ places, wanted, set }: ChoiceProps) {
  const all = places.filter(isDepartment).map(({ code }) => code);
  const has = (codes: string[]) => codes.every((code) => wanted.has(code));
  return (
    <p class="buttons" role="group" aria-label={texts.shortcuts}>
      <button type="button" class="second small" aria-pressed={has(ALSACE)} onClick={() => set(ALSACE, !has(ALSACE))}>
        {texts.alsace}
      </button>
      <button type="button" class="second small" aria-pressed={has(all)} onClick={() => set(all, !has(all))}>
        {texts.everything}
      </button>
      <button type="button" class="second small" onClick={() => set([...wanted], false)}>
        {texts.nothing}
      </button>
    </p>
  );
}

function List({ places, wanted, set }: ChoiceProps) {
  const groups = grouped(places);
  return (
    <div class="place-list" role="group" aria-label={texts.list}>
      {[...groups].map(([group, members]) => {
        const codes = members.map(({ code }) => code);
        const count = codes.filter((code) => wanted.has(code)).length;
        return (
          <details key={group} open={count > 0}>
            <summary>
              {group} {count > 0 && <span class="tag">{count}</span>}
            </summary>
            {members.length > 1 && !LAST.slice(1).includes(group) && (
              <label class="check">
                <input type="checkbox" checked={count === codes.length} onChange={(event) => set(codes, event.currentTarget.checked)} />
                {group === texts.overseas ? texts.allOverseas : texts.region(group)}
              </label>
            )}
            <ul class="list-plain">
              {members.map(({ code, name }) => (
                <li key={code}>
                  <label class="check">
                    <input type="checkbox" name={`place-${code}`} checked={wanted.has(code)} onChange={(event) => set([code], event.currentTarget.checked)} />
                    {/^\d|^2[AB]/.test(code) ? `${code} – ${name}` : name}
                  </label>
                </li>
              ))}
            </ul>
          </details>
        );
      })}
    </div>
  );
}

const OVERSEAS = ["Guadeloupe", "Guyane", "La Réunion", "Martinique", "Mayotte"];
const LAST = [texts.overseas, "Collectivités d'outre-mer", texts.others];

/** By region, overseas departments together; the regions first, in their order. */
function grouped(places: Place[]): Map<string, Place[]> {
  const groups = new Map<string, Place[]>();
  for (const place of places) {
    const name = place.group ? (OVERSEAS.includes(place.group) ? texts.overseas : place.group) : texts.others;
    groups.set(name, [...(groups.get(name) ?? []), place]);
  }
  const rank = (name: string) => LAST.indexOf(name);
  return new Map([...groups].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b, "fr")));
}
