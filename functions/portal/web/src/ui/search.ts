// A search of a list, as one types, in the view's address.

import { useEffect, useRef, useState } from "preact/hooks";

import type { useQuery } from "../query";
import { texts } from "../texts/favourites";

/** While somebody types, in milliseconds. */
const PAUSE = 300;
/** Longest search that the API takes, in characters. */
const LONGEST = 200;

/** Returns true if people or things can be looked for by these words: one has two letters or digits. */
export const isSought = (words: string): boolean => /[\p{L}\p{N}]{2}/u.test(words);

type Query = ReturnType<typeof useQuery>;

/** Returns what is sought, and the field that it is typed in. */
export function useSearch(query: Query[0], change: Query[1]) {
  const q = query.get("q") ?? "";
  const [typed, setTyped] = useState(q);
  const ours = useRef(q);
  const wanted = typed.trim();
  const long = [...wanted].length;
  useEffect(() => {
    if (long > LONGEST || wanted === ours.current) return;
    const timer = setTimeout(() => {
      ours.current = wanted;
      change({ q: wanted });
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [wanted]);
  useEffect(() => {
    // Back, or another address: not what is being typed.
    if (q === ours.current) return;
    ours.current = q;
    setTyped(q);
  }, [q]);
  return {
    // An address may hold what the service takes none of.
    sought: [...q].length > LONGEST ? "" : q,
    field: { name: "q", type: "search" as const, required: true, value: typed, change: setTyped, error: long > LONGEST ? texts.tooLong(long, LONGEST) : undefined },
  };
}
