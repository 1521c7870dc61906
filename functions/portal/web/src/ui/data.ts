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

interface Page<T> {
  items: T[];
  cursor?: string | null;
}

export interface Pages<T> extends Data<T[]> {
  more: (() => void) | null;
  loadingMore: boolean;
}

/** Reads a list page by page. */
export function usePages<T>(read: (cursor: string | null) => Promise<Page<T>>, key: string): Pages<T> {
  const cursor = useRef<string | null>(null);
  const [loadingMore, setLoadingMore] = useState(false);
  const [failed, setFailed] = useState<Refused>();
  const first = useData<T[]>(async () => {
    setFailed(undefined);
    return filled([], null);
  }, key);
  // A page may be empty and yet not the last.
  async function filled(before: T[], from: string | null): Promise<T[]> {
    let items = before;
    let next = from;
    do {
      const page = await read(next);
      items = [...items, ...page.items];
      next = page.cursor ?? null;
    } while (next && items.length - before.length < 20);
    cursor.current = next;
    return items;
  }
  const more = async (): Promise<void> => {
    if (loadingMore || !cursor.current) return;
    setLoadingMore(true);
    setFailed(undefined);
    try {
      first.set(await filled(first.value ?? [], cursor.current));
    } catch (error) {
      setFailed(refused(error));
    } finally {
      setLoadingMore(false);
    }
  };
  return { ...first, error: first.error ?? failed, more: cursor.current && !first.loading ? () => void more() : null, loadingMore };
}
