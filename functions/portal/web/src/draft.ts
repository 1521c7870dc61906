// Drafts: what is typed and not saved is kept in this tab, through a reload and a new sign-in. Never longer: machines are shared.

import { tab } from "./tab";

const PREFIX = "vigie.unsaved.";

/** Text typed in a field, and the text that was saved in it then. */
export type Draft = Record<string, { was: unknown; is: unknown }>;

export const drafts = {
  /** Keeps what is unsaved in a form; nothing, once nothing is. */
  keep(form: string, draft: Draft): void {
    if (Object.keys(draft).length) tab.set(PREFIX + form, JSON.stringify(draft));
    else tab.remove(PREFIX + form);
  },
  /** Returns what is unsaved in a form. */
  of(form: string): Draft {
    return JSON.parse(tab.get(PREFIX + form) ?? "{}") as Draft;
  },
  has: (form: string): boolean => tab.get(PREFIX + form) !== null,
  /** Returns true if anything is unsaved anywhere. */
  any: (): boolean => tab.keys().some((key) => key.startsWith(PREFIX)),
  forget(): void {
    for (const key of tab.keys()) if (key.startsWith(PREFIX)) tab.remove(key);
  },
};
