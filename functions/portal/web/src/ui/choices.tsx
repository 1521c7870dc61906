// The choice of alerts, an agent's own or what is proposed to new ones: kinds and rules side by side, each saved or not by itself.

import type { Schemas } from "../api/client";
import { kinds, modes, rules, shortKinds, texts } from "../texts/alerts";

type Choices = Schemas["Alerts"];
type Kind = keyof Choices["kinds"];
export type Rule = keyof Choices["automaticFavourites"];
type Mode = Schemas["Mode"];
export type Values = Choices["kinds"] & Choices["automaticFavourites"];

const KINDS = Object.keys(kinds) as (Kind & string)[];
export const RULES = Object.keys(rules) as (Rule & string)[];
const MODES: Mode[] = ["immediate", "daily", "off"];

/** Returns true where a kind can be had in a mode: a closing is told on its day. */
const offered = (kind: Kind, mode: Mode): boolean => kind !== "consultationClosed" || mode !== "daily";

const picked = <T extends object, K extends keyof T>(values: T, names: K[]): Pick<T, K> => Object.fromEntries(names.map((name) => [name, values[name]])) as Pick<T, K>;

export const asValues = (alerts: Choices): Values => ({ ...alerts.kinds, ...alerts.automaticFavourites });
export const asAlerts = (values: Values): Choices => ({ kinds: picked(values, KINDS), automaticFavourites: picked(values, RULES) });

/** Returns the name of a choice in few words. */
export const nameOf = (name: keyof Values): string => (name in kinds ? shortKinds[name as Kind] : rules[name as Rule]);
/** Returns a chosen value in words. */
export const shown = (value: unknown): string => (typeof value === "string" ? modes[value as Mode] : value ? texts.yes : texts.no);

export function KindChoices({ values, set }: { values: Values; set: (typed: Partial<Values>) => void }) {
  const all = (mode: Mode) => set(Object.fromEntries(KINDS.filter((kind) => offered(kind, mode)).map((kind) => [kind, mode])));
  return (
    <div class="choices">
      <p class="choices-head">
        <span class="choices-all">
          <button type="button" class="second small" onClick={() => all("immediate")}>
            {texts.allImmediate}
          </button>
          <button type="button" class="second small" onClick={() => all("daily")}>
            {texts.allDaily}
          </button>
        </span>
        {MODES.map((mode) => (
          <span key={mode} class="choices-mode" aria-hidden="true">
            {modes[mode]}
          </span>
        ))}
      </p>
      {KINDS.map((kind) => (
        <fieldset class="choice" key={kind}>
          <legend>{kinds[kind]}</legend>
          {MODES.map((mode) =>
            offered(kind, mode) ? (
              <label key={mode}>
                <input type="radio" name={kind} value={mode} checked={values[kind] === mode} onChange={() => set({ [kind]: mode })} />
                <span>{modes[mode]}</span>
              </label>
            ) : (
              <span key={mode} class="never" aria-hidden="true">
                –
              </span>
            ),
          )}
        </fieldset>
      ))}
    </div>
  );
}
