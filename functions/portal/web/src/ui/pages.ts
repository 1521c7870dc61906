// Lists that are read page by page. A page that comes is added to what is there by then; what belongs to another search is dropped.

import { useEffect, useReducer, useRef } from "preact/hooks";

import type { Refused } from "../api/client";
import { keepPlace, place, restorePlace } from "../place";
import { refused } from "./data";

interface Page<T> {
  items: T[];
  cursor?: string | null;
}

export interface Pages<T> {
  /** Entries that are there; undefined until something is, or until it is known that nothing is. */
  value: T[] | undefined;
  error: Refused | undefined;
  loading: boolean;
  loadingMore: boolean;
  more: (() => void) | null;
  reload: () => void;
  set: (change: (before: T[]) => T[]) => void;
}

interface List<T> {
  key: string;
  read: (cursor: string | null, limit: number) => Promise<Page<T>>;
  items: T[];
  /** Entries that are shown until the first ones of a new reading are there. */
  before?: T[];
  cursor: string | null;
  complete: boolean;
  busy: boolean;
  error?: Refused;
}

/** Entries that are added at once, where a list does not say another number. */
const STEP = 20;
/** Most that one answer holds. */
const LIMIT = 100;

/** Reads a list page by page, as far as this entry of the history had shown it. `read` may depend on nothing that `key` does not name. */
export function usePages<T>(read: List<T>["read"], key: string, step = STEP): Pages<T> {
  const [, draw] = useReducer((turn: number, _: void) => turn + 1, 0);
  const latest = useRef<List<T> | null>(null);
  const gone = useRef(false);
  const restored = useRef<ReturnType<typeof restorePlace>>(null!);
  restored.current ??= restorePlace();
  const begin = (before?: T[]): List<T> => (latest.current = { key, read, items: [], before, cursor: null, complete: false, busy: false });
  const list = latest.current?.key === key ? latest.current : begin();

  const fill = async (mine: List<T>, wanted: number): Promise<void> => {
    if (mine.busy || mine.complete) return;
    mine.busy = true;
    mine.error = undefined;
    const isShown = () => latest.current === mine && !gone.current;
    draw();
    try {
      // A page may be empty and yet not the last.
      do {
        const page = await mine.read(mine.cursor, Math.min(LIMIT, Math.max(step, wanted - mine.items.length)));
        mine.items = [...mine.items, ...page.items];
        mine.cursor = page.cursor ?? null;
        mine.complete = !mine.cursor;
        if (!isShown()) return;
        draw();
      } while (!mine.complete && mine.items.length < wanted);
      keepPlace({ shown: { ...place().shown, [mine.key]: mine.items.length } });
    } catch (error) {
      mine.error = refused(error);
    } finally {
      mine.busy = false;
      if (isShown()) draw();
    }
  };
  useEffect(() => void fill(list, Math.max(step, place().shown?.[key] ?? 0)).then(() => requestAnimationFrame(() => restored.current(true))), [key]);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
      restored.current(false);
    };
  }, []);

  const value = list.items.length > 0 || list.complete ? list.items : list.before;
  return {
    value,
    error: list.error,
    loading: list.busy || (!value && !list.error),
    loadingMore: list.busy && value !== undefined,
    more: !list.complete && !list.busy ? () => void fill(list, list.items.length + step) : null,
    reload: () => void fill(begin(value), Math.max(step, value?.length ?? 0)),
    set: (change) => {
      list.items = change(list.items);
      list.before &&= change(list.before);
      draw();
    },
  };
}
