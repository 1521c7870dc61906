// Reading from the API: loading, there, or refused.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { Refused } from "../api/client";

export interface Data<T> {
  value: T | undefined;
  error: Refused | undefined;
  loading: boolean;
  reload: () => void;
  set: (value: T) => void;
}

/** Reads when it is first drawn and whenever `key` changes. */
export function useData<T>(read: () => Promise<T>, key: string): Data<T> {
  const [state, set] = useState<{ value?: T; error?: Refused; loading: boolean; key: string }>({ loading: true, key });
  const latest = useRef(read);
  latest.current = read;
  const turn = useRef(0);
  const load = useCallback(() => {
    const mine = ++turn.current;
    set((before) => ({ ...(before.key === key ? before : {}), loading: true, error: undefined, key }));
    latest.current().then(
      (value) => mine === turn.current && set({ value, loading: false, key }),
      (error: unknown) => mine === turn.current && set((before) => ({ ...before, error: refused(error), loading: false })),
    );
  }, [key]);
  useEffect(load, [load]);
  const fresh = state.key === key;
  return {
    value: fresh ? state.value : undefined,
    error: fresh ? state.error : undefined,
    loading: state.loading || !fresh,
    reload: load,
    set: (value) => {
      turn.current += 1;
      set({ value, loading: false, key });
    },
  };
}

/** An error as a refusal; what is none of the API's is rethrown where somebody sees it. */
export function refused(error: unknown): Refused {
  if (error instanceof Refused) return error;
  console.error(error);
  return new Refused(500, "internal");
}
