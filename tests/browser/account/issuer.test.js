// The whole of signing in against a second, strict and independent issuer, whose tokens the real API takes: from a mailed invitation on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { start, stop, visit } from "./person.js";
import { linkIn, mail, send, stack } from "./stack.js";
import { agree, atTheStrictIssuer, startIssuer } from "./strict-issuer.js";

const PORTAL = stack.portalUrl;
const email = `premiere.${Date.now().toString(36)}@mairie.example.fr`;
const session = (page) => page.evaluate(() => JSON.parse(sessionStorage.getItem("vigie.session")));
const kept = (page) => page.getByRole("navigation", { name: "Sections de mon compte" }).waitFor();

let issuer;
before(async () => {
  issuer = await startIssuer(PORTAL);
  await start();
});
after(async () => {
  await stop();
  await issuer.close();
});

const asked = (path) => issuer.seen.filter((seen) => seen === path).length;

/** Somebody opens the page and signs in. */
async function signIn(page, path, name) {
  await page.goto(PORTAL + path);
  await page.getByRole("button", { name: "Me connecter" }).click();
  await atTheStrictIssuer(page, name, PORTAL);
  await kept(page);
}

test("an invitation is accepted with a login of the issuer, by code and PKCE", () =>
  visit(async (page) => {
    await send("OrganisationProvisioned", { organisation: "Mairie", entityId: "mairie", name: "Mairie", administrator: { firstName: "Ève", lastName: "Première", email } });
    const asked = page.waitForRequest((request) => request.url().startsWith(`${process.env.ISSUER}/auth?`));
    await page.goto(linkIn(await mail(email, "Invitation"), "/invitation"));
    await page.getByRole("button", { name: "Me connecter et accepter" }).click();
    const query = new URL((await asked).url()).searchParams;
    assert.deepEqual([query.get("response_type"), query.get("code_challenge_method")], ["code", "S256"]);
    assert.ok(query.get("state") && query.get("nonce") && query.get("code_challenge").length >= 43);
    await atTheStrictIssuer(page, "eve", PORTAL);
    await page.getByRole("heading", { name: "Invitation acceptée" }).waitFor();
  }));

test("the page signs in, a reload keeps it, and the API answers with the issuer's token", () =>
  visit(async (page) => {
    await signIn(page, "/coordonnees", "eve");
    assert.equal(await page.getByLabel("Adresse électronique").inputValue(), email);
    // The issuer's token names nobody: the account does.
    await page.getByRole("button", { name: `Menu de ${email}` }).waitFor();
    const { token } = await session(page);
    const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    assert.deepEqual([claims.iss, claims.aud, claims.sub, claims.email], [process.env.ISSUER, process.env.AUDIENCE, "eve", undefined]);
    await page.reload();
    await kept(page);
    await page.getByLabel("Fonction").fill("Secrétaire générale");
    await page.getByRole("button", { name: "Enregistrer", exact: true }).click();
    await page.locator("[data-live]", { hasText: "Enregistré" }).waitFor({ state: "attached" });
  }));

test("it is renewed silently, each refresh token once", () =>
  visit(async (page) => {
    await signIn(page, "/historique", "eve");
    await page.getByRole("heading", { name: "Mes données" }).waitFor();
    for (let turn = 0; turn < 2; turn++) {
      const before = await session(page);
      const pages = asked("/auth");
      const renewals = asked("/token");
      await page.evaluate((old) => {
        sessionStorage.setItem("vigie.session", JSON.stringify({ ...old, expiresAt: 0 }));
        location.reload();
      }, before);
      await page.waitForFunction((old) => JSON.parse(sessionStorage.getItem("vigie.session") ?? "{}").refresh !== old, before.refresh);
      await page.getByRole("heading", { name: "Mes données" }).waitFor();
      const renewed = await session(page);
      // The token itself may be the same to the letter: the issuer counts in seconds.
      assert.ok(renewed.expiresAt > Date.now());
      assert.equal(asked("/token"), renewals + 1, "one renewal for all calls of the section");
      assert.equal(asked("/auth"), pages, "nothing of it is seen");
    }
  }));

test("a refresh token that the issuer does not know ends the session, and nothing typed is lost", () =>
  visit(async (page) => {
    await signIn(page, "/coordonnees", "eve");
    await page.getByLabel("Fonction").fill("Chargée de tout");
    const before = await session(page);
    await page.evaluate((old) => sessionStorage.setItem("vigie.session", JSON.stringify({ ...old, refresh: "forged", expiresAt: 0 })), before);
    // The token in memory is from before: the API refuses the old token, so that a new one is needed.
    await page.route("**/v1/accounts/*/contact", (route) => route.fulfill({ status: 401, json: { message: "Unauthorized" } }));
    await page.route(`${process.env.ISSUER}/token`, (route) => route.continue({ postData: route.request().postData().replace(/refresh_token=[^&]+/, "refresh_token=forged") }));
    await page.getByRole("button", { name: "Enregistrer", exact: true }).click();
    await page.getByRole("dialog", { name: "Votre session a pris fin" }).waitFor();
    await page.unrouteAll();
    await page.getByRole("button", { name: "Me reconnecter" }).click();
    // The issuer still knows who it is.
    await agree(page, PORTAL);
    await page.getByText("Ce que vous aviez saisi avant de vous reconnecter est revenu.").waitFor();
    assert.equal(await page.getByLabel("Fonction").inputValue(), "Chargée de tout");
  }));

test("signing out ends the issuer's session too", () =>
  visit(async (page) => {
    await signIn(page, "/alertes", "eve");
    await page.getByRole("button", { name: /^Menu de/ }).click();
    await page.getByRole("button", { name: "Me déconnecter" }).click();
    await page.getByRole("button", { name: /Yes, sign me out/ }).click();
    await page.waitForURL(`${PORTAL}/**`);
    await page.getByRole("button", { name: "Me connecter" }).click();
    await page.locator("input[name=password]").waitFor();
  }));
