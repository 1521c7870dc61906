// A choice by typing (the combobox of the ARIA patterns): what is found is listed below the field, told to a screen reader, and chosen by mouse,
// finger or keys. The focus stays in the field.

import { useEffect, useId, useRef, useState } from "preact/hooks";

import type { Refused } from "../api/client";
import { texts } from "../texts/combobox";
import { refusal, texts as common } from "../texts/common";
import { refused } from "./data";
import { isSought } from "./search";

/** Something that can be chosen. */
export interface Option {
  id: string;
  name: string;
  /** Tells it apart from others of that name. */
  about: string;
}

export interface Choosing {
  name: string;
  label: string;
  hint?: string;
  error?: string;
  required?: boolean;
  /** What is typed, or the name of what is chosen. */
  value: string;
  /** True if that is the name of what is chosen. */
  chosen: boolean;
  find: (words: string) => Promise<Option[]>;
  /** Most that one answer holds. */
  most: number;
  type: (text: string) => void;
  choose: (option: Option) => void;
}

/** While somebody types, in milliseconds. */
const PAUSE = 300;
/** Longest text that is searched for, in characters. */
const LONGEST = 200;

interface Search {
  words: string;
  found: Option[];
  error?: Refused;
  busy: boolean;
}

const NOTHING: Search = { words: "", found: [], busy: false };

export function Combobox({ name, label, hint, error, required, value, chosen, find, most, type, choose }: Choosing) {
  const id = useId();
  const [search, setSearch] = useState(NOTHING);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const [again, setAgain] = useState(0);
  const turn = useRef(0);
  const list = useRef<HTMLUListElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const words = chosen ? "" : value.trim();
  const sought = isSought(words);

  useEffect(() => {
    const mine = ++turn.current;
    setAt(-1);
    if (!sought) {
      setSearch(NOTHING);
      return;
    }
    setSearch((before) => ({ ...before, busy: true, error: undefined }));
    const timer = setTimeout(async () => {
      try {
        const found = await find(words);
        if (mine !== turn.current) return;
        setSearch({ words, found, busy: false });
        setOpen(document.activeElement === input.current);
      } catch (problem) {
        if (mine === turn.current) setSearch({ words, found: [], error: refused(problem), busy: false });
      }
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [words, again]);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const { found, busy } = search;
  const shown = open && found.length > 0;
  const failure = search.error && refusal(search.error);
  const take = (option: Option) => {
    setOpen(false);
    choose(option);
    input.current?.focus();
  };
  const move = (down: boolean) => {
    const last = found.length - 1;
    setOpen(true);
    if (down) setAt(shown && at < last ? at + 1 : 0);
    else setAt(shown && at > 0 ? at - 1 : last);
  };
  const press = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && found.length > 0) {
      event.preventDefault();
      move(event.key === "ArrowDown");
    } else if (event.key === "Escape" && shown) {
      // Of what lies around nothing closes.
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
      setAt(-1);
    } else if (event.key === "Enter" && shown) {
      const option = found[at] ?? (found.length === 1 ? found[0] : undefined);
      if (!option) return;
      event.preventDefault();
      take(option);
    }
  };
  const told = busy ? texts.searching : chosen || search.error ? "" : !sought ? (value ? texts.letters : "") : found.length === 0 ? texts.none : found.length >= most ? texts.first(found.length) : texts.found(found.length);
  return (
    <div class={error ? "field combobox wrong" : "field combobox"}>
      <label for={id}>
        {label}
        {!required && <span class="optional"> {common.optional}</span>}
      </label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <input
        ref={input}
        id={id}
        name={name}
        type="text"
        role="combobox"
        autoComplete="off"
        spellcheck={false}
        required={required}
        maxLength={LONGEST}
        value={value}
        aria-autocomplete="list"
        aria-expanded={shown ? "true" : "false"}
        aria-controls={shown ? `${id}-list` : undefined}
        aria-activedescendant={shown && at >= 0 ? `${id}-${at}` : undefined}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={[hint && `${id}-hint`, error && `${id}-error`, `${id}-told`].filter(Boolean).join(" ")}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={press}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
      />
      {shown && (
        <ul class="options" ref={list} id={`${id}-list`} role="listbox" aria-label={label}>
          {found.map((option, index) => (
            <li
              key={option.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at ? "true" : "false"}
              // The focus stays in the field.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(option)}
            >
              {option.name} <span class="quiet">{option.about}</span>
            </li>
          ))}
        </ul>
      )}
      <p class="hint" id={`${id}-told`} role="status">
        {told}
      </p>
      {failure && (
        <p class="error" role="alert">
          {failure.title}. {failure.text} {texts.kept}{" "}
          <button type="button" class="second small" onClick={() => setAgain(again + 1)}>
            {common.again}
          </button>
        </p>
      )}
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
