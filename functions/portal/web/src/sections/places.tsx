// « Mes préférences Lieu d'exécution »: what is chosen, and the window with map and list.

import { useRef, useState } from "preact/hooks";

import { useActing } from "../account";
import { call, type Answer, type Refused, type Schemas } from "../api/client";
import { useDraft, useForm, type Form, type Saved } from "../form";
import { refusal, texts as common } from "../texts/common";
import { texts } from "../texts/places";
import { useData, type Data } from "../ui/data";
import { announce } from "../ui/live";
import { Banner, Dialog, Read } from "../ui/parts";
import { PlaceMap } from "../ui/place-map";
import { Conflict, Restored } from "../ui/saving";

type Place = Schemas["PlaceInfo"];

const ALSACE = ["67", "68"];
/** Departments have a code of a department; other places do not. */
const isDepartment = ({ code }: Place): boolean => /^(\d\d|2[AB]|97[1-46])$/.test(code);

interface Values {
  places: string[];
}

const savedAs = ({ data, etag }: Answer<Schemas["ChosenPlaces"]>): Saved<Values> => ({ values: { places: data.places }, version: etag });

export function Places() {
  const { account } = useActing();
  const path = { id: account.id };
  const reference = useData(async () => (await call("get", "/v1/places")).data.places, "places");
  const chosen = useData(() => call("get", "/v1/accounts/{id}/places", { path }), account.id);
  return (
    <>
      <p>{texts.intro}</p>
      <Read data={chosen}>{(answer) => <Chosen answer={answer} data={chosen} reference={reference} />}</Read>
    </>
  );
}

function Chosen({ answer, data, reference }: { answer: Answer<Schemas["ChosenPlaces"]>; data: Data<Answer<Schemas["ChosenPlaces"]>>; reference: Data<Place[]> }) {
  const { account } = useActing();
  const path = { id: account.id };
  const codes: string[] = answer.data.places;
  const kept = useDraft("places");
  const [open, setOpen] = useState(kept);
  const [note, setNote] = useState<"saved" | "same" | "not-kept">();
  const name = (code: string) => reference.value?.find((place) => place.code === code)?.name ?? code;
  const form = useForm<Values>({
    name: "places",
    ...savedAs(answer),
    save: async ({ places }, version) => {
      const saved = await call("put", "/v1/accounts/{id}/places", { path, body: { places: places as Schemas["Place"][] }, headers: { "If-Match": version ?? "*" } });
      return {
        ...savedAs(saved),
        after: () => {
          data.set(saved);
          // What was chosen meanwhile is still to be saved.
          if (form.unsaved.length) return;
          setOpen(false);
          setNote("saved");
        },
      };
    },
    read: async () => {
      const now = await call("get", "/v1/accounts/{id}/places", { path });
      return { ...savedAs(now), after: () => data.set(now) };
    },
  });
  /** Closes the window without keeping anything, if that may be. */
  const close = async (becomes?: "same" | "not-kept") => {
    if (!(await form.leave())) return;
    setOpen(false);
    setNote(becomes);
    if (becomes) announce(becomes === "same" ? common.nothingToSave : texts.notKept);
  };
  return (
    <>
      <p>{texts.chosen(codes.length)}</p>
      {codes.length > 0 && (
        <ul class="chips">
          {codes.map((code) => (
            <li key={code} class="chip">
              {name(code)}
            </li>
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
        {note === "saved" && <span class="saved">{form.savedText}</span>}
        {note === "same" && <span>{common.nothingToSave}</span>}
      </p>
      {note === "not-kept" && <Banner tone="warning">{texts.notKept}</Banner>}
      {open && <Editor reference={reference} form={form} name={name} close={(becomes) => void close(becomes)} />}
    </>
  );
}

interface EditorProps {
  reference: { value?: Place[]; error?: Refused; loading: boolean; reload: () => void };
  form: Form<Values>;
  name: (code: string) => string;
  close: (becomes?: "same" | "not-kept") => void;
}

function Editor({ reference, form, name, close }: EditorProps) {
  const [remember, setRemember] = useState(false);
  const { busy, failure } = form;
  const wanted = new Set(form.values.places);
  const set = (codes: string[], on: boolean) => {
    const after = new Set(form.values.places);
    for (const code of codes) {
      if (on) after.add(code);
      else after.delete(code);
    }
    form.set({ places: [...after].sort() });
  };
  const validate = () => (remember && form.unsaved.length ? void form.submit() : close(remember ? "same" : "not-kept"));
  const said = failure && refusal(failure);
  return (
    <Dialog title={texts.title} close={() => close()} wide>
      <Restored form={form} />
      <Conflict form={form} label={() => texts.title} show={(_, value) => (value as string[]).map(name).join(", ")} />
      <Read data={reference}>
        {(places) => (
          <>
            <Shortcuts places={places} wanted={wanted} set={set} />
            <div class="two">
              <div>
                <Chips places={places} wanted={wanted} set={set} />
                <List places={places} wanted={wanted} set={set} />
              </div>
              <PlaceMap names={new Map(places.map(({ code, name: shown }) => [code, shown]))} wanted={wanted} set={set} />
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
        {said && (
          <Banner tone="failure" title={said.title} alert>
            <p>{said.text}</p>
          </Banner>
        )}
        {form.unsaved.length > 0 && <p class="unsaved">{texts.unsaved}</p>}
        <p class="buttons">
          <button type="button" onClick={validate} aria-disabled={busy ? "true" : undefined}>
            {busy ? common.saving : texts.validate}
          </button>
          <button type="button" class="second" onClick={() => close()}>
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

/** Shows what is chosen; pressing one takes it off, and the focus goes to the next. */
function Chips({ places, wanted, set }: ChoiceProps) {
  const box = useRef<HTMLUListElement>(null);
  const chosen = places.filter(({ code }) => wanted.has(code));
  const take = (code: string, index: number) => {
    set([code], false);
    requestAnimationFrame(() => {
      const left = box.current?.querySelectorAll("button");
      (left?.[Math.min(index, left.length - 1)] ?? box.current)?.focus();
    });
  };
  return (
    <ul ref={box} class="chips few" aria-label={texts.wanted} tabIndex={-1}>
      {chosen.map(({ code, name }, index) => (
        <li key={code}>
          <button type="button" class="chip" aria-label={texts.take(name)} onClick={() => take(code, index)}>
            {name} <span aria-hidden="true">×</span>
          </button>
        </li>
      ))}
    </ul>
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
const LAST = [texts.overseas, "Collectivités d’outre-mer", texts.others];

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
