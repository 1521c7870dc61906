// Parts that are loaded once a view needs them (LATER in build.mjs).

import type { FunctionComponent } from "preact";

import { Refused } from "../api/client";
import { useData } from "./data";
import { Failure, Read } from "./parts";

/** Returns a part that is loaded when it is first drawn, and stays. Until then `Waiting` holds its place, if there is one. */
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
