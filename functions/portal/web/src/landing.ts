// The pages of mailed links. Which one it is, the page says.

import { asking } from "./landing/asking";
import { outcomeOf, page, post, takeToken } from "./landing/link";
import { tab } from "./tab";
import * as texts from "./texts/landing";

/** Acts without a login once the button is pressed. */
function acting(key: string, api: string, { progress, outcomes }: texts.Acting): void {
  const token = takeToken(key);
  const view = page(async () => {
    view.progress(progress);
    const outcome = outcomeOf(await post(api, token ?? ""), outcomes);
    if (outcome.success || outcome.final) tab.remove(key);
    view.end(outcome);
  });
  if (token) view.offer();
  else view.incomplete();
}

const PAGES: Record<string, () => void> = {
  confirm: () => acting("vigie.confirmation", "/v1/confirmations", texts.confirmation),
  invitation: () => asking("vigie.invitation", "/v1/invitations", texts.invitation),
  link: () => asking("vigie.link", "/v1/links", texts.link),
  recovery: () => asking("vigie.recovery", "/v1/recoveries/confirm", texts.recovery),
  stop: () => acting("vigie.stop", "/v1/recoveries/stop", texts.stop),
  delegation: () => asking("vigie.delegation", "/v1/delegations", texts.delegation),
};

PAGES[document.body.dataset["page"] ?? ""]?.();
