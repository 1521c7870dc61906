// Stars as they were pressed: one store for every list and view. Each row is for itself: it shows what was wanted at once, sends one request
// after the other, and says what failed. What a page says that was asked for before that does not count.

import { useEffect, useReducer } from "preact/hooks";

import { call, type Refused, type Schemas } from "./api/client";
import { working } from "./router";
import { texts } from "./texts/favourites";
import { refused } from "./ui/data";
import { announce } from "./ui/live";

/** A consultation, starred or not, as it was read. */
export interface Row {
  id: string;
  reference: string;
  title: string;
  entity: string;
  phase: Schemas["Phase"];
  deadline: string | null;
  /** The buyer's own, overseas. */
  zone: string | null;
  starred: boolean;
  automatic: Schemas["Rule"] | null;
  calendar: string | null;
  /** When it was asked for. */
  readAt: number;
}

/** A star as it is shown. */
export interface Shown {
  on: boolean;
  automatic: Schemas["Rule"] | null;
  /** Failure of the last press, if it failed. */
  error?: Refused;
}

interface Pressed {
  row: Row;
  /** Wanted. */
  on: boolean;
  /** As the service has it. */
  was: boolean;
  automatic: Schemas["Rule"] | null;
  busy: boolean;
  error?: Refused;
  /** Answers to earlier requests do not know of it: the list of favourites comes from an index that may lag. */
  until: number;
}

/** Time for which the index of favourites may lag, in milliseconds. */
const LAG = 3000;
/** Requests at once. */
const LANES = 6;

const pressed = new Map<string, Pressed>();
const removed = new Map<string, Row>();
const listeners = new Set<() => void>();
const waiting: (() => void)[] = [];
let lanes = LANES;

const tell = (): void => [...listeners].forEach((listener) => listener());
const keyOf = (account: string, id: string): string => `${account}/${id}`;

async function inLane(act: () => Promise<unknown>): Promise<void> {
  if (lanes > 0) lanes -= 1;
  else await new Promise<void>((go) => waiting.push(go));
  try {
    await act();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else lanes += 1;
  }
}

function inForce(account: string, row: Row): Pressed | undefined {
  const found = pressed.get(keyOf(account, row.id));
  return found && (found.busy || found.until > row.readAt) ? found : undefined;
}

function shown(account: string, row: Row): Shown {
  const found = inForce(account, row);
  // One that failed out of sight is told once it is in sight.
  if (!found) return { on: row.starred, automatic: row.starred ? row.automatic : null, error: pressed.get(keyOf(account, row.id))?.error };
  return { on: found.on, automatic: found.on ? found.automatic : null, error: found.error };
}

async function send(account: string, mine: Pressed): Promise<void> {
  mine.busy = true;
  const path = { id: account, consultationId: mine.row.id };
  const key = keyOf(account, mine.row.id);
  try {
    while (mine.was !== mine.on) {
      const wanted = mine.on;
      await inLane(() => call(wanted ? "put" : "delete", "/v1/accounts/{id}/favourites/{consultationId}", { path }));
      mine.was = wanted;
      if (!wanted) mine.automatic = null;
    }
  } catch (error) {
    // Pressed back meanwhile: then it is as wanted.
    if (mine.on !== mine.was) mine.error = refused(error);
    mine.on = mine.was;
    if (mine.on) removed.delete(key);
    tell();
  } finally {
    mine.busy = false;
    mine.until = Date.now() + LAG;
  }
}

function press(account: string, row: Row, on: boolean): void {
  const key = keyOf(account, row.id);
  const before = shown(account, row);
  const mine = inForce(account, row) ?? { row, on: before.on, was: before.on, automatic: before.automatic, busy: false, until: 0 };
  pressed.set(key, mine);
  mine.on = on;
  mine.error = undefined;
  if (on) removed.delete(key);
  else removed.set(key, row);
  if (!mine.busy) void working(send(account, mine));
}

/** The stars of an account; draws anew when one changes. */
export function useStars(account: string) {
  const [, draw] = useReducer((turn: number, _: void) => turn + 1, 0);
  useEffect(() => {
    const listener = () => draw();
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  const mine = (key: string) => key.startsWith(`${account}/`);
  const takenAway = [...removed].filter(([key]) => mine(key)).map(([, row]) => row);
  return {
    shown: (row: Row): Shown => shown(account, row),
    /** Gives one or takes it, whichever it is not by now. */
    press: (row: Row): void => {
      const on = !shown(account, row).on;
      press(account, row, on);
      tell();
      announce(on ? texts.starOn : texts.starOff);
    },
    /** Takes several. */
    unstar: (rows: Row[]): void => {
      for (const row of rows) press(account, row, false);
      tell();
      announce(texts.removed(rows.length));
    },
    /** Stars that were taken and can be given back. */
    removed: takenAway,
    /** Gives back all that was taken. */
    undo: (): void => {
      for (const row of takenAway) press(account, row, true);
      tell();
      announce(texts.undone);
    },
    /** Forgets what could be given back, and failures that were told. */
    forget: (): void => {
      for (const key of [...removed.keys()].filter(mine)) removed.delete(key);
      for (const [key, each] of pressed) if (mine(key)) each.error = undefined;
      tell();
    },
  };
}

interface Told {
  consultationId: string;
  reference: string;
  title: string;
  entity: { name: string };
  phase: Schemas["Phase"];
  submissionDeadline?: string | null;
  timeZone?: string | null;
  automatic?: Schemas["Rule"] | null;
  calendar?: string | null;
}

/** Returns what the API says of a consultation as a row. */
export const rowOf = (told: Told, starred: boolean, readAt: number): Row => ({
  id: told.consultationId,
  reference: told.reference,
  title: told.title,
  entity: told.entity.name,
  phase: told.phase,
  deadline: told.submissionDeadline ?? null,
  zone: told.timeZone ?? null,
  starred,
  automatic: told.automatic ?? null,
  calendar: told.calendar ?? null,
  readAt,
});
