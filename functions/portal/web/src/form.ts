// The one way of saving. A form holds what is saved, what is typed over it and what became of the last try; what is typed stays until it is
// saved or given up, whatever happens meanwhile.

import { useEffect, useReducer, useRef } from "preact/hooks";

import { useOwner } from "./account";
import { Refused } from "./api/client";
import { clock } from "./dates";
import { drafts } from "./draft";
import { asked, hold, release } from "./router";
import { texts } from "./texts/common";
import { refused } from "./ui/data";
import { announce } from "./ui/live";

export type Errors = Record<string, string>;

/** Saved values, and their version. */
export interface Saved<V> {
  values: V;
  version?: string | null;
  /** Next step, told beside the button. */
  next?: string;
  /** Done once the form has taken it over. */
  after?: () => void;
}

/** A form in the terms of what it saves. */
export interface Plan<V> {
  name: string;
  values: V;
  version?: string | null;
  /** Sends what is wanted; `changed` names what differs from what was saved. */
  save: (wanted: V, version: string | null, changed: Name<V>[]) => Promise<Saved<V>>;
  /** Reads what is saved now, where somebody else may change it. */
  read?: () => Promise<Saved<V>>;
  /** Returns what is wrong before anything is sent. */
  check?: (wanted: V) => Errors;
  /** Returns what is wrong in the fields' words; nothing where the refusal is about none. */
  explain?: (error: Refused, sent: V) => Errors | undefined;
}

/** A field that somebody else changed meanwhile. */
export interface Change<V> {
  name: Name<V>;
  theirs: unknown;
  /** The value that it was typed over. */
  was: unknown;
  /** True if it was changed here too. */
  clashes: boolean;
}

type Name<V> = keyof V & string;

