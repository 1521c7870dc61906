// For whom one acts: the login's own accounts, and those linked to them.

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Schemas } from "./api/client";

export type Mine = Schemas["MyAccount"];

export interface Acting {
  account: Mine;
  /** The whole account; only one's own. */
  details: Schemas["AccountView"] | undefined;
  etag: string | null;
  setDetails: (details: Schemas["AccountView"], etag: string | null) => void;
  reload: () => void;
  /** Acts for another account, if nothing unsaved holds one back. */
  choose: (id: string) => Promise<boolean>;
}

export const ActingContext = createContext<Acting | null>(null);

/** Returns whose drafts are kept: those of the account that one acts for, or of a login without one. */
export const useOwner = (): string => useContext(ActingContext)?.account.id ?? "nobody";

/** Returns for whom one acts. */
export function useActing(): Acting {
  const acting = useContext(ActingContext);
  if (!acting) throw new Error("nobody acts");
  return acting;
}
