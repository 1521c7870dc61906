// A page that acts for who signed in: its button leads to the issuer's sign-in and back to the page, which then acts.
// The link's token waits in this tab's storage meanwhile; the issuer never sees it, and no sign-in token is ever stored.

import { outcomeOf, page, post, storage, takeToken } from "./link.js?v=0";

/** The client of the stack's issuer. It keeps its state in this tab, for as long as the sign-in takes. */
async function issuer() {
  const response = await fetch("/assets/config.json", { credentials: "omit", signal: AbortSignal.timeout(20_000) });
  if (!response.ok) throw new Error(`config.json: ${response.status}`);
  const { authority, metadataUrl, clientId } = await response.json();
  return new oidc.OidcClient({
    authority,
    metadataUrl,
    client_id: clientId,
    redirect_uri: location.origin + location.pathname,
    scope: "openid email",
    ui_locales: "fr",
    requestTimeoutInSeconds: 20,
    stateStore: new oidc.WebStorageStateStore({ prefix: "vigie.sign-in.", store: sessionStorage }),
  });
}

/**
 * Makes the page work.
 * @param key where the token waits
 * @param api what takes the token
 * @param progress what is said while it does
 * @param remains what is said of the link after a failure
 * @param outcomes what is said of each answer; one marked `other` asks for another login
 * @param done what is said of success, with the login's address if it has one
 */
export function signInPage({ key, api, progress, remains, outcomes, done }) {
  let other = false;

  async function signIn() {
    view.progress("Vous allez être dirigé vers la page de connexion…");
    try {
      const client = await issuer();
      const request = await client.createSigninRequest({
        nonce: crypto.randomUUID(),
        // Whoever is signed in at the issuer would come back as the same again.
        prompt: other ? "login" : undefined,
      });
      location.assign(request.url);
    } catch {
      view.end({ title: "Le service de connexion n’a pas répondu", text: `Réessayez dans un instant. Rien n’est perdu : ${remains}.` });
    }
  }

  /** Acts with the login that the issuer's answer, in this address, stands for. */
  async function accept(answer) {
    view.progress(progress);
    let login;
    try {
      const client = await issuer();
      login = await client.processSigninResponse(answer);
    } catch {
      view.offer();
      view.end({
        title: "La connexion n’a pas abouti",
        text: `Elle a été interrompue ou a duré trop longtemps. Vous pouvez recommencer : ${remains}.`,
      });
      return;
    }
    // The id token: its audience is this client, whichever issuer the stack has.
    const outcome = outcomeOf(await post(api, token, login.id_token), outcomes);
    if (outcome.success || outcome.final) storage.remove(key);
    other = outcome.other ?? false;
    view.offer();
    view.end(outcome.success ? { ...outcome, text: done(login.profile?.email) } : outcome);
  }

  const query = new URLSearchParams(location.search);
  const answer = query.has("state") && (query.has("code") || query.has("error")) ? location.href : null;
  const token = takeToken(key);
  const view = page(signIn);
  if (!token) view.incomplete();
  else if (answer) accept(answer);
  else view.offer();
}
