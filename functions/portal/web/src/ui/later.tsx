// Parts that are loaded once a view needs them (LATER in build.mjs).

import type { FunctionComponent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { Refused } from "../api/client";
import { useData } from "./data";
import { Failure, Read } from "./parts";

/** Returns what takes somebody who types to the field of that name that has taken the place of theirs. */
function typing(): (() => void) | undefined {
  const field = document.activeElement;
  if (!(field instanceof HTMLInputElement) || !field.form) return undefined;
  const { form, name, selectionStart } = field;
  return () => {
    const next = form.elements.namedItem(name);
    if (field.isConnected || !(next instanceof HTMLInputElement)) return;
    next.focus();
    next.setSelectionRange(selectionStart, selectionStart);
  };
}

/** Returns a part that is loaded when it is first drawn, and stays. Until then `Waiting` holds its place, if there is one, and hands on who
 * types there. */
export function later<P extends object>(load: () => Promise<FunctionComponent<P>>, Waiting?: FunctionComponent<P>): FunctionComponent<P> {
  let Part: FunctionComponent<P> | undefined;
  const fetched = async () => {
    try {
      return (Part ??= await load());
    } catch {
      throw new Refused(0);
    }
  };
  return function Later(props: P) {
    const data = useData(fetched, "");
    const waited = useRef(!Part);
    const goOn = Part && waited.current ? typing() : undefined;
    useLayoutEffect(() => {
      if (!Part) return;
      waited.current = false;
      goOn?.();
    });
    if (Part) return <Part {...props} />;
    if (!Waiting) return <Read data={data}>{() => null}</Read>;
    return (
      <>
        <Waiting {...props} />
        {data.error && <Failure error={data.error} again={data.reload} />}
      </>
    );
  };
}
