// The stack's issuer, as the page that the function served names it.

import { OidcClient, WebStorageStateStore } from "oidc-client-ts";

interface Named {
  authority: string;
  metadataUrl?: string;
  clientId: string;
}

/** Returns what the page says of the issuer. */
export function named(): Named {
  return JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="vigie-sign-in"]')?.content ?? "{}") as Named;
}

/** Returns a client of the issuer that comes back to `path`. It keeps its state in this tab, for as long as the sign-in takes. */
export function issuer(path: string): OidcClient {
  const { authority, metadataUrl, clientId } = named();
  return new OidcClient({
    authority,
    metadataUrl,
    client_id: clientId,
    redirect_uri: location.origin + path,
    post_logout_redirect_uri: `${location.origin}/`,
    scope: "openid email",
    ui_locales: "fr",
    // Cognito's name of the same.
    extraQueryParams: { lang: "fr" },
    requestTimeoutInSeconds: 20,
    stateStore: new WebStorageStateStore({ prefix: "vigie.sign-in.", store: sessionStorage }),
  });
}
