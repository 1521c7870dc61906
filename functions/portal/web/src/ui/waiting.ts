// The number of things that wait for whoever administers, as the menu says it.

import { useEffect, useState } from "preact/hooks";

import { call, type Schemas } from "../api/client";

/** Time after which it is asked for, so that it stands before nothing that a section shows. */
const LATER = 1500;

let tell: (said: string) => void = () => {};
/** True once the section that lists them has said it. */
let told = false;

/** Has the menu say how many wait: « 3 », « 50+ ». */
export function tellWaiting(kinds: Schemas["TodosOfAKind"][]): void {
  told = true;
  const count = kinds.reduce((sum, kind) => sum + kind.count, 0);
  tell(count ? `${count}${kinds.some(({ more }) => more) ? "+" : ""}` : "");
}

/** Returns how many wait in an entity and below; nothing without one. */
export function useWaiting(entity: string | null): string {
  const [said, set] = useState("");
  useEffect(() => {
    tell = set;
    told = false;
    if (!entity) return;
    const later = setTimeout(() => {
      if (told) return;
      // The menu goes without a number where it cannot be read.
      call("get", "/v1/entities/{id}/todo", { path: { id: entity }, query: { limit: 1 } }).then(({ data }) => tellWaiting(data.items), () => {});
    }, LATER);
    return () => clearTimeout(later);
  }, [entity]);
  return said;
}
