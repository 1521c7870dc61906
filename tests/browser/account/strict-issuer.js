// A strict OpenID Connect issuer that has nothing to do with Cognito: oidc-provider, certified for its basic profile. It takes no client without
// PKCE, no address that was not registered, gives each refresh token once and tells of people at its userinfo endpoint only.

import { generateKeyPairSync } from "node:crypto";

import Provider from "oidc-provider";

/** Starts it where ISSUER says, for one client: AUDIENCE, the page at `portal`. */
export async function startIssuer(portal) {
  const { ISSUER: issuer, AUDIENCE: audience } = process.env;
  if (!issuer || !audience) throw new Error("ISSUER and AUDIENCE name no issuer: `make test` sets them");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: audience,
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        redirect_uris: ["/", "/invitation", "/link", "/delegation", "/recovery"].map((path) => portal + path),
        post_logout_redirect_uris: [`${portal}/`],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "one" }] },
    cookies: { keys: ["only for a test"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@ailleurs.example`, email_verified: true }) }),
    clientBasedCORS: (_, origin) => origin === portal,
    // Allowed as by issuers whose clients are pages: no consent to offline access is asked for.
    issueRefreshToken: (_, client) => client.grantTypeAllowed("refresh_token"),
  });
  const seen = [];
  provider.use((context, next) => {
    seen.push(context.path);
    return next();
  });
  const server = provider.listen(Number(new URL(issuer).port), "127.0.0.1");
  await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject));
  return { seen, close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())) };
}

/** Signs in at the issuer's own page, and agrees where it asks. */
export async function atTheStrictIssuer(page, name, portal) {
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("anything");
  await page.locator("button[type=submit]").click();
  await agree(page, portal);
}

/** Goes on from the issuer to the page; agrees where it asks. */
export async function agree(page, portal) {
  const button = page.getByRole("button", { name: "Continue" });
  const back = page.waitForURL(`${portal}/**`).then(() => "back");
  if ((await Promise.race([back, button.waitFor().then(() => "asked", () => "back")])) === "asked") await button.click();
  await back;
}
