// Drafts: typed text is kept in the tab while the sign-in is renewed, so that an expired sign-in loses nothing.

import { useEffect } from "preact/hooks";

import { tab } from "./tab";

const PREFIX = "vigie.draft.";
const typed = new Map<string, () => unknown>();

/** Names what is typed in a form, for as long as it is unsaved. */
export function useDraft(key: string, value: unknown, dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    typed.set(key, () => value);
    return () => void typed.delete(key);
  });
}

/** Keeps all that is typed, before the page is left for the issuer. */
export function keepDrafts(): void {
  for (const [key, value] of typed) tab.set(PREFIX + key, JSON.stringify(value()));
}

/** Returns what was kept of a form, once. */
export function takeDraft<T>(key: string): T | null {
  const kept = tab.get(PREFIX + key);
  tab.remove(PREFIX + key);
  return kept ? (JSON.parse(kept) as T) : null;
}
