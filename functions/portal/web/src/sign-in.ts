// The stack's issuer, as the page that the function served names it.

import { OidcClient, WebStorageStateStore } from "oidc-client-ts";

interface Named {
  authority: string;
  metadataUrl?: string;
  clientId: string;
  /** Parameters of a sign-in beside those that the protocol needs, as a query. */
  parameters?: string;
}

/** Returns what the page says of the issuer. */
export function named(): Named {
  return JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="vigie-sign-in"]')?.content ?? "{}") as Named;
}

/** Returns what is asked of the issuer at each sign-in. */
export function asked({ parameters }: Named = named()): { scope: string } & Record<string, string> {
  return { scope: "openid email", ...Object.fromEntries(new URLSearchParams(parameters)) };
}

/** Returns a client of the issuer that comes back to `path`. It keeps its state in this tab, for as long as the sign-in takes. */
export function issuer(path: string): OidcClient {
  const { authority, metadataUrl, clientId } = named();
  const { scope, prompt, acr_values, ...others } = asked();
  return new OidcClient({
    authority,
    metadataUrl,
    client_id: clientId,
    redirect_uri: location.origin + path,
    post_logout_redirect_uri: `${location.origin}/`,
    scope,
    prompt,
    acr_values,
    ui_locales: "fr",
    extraQueryParams: others,
    requestTimeoutInSeconds: 20,
    stateStore: new WebStorageStateStore({ prefix: "vigie.sign-in.", store: sessionStorage }),
  });
}
