// The parts that all sections are made of.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import type { Refused } from "../api/client";
import { go } from "../router";
import { refusal, texts } from "../texts/common";
import { refused } from "./data";
import { announce } from "./live";
import type { Pages } from "./pages";

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

/** Said at the head of a form with fields that have to be filled in. */
export const Required = () => <p class="hint">{texts.required}</p>;

interface FieldProps {
  type?: "text" | "email" | "tel" | "date" | "search";
  required?: boolean;
  max?: string;
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
      // Some browsers fill in without a word of each letter.
      onChange={(event) => event.currentTarget.value !== value && change(event.currentTarget.value)}
    />
  );
  return (
    <div class={error ? "field wrong" : "field"}>
      <label for={id}>
        {label}
        {!required && rest.type !== "search" && <span class="optional"> {texts.optional}</span>}
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

/** The dialogs that are shown, the topmost last, each with what Escape does there. */
const shown: { escape: () => void }[] = [];

// The page's own word for Escape, since a browser closes a dialog that is asked twice in a row, and then the one below is the topmost.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || !shown.length) return;
  event.preventDefault();
  shown.at(-1)?.escape();
});

/** A dialog over the page. Escape and `close` end it; the focus goes back to where it was. */
export function Dialog({ title, close, children, wide }: { title: string; close?: () => void; children: ComponentChildren; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const inside = useRef<HTMLElement>(null);
  const id = useId();
  const escape = useRef(() => {});
  escape.current = () => close?.();
  useEffect(() => {
    const before = document.activeElement;
    const own = { escape: () => escape.current() };
    shown.push(own);
    ref.current?.showModal();
    return () => {
      shown.splice(shown.indexOf(own), 1);
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  // A phone's way back closes one that is asked twice, whatever the page says: it opens again, and whoever drew it decides.
  const closed = () => {
    if (!ref.current?.isConnected) return;
    const had = inside.current;
    ref.current.showModal();
    if (had?.isConnected) had.focus();
    close?.();
  };
  return (
    <dialog
      ref={ref}
      class={wide ? "wide" : undefined}
      aria-labelledby={id}
      onFocusIn={(event) => (inside.current = event.target as HTMLElement)}
      onCancel={(event) => {
        if (event.target !== ref.current) return;
        event.preventDefault();
        close?.();
      }}
      onClose={(event) => event.target === ref.current && closed()}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

/** Something that a button does: once at a time, and once for a double click. */
export function useAct(act: () => Promise<string | void>): { run: (event?: MouseEvent) => void; busy: boolean; error: Refused | undefined; said: string; clear: () => void } {
  const [state, set] = useState<{ busy: boolean; error?: Refused; said: string }>({ busy: false, said: "" });
  const running = useRef(false);
  const run = async (event?: MouseEvent) => {
    // The second press of a double click has this detail.
    if (running.current || (event?.detail ?? 0) > 1) return;
    running.current = true;
    set({ busy: true, said: "" });
    try {
      const said = (await act()) ?? "";
      if (said) announce(said);
      set({ busy: false, said });
    } catch (problem) {
      set({ busy: false, said: "", error: refused(problem) });
    } finally {
      running.current = false;
    }
  };
  return { ...state, error: state.error, run: (event) => void run(event), clear: () => set({ busy: false, said: "" }) };
}

/** A button that acts at once, and what came of it beside it. */
export function Act({ label, name, act, small }: { label: string; name?: string; act: () => Promise<string | void>; small?: boolean }) {
  const { run, busy, error, said } = useAct(act);
  return (
    <>
      <button type="button" class={small ? "second small" : "second"} aria-label={name} aria-disabled={busy ? "true" : undefined} onClick={run}>
        {label}
      </button>
      {said && <span class="saved">{said}</span>}
      {error && <Failure error={error} />}
    </>
  );
}

interface ConfirmedProps {
  label: string;
  /** Tells the button apart where there are several of that label. */
  name?: string;
  title: string;
  children: ComponentChildren;
  act: () => Promise<void>;
  danger?: boolean;
  small?: boolean;
  done?: string;
}

/** A button that asks once more before it acts, and what came of it beside it if it is still there then. */
export function Confirmed({ label, name, title, children, act, danger, small, done }: ConfirmedProps) {
  const [open, setOpen] = useState(false);
  const doing = useAct(async () => {
    await act();
    setOpen(false);
    return done;
  });
  const close = () => {
    // Its outcome is seen, once it has begun.
    if (doing.busy) return;
    setOpen(false);
    doing.clear();
  };
  return (
    <>
      <button type="button" class={danger ? "danger" : small ? "second small" : "second"} aria-label={name} onClick={() => setOpen(true)}>
        {label}
      </button>
      {doing.said && <span class="saved">{doing.said}</span>}
      {open && (
        <Dialog title={title} close={close}>
          {children}
          {doing.error && <Failure error={doing.error} />}
          <p class="buttons">
            <button type="button" class={danger ? "danger" : undefined} aria-disabled={doing.busy ? "true" : undefined} onClick={doing.run}>
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

/** The end of a list that is read page by page: what failed, or the next page. */
export function Rest({ pages }: { pages: Omit<Pages<unknown>, "set"> }) {
  if (!pages.value) return null;
  if (pages.error) return <Failure error={pages.error} again={pages.more ?? pages.reload} />;
  return <More more={pages.more} busy={pages.loadingMore} />;
}

/** Loads the next page of a list when it comes into sight, and by its button for who has no eyes on it. */
function More({ more, busy }: { more: (() => void) | null; busy: boolean }) {
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
