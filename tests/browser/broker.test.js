// Agents of the State: the page's own sign-in, by a broker, at an issuer that is as strict as ProConnect's documents say.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createRemoteJWKSet, jwtVerify } from "jose";

import { launch } from "./chromium.js";
import { startBroker, startProConnect } from "./proconnect.js";
import { startSite } from "./site.js";

const TOKEN = "C.0192f0c1-7a10.Zm9vYmFy_-~";
const CLIENT = { id: "vigie", secret: "a secret that no browser ever sees" };
const issuer = { origin: "", parameters: "acr_values=eidas1&scope=openid email" };
let browser, site, broker, proconnect;

before(async () => {
  browser = await launch();
  site = await startSite(issuer, () => [200, {}]);
  broker = await startBroker({ ...CLIENT, upstream: () => proconnect.origin, portal: site.origin });
  proconnect = await startProConnect({ ...CLIENT, redirectUri: `${broker.origin}/upstream` });
  issuer.origin = broker.origin;
});

after(async () => {
  await browser?.close();
  await Promise.all([site, broker, proconnect].map((server) => server?.close()));
});

/** Somebody opens a mailed link and signs in by an identity provider; returns who the API is told that they are, and what the browser sent. */
async function signIn(name, idp) {
  const context = await browser.newContext({ locale: "fr-FR" });
  const sent = [];
  try {
    const page = await context.newPage();
    page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""} ${JSON.stringify(request.headers())}`));
    site.calls.length = 0;
    await page.goto(`${site.origin}/recovery?token=${TOKEN}`);
    await page.getByRole("button").click();
    await page.locator("input[name=name]").fill(name);
    await page.locator("input[name=idp]").fill(idp);
    await page.getByRole("button", { name: "Se connecter" }).click();
    await page.getByRole("heading", { name: "Vous avez retrouvé votre compte" }).waitFor({ timeout: 20_000 });
    const token = site.calls[0].headers.authorization.replace("Bearer ", "");
    const keys = createRemoteJWKSet(new URL(`${broker.origin}/jwks`));
    const { payload } = await jwtVerify(token, keys, { issuer: broker.origin, audience: "client" });
    return { ...payload, sent: sent.join("\n") };
  } finally {
    await context.close();
  }
}

test("an agent signs in by the broker, which alone holds the secret, and the API has a token of the broker's that lasts", async () => {
  const eve = await signIn("eve", "interieur");
  assert.equal(eve.sub, "interieur~eve");
  assert.ok(!eve.sent.includes(encodeURIComponent(CLIENT.secret)) && !eve.sent.includes(CLIENT.secret) && !eve.sent.includes("client_secret"));
  assert.deepEqual(broker.lives.splice(0), [60], "the strict issuer's lasts a minute");
  assert.ok(eve.exp - eve.iat > 60);
});

test("the broker is asked with the operator's parameters, and with none of Cognito's", async () => {
  broker.seen.length = proconnect.seen.length = 0;
  await signIn("eve", "interieur");
  const { query } = broker.seen.find(({ path }) => path === "/auth");
  assert.deepEqual([query.acr_values, query.scope, query.prompt, query.lang, query.code_challenge_method], ["eidas1", "openid email", undefined, undefined, "S256"]);
  assert.ok(proconnect.seen.some(({ path }) => path === "/me"), "it asks who signed in");
});

test("one person who comes by another identity provider is another login, for « Retrouver mon compte »", async () => {
  const subjects = [];
  for (const idp of ["interieur", "finances", "interieur"]) subjects.push((await signIn("eve", idp)).sub);
  assert.deepEqual(subjects, ["interieur~eve", "finances~eve", "interieur~eve"]);
});

test("the strict issuer itself is no issuer for a page: it refuses what it does not know, and tokens without the secret", async () => {
  const asked = { client_id: CLIENT.id, redirect_uri: `${broker.origin}/upstream`, response_type: "code", scope: "openid", state: "s", nonce: "n", acr_values: "eidas1" };
  const auth = (more) => fetch(`${proconnect.origin}/auth?${new URLSearchParams({ ...asked, ...more })}`, { redirect: "manual" });
  assert.ok([302, 303].includes((await auth({})).status));
  for (const unknown of ["ui_locales", "lang", "code_challenge"]) assert.equal((await auth({ [unknown]: "fr" })).status, 400, unknown);
  assert.equal((await auth({ acr_values: "" })).status, 400);
  for (const grant of [{ grant_type: "authorization_code", code: "any" }, { grant_type: "refresh_token", refresh_token: "any" }]) {
    const body = new URLSearchParams({ ...grant, client_id: CLIENT.id, redirect_uri: asked.redirect_uri });
    assert.equal((await fetch(`${proconnect.origin}/token`, { method: "POST", body })).status, 401);
  }
});
