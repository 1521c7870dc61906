// The sign-in. Tokens are kept in the tab: a reload does not sign out, closing the tab does.

import { ErrorResponse, type OidcClient, type SigninResponse } from "oidc-client-ts";

import { drafts } from "./draft";
import { rename } from "./router";
import { asked, issuer, named } from "./sign-in";
import { tab } from "./tab";

interface Session {
  /** The API takes the id token: its audience is this client, whichever issuer the stack has. */
  token: string;
  refresh?: string;
  /** In milliseconds. */
  expiresAt: number;
  login: string;
}

type Refreshed = Parameters<OidcClient["useRefreshToken"]>[0]["state"];

const KEY = "vigie.session";
const RETURN = "vigie.return";
/** Time before its end at which a token is renewed, in milliseconds. */
const MARGIN = 60_000;
/** Longest time to wait for the issuer while a sign-in is renewed, in seconds. */
const RENEWAL = 10;
/** Answers of an issuer that is busy and has refused nothing (RFC 6749, 4.1.2.1; RFC 8628, 3.5). */
const BUSY = ["server_error", "temporarily_unavailable", "slow_down"];

/** Way by which one came to the page. */
export const arrival = { signedIn: false };

/** Time in which a tab that was faster tells its twins, in milliseconds. */
const TELLING = 1_000;

interface Renewed {
  spent: string;
  now: Session;
}

let current: Session | null = null;
let renewing: Promise<Session | null> | null = null;

/** A duplicated tab has the same refresh token, which may work once: whichever renews first tells the others. */
const twins = "BroadcastChannel" in globalThis ? new BroadcastChannel("vigie.session") : null;
twins?.addEventListener("message", ({ data }: MessageEvent<Renewed>) => {
  if (session()?.refresh !== data.spent) return;
  current = data.now;
  tab.set(KEY, JSON.stringify(current));
});

/** Returns who is signed in, if somebody is. */
export function session(): Session | null {
  if (!current) {
    const kept = tab.get(KEY);
    if (kept) current = JSON.parse(kept) as Session;
  }
  return current;
}

/** Leads to the issuer, and back to `back`. */
export async function signIn(back: string, again = false): Promise<void> {
  const request = await issuer("/").createSigninRequest({ nonce: crypto.randomUUID(), prompt: again ? "login" : undefined });
  tab.set(RETURN, back);
  location.assign(request.url);
}

/** Takes the issuer's answer out of the address, if there is one. Returns whether the sign-in worked; null without an answer. */
export async function takeAnswer(): Promise<boolean | null> {
  const query = new URLSearchParams(location.search);
  if (location.pathname !== "/" || !query.has("state") || !(query.has("code") || query.has("error"))) return null;
  const answer = location.href;
  const back = tab.get(RETURN) ?? "/";
  tab.remove(RETURN);
  // Before anything else, so that the code reaches neither history nor bookmarks.
  rename(back.startsWith("/") && !back.startsWith("//") ? back : "/");
  try {
    const before = session();
    const now = keep(await issuer("/").processSigninResponse(answer));
    // What one person typed is not for the next.
    if (before && subject(before.token) !== subject(now.token)) drafts.forget();
    arrival.signedIn = true;
    return true;
  } catch {
    return false;
  }
}

function keep(response: SigninResponse, before?: Session): Session {
  const claims = response.profile as { exp?: number; iat?: number; email?: string; sub?: string } | undefined;
  // The time that is left, not the time of the day: the clock here may be wrong.
  const lasts = Math.min(response.expires_in ?? Infinity, (claims?.exp ?? Infinity) - (claims?.iat ?? 0));
  current = {
    token: response.id_token ?? before?.token ?? "",
    refresh: response.refresh_token ?? before?.refresh,
    expiresAt: Date.now() + (Number.isFinite(lasts) ? lasts : 300) * 1000,
    login: claims?.email ?? before?.login ?? claims?.sub ?? "",
  };
  tab.set(KEY, JSON.stringify(current));
  if (before?.refresh) twins?.postMessage({ spent: before.refresh, now: current } satisfies Renewed);
  return current;
}

/**
 * Returns a token that is valid for a while, renewed if need be; null once nobody is signed in any more. Throws where the issuer does not
 * answer: nobody is signed out by that, and the next call tries again.
 */
export async function token(renew = false): Promise<string | null> {
  const now = session();
  if (!now) return null;
  // Without a refresh token it is good until the API takes it no longer.
  if (!renew && (!now.refresh || now.expiresAt - MARGIN > Date.now())) return now.token;
  // Among several calls at once only one renews: a refresh token may work once.
  renewing ??= renewed(now).finally(() => (renewing = null));
  try {
    return (await renewing)?.token ?? null;
  } catch (error) {
    // It ends soon and has not ended yet.
    if (!renew && now.expiresAt > Date.now()) return now.token;
    throw error;
  }
}

/** Returns whom a token is of; the API checks its signature. */
function subject(token: string): unknown {
  const payload = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
  return (JSON.parse(atob(payload)) as { sub?: unknown }).sub;
}

async function renewed(before: Session): Promise<Session | null> {
  if (!before.refresh) return null;
  // The library does not export the class of its own state. It would also compare when the person signed in, of which not every issuer
  // tells the same again; who they are must stay the same.
  const state = { refresh_token: before.refresh, scope: asked().scope, session_state: null } as unknown as Refreshed;
  let response;
  try {
    response = await issuer("/").useRefreshToken({ state, timeoutInSeconds: RENEWAL });
  } catch (error) {
    // Only the issuer's own word ends a sign-in. A time-out, a broken network, a proxy's page or an issuer that fails is none.
    if (!(error instanceof ErrorResponse) || BUSY.includes(error.error ?? "")) throw error;
    await new Promise((resolve) => setTimeout(resolve, TELLING));
    return current === before ? null : current;
  }
  return response.id_token && subject(response.id_token) !== subject(before.token) ? null : keep(response, before);
}

/** Forgets who is signed in, here only. */
export function forget(): void {
  current = null;
  for (const key of tab.keys()) if (key.startsWith("vigie.")) tab.remove(key);
}

/** Ends the session here and at the issuer, whose own page then leads back. No token stands in the address. */
export async function signOut(): Promise<void> {
  const { clientId } = named();
  forget();
  try {
    const request = await issuer("/").createSignoutRequest({
      client_id: clientId,
      post_logout_redirect_uri: `${location.origin}/`,
      // Cognito's word for the same.
      extraQueryParams: { logout_uri: `${location.origin}/` },
    });
    location.assign(request.url);
  } catch {
    location.assign("/");
  }
}
