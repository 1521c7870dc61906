// A page that acts for who signed in: its button leads to the issuer's sign-in and back to the page, which then acts.
// The link's token waits in this tab's storage meanwhile; the issuer never sees it, and no sign-in token is stored here.

import { issuer } from "../sign-in";
import { tab } from "../tab";
import { common, type Asking } from "../texts/landing";
import { outcomeOf, page, post, takeToken } from "./link";

/** Makes the page work: `key` is where the token waits, `api` what takes it. */
export function asking(key: string, api: string, { progress, remains, outcomes, done }: Asking): void {
  let other = false;

  async function signIn(): Promise<void> {
    view.progress(common.toIssuer);
    try {
      const request = await issuer(location.pathname).createSigninRequest({
        nonce: crypto.randomUUID(),
        // Whoever is signed in at the issuer would come back as the same again.
        prompt: other ? "login" : undefined,
      });
      location.assign(request.url);
    } catch {
      view.end({ title: common.issuerSilent, text: common.issuerSilentText(remains) });
    }
  }

  /** Acts with the login that the issuer's answer, in this address, stands for. */
  async function accept(answer: string, token: string): Promise<void> {
    view.progress(progress);
    let login;
    try {
      login = await issuer(location.pathname).processSigninResponse(answer);
    } catch {
      view.offer();
      view.end({ title: common.failed, text: common.failedText(remains) });
      return;
    }
    // The id token: its audience is this client, whichever issuer the stack has.
    const outcome = outcomeOf(await post(api, token, login.id_token), outcomes);
    if (outcome.success || outcome.final) tab.remove(key);
    other = outcome.other ?? false;
    view.offer();
    view.end(outcome.success ? { text: done(login.profile?.email), ...outcome } : outcome);
  }

  const query = new URLSearchParams(location.search);
  const answer = query.has("state") && (query.has("code") || query.has("error")) ? location.href : null;
  const token = takeToken(key);
  const view = page(() => void signIn());
  if (!token) view.incomplete();
  else if (answer) void accept(answer, token);
  else view.offer();
}
