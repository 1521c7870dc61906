// Sections by their addresses. Leaving one with something unsaved asks first.

import { useEffect, useState } from "preact/hooks";

type Listener = () => void;
const listeners = new Set<Listener>();
let unsaved = 0;
let at = location.pathname;

/** Asks whether to leave what is unsaved. Set by the shell, which can show a dialog. */
export const leaving = { ask: (): Promise<boolean> => Promise.resolve(true) };

/** Returns the path, and draws anew when it changes. */
export function usePath(): string {
  const [path, set] = useState(location.pathname);
  useEffect(() => {
    const listener = () => set(location.pathname);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return path;
}

function changed(): void {
  at = location.pathname;
  for (const listener of [...listeners]) listener();
}

/** Goes to a path of the page. */
export async function go(path: string, replace = false): Promise<void> {
  if (path === location.pathname + location.search) return;
  if (unsaved > 0 && !(await leaving.ask())) return;
  unsaved = 0;
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  changed();
  if (!replace) scrollTo(0, 0);
}

window.addEventListener("popstate", async () => {
  if (unsaved > 0) {
    const wanted = location.pathname + location.search;
    history.pushState(null, "", at);
    if (!(await leaving.ask())) return;
    unsaved = 0;
    history.replaceState(null, "", wanted);
  }
  changed();
});

window.addEventListener("beforeunload", (event) => {
  if (unsaved > 0) event.preventDefault();
});

/** Leaves without asking: what was typed is kept elsewhere. */
export function leaveFreely(): void {
  unsaved = 0;
}

/** Holds a section back from being left while something in it is unsaved. */
export function useUnsaved(is: boolean): void {
  useEffect(() => {
    if (!is) return;
    unsaved += 1;
    return () => {
      unsaved = Math.max(0, unsaved - 1);
    };
  }, [is]);
}
