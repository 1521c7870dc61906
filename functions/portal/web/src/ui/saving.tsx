// What every form says of what it saves: beside its button, of somebody else's changes, of what has come back.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

import type { Form } from "../form";
import { arrival } from "../session";
import { refusal, texts } from "../texts/common";
import { Banner } from "./parts";

interface SaveBarProps<V extends object> {
  form: Form<V>;
  label?: string;
  /** True if saving leaves nothing behind here, as an invitation that goes. */
  sends?: boolean;
  children?: ComponentChildren;
}

/** The button that saves, and beside it what is unsaved, what came of it and what happens next. In sight for as long as it has something to say. */
export function SaveBar<V extends object>({ form, label = texts.save, sends, children }: SaveBarProps<V>) {
  const id = useId();
  const { busy, failure, savedAt, next, unsaved, cancel } = form;
  const said = failure && refusal(failure);
  const told = unsaved.length > 0 || savedAt > 0 || next !== "" || failure;
  return (
    <div class={told ? "save told" : "save"}>
      {said && (
        <Banner tone="failure" title={said.title} alert>
          <p>{said.text}</p>
        </Banner>
      )}
      <button type="submit" aria-disabled={busy ? "true" : undefined} aria-describedby={id}>
        {busy ? texts.saving : label}
      </button>
      {children ??
        (unsaved.length > 0 && !busy && (
          <button type="button" class="second" onClick={cancel}>
            {texts.cancel}
          </button>
        ))}
      <p class="state" id={id}>
        {unsaved.length > 0 ? <span class="unsaved">{texts.changes(unsaved.length)}</span> : savedAt > 0 && !sends && <span class="saved">{form.savedText}</span>}
        {next && <span class={sends ? "saved" : "next"}>{next}</span>}
      </p>
    </div>
  );
}

/** Shows what somebody else changed meanwhile, field by field; what is typed stays until one says otherwise. */
export function Conflict<V extends object>({ form, title = texts.conflictTitle, label, show }: { form: Form<V>; title?: string; label: (name: keyof V & string) => string; show: (name: keyof V & string, value: unknown) => string }) {
  const { changes, values, pressed } = form;
  const box = useRef<HTMLDivElement>(null);
  const there = changes.length > 0;
  useEffect(() => {
    if (there) box.current?.focus();
  }, [there, pressed]);
  if (!there) return null;
  const clashes = changes.some((change) => change.clashes);
  return (
    <div ref={box} tabIndex={-1}>
      <Banner tone="warning" title={title} alert>
        <p>{clashes ? texts.conflictText : texts.conflictNone}</p>
        <div class="scroll" tabIndex={0} role="group" aria-label={title}>
          <table aria-label={title}>
            <thead>
              <tr>
                <th scope="col">{texts.conflictField}</th>
                <th scope="col">{texts.conflictMine}</th>
                <th scope="col">{texts.conflictTheirs}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ name, theirs, clashes: both }) => (
                <tr key={name}>
                  <th scope="row">{label(name)}</th>
                  <td>{both ? show(name, values[name]) || texts.empty : texts.untouched}</td>
                  <td>{show(name, theirs) || texts.empty}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {clashes && (
          <p class="buttons">
            <button type="button" onClick={form.insist}>
              {texts.keepMine}
            </button>
            <button type="button" class="second" onClick={form.yield}>
              {texts.takeTheirs}
            </button>
          </p>
        )}
      </Banner>
    </div>
  );
}

/** Tells that what was typed before the page was loaded is there again. */
export function Restored<V extends object>({ form }: { form: Form<V> }) {
  return form.restored ? <Banner title={arrival.signedIn ? texts.restored : texts.restoredHere} /> : null;
}
