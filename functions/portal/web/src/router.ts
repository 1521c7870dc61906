// Sections by their addresses. Leaving one with something unsaved asks first, whichever way one leaves.

import { useEffect, useState } from "preact/hooks";

type Listener = () => void;
const listeners = new Set<Listener>();

/** Unsaved things, each with the way to give it up; without one nothing of it is kept in the tab. */
const held = new Map<object, (() => void) | null>();

/** Asks whether to give up what is unsaved. Set by the shell, which can show a dialog. */
export const leaving = {
  ask: (_signOut: boolean): Promise<boolean> => Promise.resolve(true),
  /** True while what was typed is kept elsewhere, so that the browser need not ask. */
  free: false,
};

const here = (): string => location.pathname + location.search;
let at = here();

/** The number of an entry of the history among those of this page. What else an entry keeps is others' (place.ts). */
const entryOf = (state: unknown): number | null => (state as { entry?: number } | null)?.entry ?? null;
let entry = entryOf(history.state) ?? 0;
const numbered = (number: number): object => ({ ...(history.state as object | null), entry: number });
history.replaceState(numbered(entry), "");

/** Calls whenever the address has changed; returns how to stop it. */
export function onAddress(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Returns the path, and draws anew when it changes. */
export function usePath(): string {
  const [path, set] = useState(location.pathname);
  useEffect(() => onAddress(() => set(location.pathname)), []);
  return path;
}

function changed(): void {
  at = here();
  for (const listener of [...listeners]) listener();
}

/** Holds the page back from being left for as long as something of this owner is unsaved. */
export function hold(owner: object, giveUp: (() => void) | null): void {
  held.set(owner, giveUp);
}

export function release(owner: object): void {
  held.delete(owner);
}

/** Number of things that were pressed and are not done yet. The page goes on with them wherever one goes within it. */
let running = 0;

/** Has the browser, and signing out, ask for as long as something that was pressed is not done. */
export async function working<T>(work: Promise<T>): Promise<T> {
  running += 1;
  try {
    return await work;
  } finally {
    running -= 1;
  }
}

/** Returns true while something would be given up by leaving the page. */
export const isHeld = (): boolean => held.size + running > 0;

let asking = false;

/** Asks, and returns the answer. Whoever is asked already is not asked again, and stays. */
export async function asked(signOut = false): Promise<boolean> {
  if (asking) return false;
  asking = true;
  return leaving.ask(signOut).finally(() => (asking = false));
}

/** Returns true if one may go on: nothing is unsaved, or it is given up now. */
export async function mayLeave(): Promise<boolean> {
  if (held.size && !(await asked())) return false;
  leaveFreely();
  return true;
}

/** Goes to a path of the page. Returns false where one stays. */
export async function go(path: string, replace = false): Promise<boolean> {
  if (path === at) return true;
  if (!(await mayLeave())) return false;
  if (!replace) entry += 1;
  if (replace) history.replaceState({ entry }, "", path);
  else history.pushState({ entry }, "", path);
  changed();
  if (!replace) scrollTo(0, 0);
  return true;
}

/** Gives what is shown another address. */
export function rename(path: string): void {
  history.replaceState(numbered(entry), "", path);
  at = here();
}

/** A move through the history that this page makes itself. */
let travelled: (() => void) | null = null;

function travel(steps: number): Promise<void> {
  return new Promise((resolve) => {
    travelled = resolve;
    history.go(steps);
  });
}

window.addEventListener("popstate", async () => {
  const arrived = entryOf(history.state);
  // A fragment is a new entry within the section.
  if (arrived === null) history.replaceState(numbered(entry + 1), "");
  const steps = (arrived ?? entry + 1) - entry;
  const within = here() === at;
  if (travelled || within || !held.size) {
    entry += steps;
    if (!within) changed();
    travelled?.();
    travelled = null;
    return;
  }
  // One is where one was while one is asked: the history stays as it is.
  entry += steps;
  await travel(-steps);
  if (await mayLeave()) await travel(steps);
});

window.addEventListener("beforeunload", (event) => {
  if (isHeld() && !leaving.free) event.preventDefault();
});

/** Gives up all that is unsaved. */
export function leaveFreely(): void {
  for (const giveUp of [...held.values()]) giveUp?.();
  held.clear();
}

/** Returns true while something is unsaved that a new sign-in does not bring back. */
export const isLost = (): boolean => [...held.values()].includes(null);

/** Holds a section back from being left while something in it is under way, or is kept nowhere else. */
export function useUnsaved(is: boolean): void {
  useEffect(() => {
    if (!is) return;
    const owner = {};
    hold(owner, null);
    return () => release(owner);
  }, [is]);
}
