// The filters of a view, in its address: Back, a reload and a copied address show the same.

import { useEffect, useState } from "preact/hooks";

import { onAddress, rename } from "./router";

/** Returns the address's query and how to change it: what is empty goes. Draws anew when the address changes. */
export function useQuery(): [URLSearchParams, (changes: Record<string, string>) => void] {
  const [search, set] = useState(location.search);
  useEffect(() => onAddress(() => set(location.search)), []);
  const change = (changes: Record<string, string>) => {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    rename(query.size ? `${location.pathname}?${query}` : location.pathname);
    set(location.search);
  };
  return [new URLSearchParams(search), change];
}
