// The parts that all sections are made of.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import type { Refused } from "../api/client";
import { go } from "../router";
import { refusal, texts } from "../texts/common";
import { announce } from "./live";

/** A link within the page. */
export function Link({ to, children, ...rest }: { to: string; children: ComponentChildren; class?: string; "aria-current"?: "page"; onClickCapture?: () => void }) {
  const follow = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void go(to);
  };
  return (
    <a href={to} onClick={follow} {...rest}>
      {children}
    </a>
  );
}

export type Tone = "info" | "success" | "warning" | "failure";

/** Something that concerns the whole section. */
export function Banner({ tone = "info", title, children, alert }: { tone?: Tone; title?: ComponentChildren; children?: ComponentChildren; alert?: boolean }) {
  return (
    <div class={`banner ${tone}`} role={alert ? "alert" : undefined}>
      {title && <p class="banner-title">{title}</p>}
      {children}
    </div>
  );
}

export function Loading({ what }: { what?: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {what ?? texts.loading}
    </p>
  );
}

export function Failure({ error, again }: { error: Refused; again?: () => void }) {
  const said = refusal(error);
  return (
    <Banner tone="failure" title={said.title} alert>
      <p>{said.text}</p>
      {again && (
        <p>
          <button type="button" class="second" onClick={again}>
            {texts.again}
          </button>
        </p>
      )}
    </Banner>
  );
}

/** Something that is read: loading, refused, or there. */
export function Read<T>({ data, what, children }: { data: { value?: T; error?: Refused; loading: boolean; reload: () => void }; what?: string; children: (value: T) => ComponentChildren }) {
  if (data.value !== undefined) return <>{children(data.value)}</>;
  if (data.error) return <Failure error={data.error} again={data.reload} />;
  return <Loading what={what} />;
}

interface FieldProps {
  type?: "text" | "email" | "tel" | "date" | "search";
  required?: boolean;
  maxLength?: number;
  autoComplete?: string;
  inputMode?: "email";
  spellcheck?: boolean;
  list?: string;
  label: string;
  value: string;
  change: (value: string) => void;
  error?: string;
  hint?: string;
  /** The beginning of the value that nobody types. */
  before?: string;
  name: string;
}

/** A field with its label, its hint and what is wrong with it. */
export function Field({ label, value, change, error, hint, before, required, ...rest }: FieldProps) {
  const id = useId();
  const told = [before && `${id}-before`, hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const input = (
    <input
      {...rest}
      id={id}
      value={value}
      required={required}
      aria-invalid={error ? "true" : undefined}
      aria-describedby={told}
      onInput={(event) => change(event.currentTarget.value)}
    />
  );
  return (
    <div class={error ? "field wrong" : "field"}>
      <label for={id}>
        {label}
        {!required && <span class="optional"> {texts.optional}</span>}
      </label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {before ? (
        <div class="begun">
          <span id={`${id}-before`}>{before}</span>
          {input}
        </div>
      ) : (
        input
      )}
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

/** The button that saves, and what came of it beside it. */
export function SaveBar({ busy, saved, error, disabled, label = texts.save, children }: { busy: boolean; saved: boolean; error?: Refused; disabled?: boolean; label?: string; children?: ComponentChildren }) {
  const said = error && refusal(error);
  return (
    <div class="save">
      {said && (
        <Banner tone="failure" title={said.title} alert>
          <p>{said.text}</p>
        </Banner>
      )}
      <button type="submit" aria-disabled={busy || disabled ? "true" : undefined}>
        {busy ? texts.saving : label}
      </button>
      {children}
      {saved && <span class="saved">{texts.saved}</span>}
    </div>
  );
}

/** A dialog over the page. Escape and `close` end it; the focus goes back to where it was. */
export function Dialog({ title, close, children, wide }: { title: string; close?: () => void; children: ComponentChildren; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={wide ? "wide" : undefined}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close?.();
      }}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

/** A button that asks once more before it acts. */
export function Confirmed({ label, title, children, act, danger, done }: { label: string; title: string; children: ComponentChildren; act: () => Promise<void>; danger?: boolean; done?: string }) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Refused>();
  const close = () => {
    setOpen(false);
    setError(undefined);
  };
  const run = async () => {
    if (busy) return;
    setBusy(true);
    try {
      await act();
      close();
      if (done) announce(done);
    } catch (problem) {
      setError(problem as Refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" class={danger ? "danger" : "second"} onClick={() => setOpen(true)}>
        {label}
      </button>
      {open && (
        <Dialog title={title} close={close}>
          {children}
          {error && <Failure error={error} />}
          <p class="buttons">
            <button type="button" class={danger ? "danger" : undefined} aria-disabled={busy ? "true" : undefined} onClick={() => void run()}>
              {label}
            </button>
            <button type="button" class="second" onClick={close}>
              {texts.cancel}
            </button>
          </p>
        </Dialog>
      )}
    </>
  );
}

/** Loads the next page of a list when it comes into sight, and by its button for who has no eyes on it. */
export function More({ more, busy }: { more: (() => void) | null; busy: boolean }) {
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!more || busy || !ref.current) return;
    const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && more(), { rootMargin: "200px" });
    observer.observe(ref.current);
    return () => observer.disconnect();
  });
  if (!more && !busy) return null;
  return (
    <p class="more">
      <button ref={ref} type="button" class="second" onClick={() => more?.()} aria-disabled={busy ? "true" : undefined}>
        {busy ? texts.loading : texts.more}
      </button>
    </p>
  );
}
