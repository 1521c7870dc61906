// The pages of mailed links. Which one it is, the page says.

import { asking } from "./landing/asking";
import { outcomeOf, page, post, takeToken } from "./landing/link";
import { tab } from "./tab";
import * as texts from "./texts/landing";

/** Confirms an address once its owner presses the button. */
function confirmation(): void {
  const key = "vigie.confirmation";
  const token = takeToken(key);
  const view = page(async () => {
    view.progress(texts.confirmation.progress);
    const outcome = outcomeOf(await post("/v1/confirmations", token ?? ""), texts.confirmation.outcomes);
    if (outcome.success || outcome.final) tab.remove(key);
    view.end(outcome);
  });
  if (token) view.offer();
  else view.incomplete();
}

const PAGES: Record<string, () => void> = {
  confirm: confirmation,
  invitation: () => asking("vigie.invitation", "/v1/invitations", texts.invitation),
  link: () => asking("vigie.link", "/v1/links", texts.link),
  recovery: () => asking("vigie.recovery", "/v1/recoveries/confirm", texts.recovery),
  delegation: () => asking("vigie.delegation", "/v1/delegations", texts.delegation),
};

PAGES[document.body.dataset["page"] ?? ""]?.();