/** The longest time between the presses of a double click, in milliseconds. */
const DOUBLE = 600;
/** Times that a save is tried anew where nothing that is shown has changed. */
const TURNS = 3;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export class Form<V extends object> {
  values: V;
  errors: Errors = {};
  failure: Refused | undefined;
  busy = false;
  /** When it was last saved, in milliseconds; 0 if it was not. */
  savedAt = 0;
  /** Next step. */
  next = "";
  /** True if what is typed was typed before the page was loaded. */
  restored = false;
  /** Changes that somebody else made since it was read. */
  changes: Change<V>[] = [];
  /** Times that it was to be saved though one has not chosen between theirs and one's own. */
  pressed = 0;
  element: HTMLFormElement | null = null;
  /** True once it is no longer drawn: a save that is on its way ends unseen. */
  gone = false;
  private base: V;
  private version: string | null;

  constructor(
    private plan: Plan<V>,
    private readonly key: string,
    private readonly draw: () => void,
  ) {
    this.base = plan.values;
    this.values = { ...plan.values };
    this.version = plan.version ?? null;
    const draft = drafts.of(key);
    for (const name of this.names) {
      const kept = draft[name];
      if (!kept || same(kept.is, this.base[name])) continue;
      this.restored = true;
      this.values[name] = kept.is as V[typeof name];
      // Somebody may have changed it in between.
      if (!same(kept.was, this.base[name])) this.changes.push({ name, theirs: this.base[name], was: kept.was, clashes: true });
    }
    this.keep();
  }

  private get names(): Name<V>[] {
    return Object.keys(this.base) as Name<V>[];
  }

  /** Names the fields that are not saved as they are. */
  get unsaved(): Name<V>[] {
    return this.names.filter((name) => !same(this.values[name], this.base[name]));
  }

  /** Returns a field's part of it. */
  field<N extends Name<V>>(name: N) {
    const change = (value: V[N]) => this.set({ [name]: value } as unknown as Partial<V>);
    return { name, value: this.values[name], error: this.errors[name], change };
  }

  set(typed: Partial<V>): void {
    this.values = { ...this.values, ...typed };
    for (const name of Object.keys(typed)) delete this.errors[name];
    this.next = "";
    this.changed();
  }

  /** Puts what is saved back. */
  readonly cancel = (): void => {
    this.values = { ...this.base };
    this.errors = {};
    this.failure = undefined;
    this.changes = [];
    this.restored = false;
    this.changed();
  };

  /** Asks before what is typed is given up; true if one may go on. What is being saved is seen to its end. */
  async leave(): Promise<boolean> {
    if (this.busy) return false;
    if (this.unsaved.length && !(await asked())) return false;
    this.cancel();
    return true;
  }

  /** Takes the plan of a new drawing. */
  follow(plan: Plan<V>): void {
    this.plan = plan;
  }

  /** Meets what was read anew as if it had come with a refusal. */
  readAnew({ values, version }: Saved<V>): void {
    if (same(values, this.base)) this.version = version ?? null;
    else this.changes = this.meet({ values, version }).filter(({ clashes }) => clashes);
    this.changed();
  }

  /** Takes theirs where both sides changed. */
  readonly yield = (): void => {
    const theirs = this.changes.filter(({ clashes }) => clashes).map(({ name }) => [name, this.base[name]]);
    this.changes = [];
    this.set(Object.fromEntries(theirs) as Partial<V>);
    this.focusSave();
  };

  /** Stays with what is typed. */
  readonly insist = (): void => {
    this.changes = [];
    this.changed();
    this.focusSave();
  };

  readonly submit = async (event?: Event): Promise<void> => {
    event?.preventDefault();
    if (this.busy || (!this.unsaved.length && Date.now() - this.savedAt < DOUBLE)) return;
    this.failure = undefined;
    this.next = "";
    this.errors = this.plan.check?.(this.values) ?? {};
    if (Object.keys(this.errors).length) return this.wrong(this.errors);
    if (this.changes.some(({ clashes }) => clashes)) {
      this.pressed += 1;
      announce(texts.conflictTitle);
      return this.changed();
    }
    if (!this.unsaved.length) {
      this.next = texts.nothingToSave;
      announce(this.next);
      return this.changed();
    }
    this.busy = true;
    this.changes = [];
    this.changed();
    try {
      await this.send(TURNS);
    } finally {
      this.busy = false;
      this.changed();
    }
  };

  private async send(turns: number): Promise<void> {
    const sent = this.values;
    try {
      this.took(sent, await this.plan.save(sent, this.version, this.unsaved));
    } catch (problem) {
      const error = refused(problem);
      if (error.status === 412 && this.plan.read) return this.reread(this.plan.read, turns);
      const told = Object.entries(this.plan.explain?.(error, sent) ?? {});
      const seen = told.filter(([name]) => this.element?.elements.namedItem(name));
      if (seen.length) this.wrong(Object.fromEntries(seen));
      // What no field here tells is told beside the button.
      if (seen.length < told.length || !told.length) this.failure = error;
    }
  }

  private async reread(read: () => Promise<Saved<V>>, turns: number): Promise<void> {
    let now;
    try {
      now = await read();
    } catch (problem) {
      this.failure = refused(problem);
      return;
    }
    this.changes = this.meet(now);
    now.after?.();
    if (this.changes.length) return announce(texts.conflictTitle);
    // Nothing that is shown has changed, or what was wanted is saved already: its answer was lost.
    if (!this.unsaved.length) this.took(this.values, now);
    else if (turns > 0) await this.send(turns - 1);
    else this.failure = new Refused(409, "conflict");
  }

  /** Takes over what is saved now, and keeps what was typed. Returns what somebody else changed. */
  private meet({ values, version }: Saved<V>): Change<V>[] {
    const changes: Change<V>[] = [];
    const next = { ...this.values };
    for (const name of this.names) {
      const theirs = values[name];
      if (same(theirs, this.values[name])) continue;
      if (same(theirs, this.base[name])) {
        // Nobody has chosen yet.
        changes.push(...this.changes.filter((change) => change.name === name && change.clashes));
        continue;
      }
      const clashes = !same(this.values[name], this.base[name]);
      if (!clashes) next[name] = theirs;
      changes.push({ name, theirs, was: this.over(name), clashes });
    }
    this.base = values;
    this.values = next;
    this.version = version ?? null;
    return changes;
  }

  /** Takes over what one saved in another way; what is typed stays unsaved. */
  take(saved: Saved<V>): void {
    this.settle(this.base, saved);
    this.changed();
  }

  /** Takes over what is saved; what is typed otherwise than what was sent stays. */
  private settle(sent: V, { values, version }: Saved<V>): void {
    const typed = this.gone ? [] : this.names.filter((name) => !same(this.values[name], sent[name]));
    this.values = { ...values, ...Object.fromEntries(typed.map((name) => [name, this.values[name]])) };
    this.base = values;
    this.version = version ?? null;
    this.changes = [];
  }

  /** Ends a save that was accepted. */
  private took(sent: V, saved: Saved<V>): void {
    const { next = "", after } = saved;
    this.settle(sent, saved);
    this.errors = {};
    this.restored = false;
    this.savedAt = Date.now();
    this.next = next;
    this.keep();
    announce(`${this.savedText} ${next}`);
    after?.();
  }

  /** « Enregistré à 14 h 05 ». */
  get savedText(): string {
    return texts.savedAt(clock(this.savedAt).replace(":", " h "));
  }

  private wrong(errors: Errors): void {
    this.errors = errors;
    this.changed();
    announce(texts.errorsCount(Object.keys(errors).length));
    requestAnimationFrame(() => this.element?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }

  private focusSave(): void {
    requestAnimationFrame(() => this.element?.querySelector<HTMLElement>("button[type=submit]")?.focus());
  }

  private changed(): void {
    this.keep();
    this.draw();
  }

  /** Returns the value that a field was typed over: until one has chosen, not what somebody else saved since. */
  private over(name: Name<V>): unknown {
    const clash = this.changes.find((change) => change.name === name && change.clashes);
    return clash ? clash.was : this.base[name];
  }

  private keep(): void {
    const unsaved = this.unsaved;
    if (this.gone) return;
    drafts.keep(this.key, Object.fromEntries(unsaved.map((name) => [name, { was: this.over(name), is: this.values[name] }])));
    if (unsaved.length) hold(this, this.cancel);
    else release(this);
  }
}

/** Names the draft of a form. */
const draftOf = (owner: string, name: string): string => `${owner}.${name}`;

/** Returns true if something of a form was typed and not saved. */
export function useDraft(name: string): boolean {
  return drafts.has(draftOf(useOwner(), name));
}

/** A form of the account that one acts for, or of a login without one. */
export function useForm<V extends object>(plan: Plan<V>): Form<V> {
  const owner = useOwner();
  const [, draw] = useReducer((turn: number) => turn + 1, 0);
  const ref = useRef<Form<V>>(undefined);
  ref.current ??= new Form(plan, draftOf(owner, plan.name), () => draw(undefined));
  const form = ref.current;
  form.follow(plan);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) form.readAnew({ values: plan.values, version: plan.version });
    first.current = false;
  }, [JSON.stringify([plan.values, plan.version])]);
  useEffect(
    () => () => {
      form.gone = true;
      release(form);
    },
    [],
  );
  return form;
}
