// Somebody at a browser: signs in at the stack's own issuer, and sees to what must hold wherever they go.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { launch } from "../chromium.js";
import { PATIENCE, stack } from "./stack.js";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** A token in an address: of the issuer's (a JWT) or of a mailed link. Within other letters those three stand by chance, in a code of the issuer's too. */
const SECRET = /(?<![\w-])eyJ[\w-]{20,}|[?&](id_token|access_token|refresh_token)=/;

let browser;
export const start = async () => void (browser = await launch());
export const stop = () => browser?.close();

/** Lets somebody use the page, and checks what must hold in every visit: no violation of the policy, no error, no other host, no token
 * in an address or in what outlives the tab. */
export async function visit(use, options = {}) {
  const context = await browser.newContext({ locale: "fr-FR", timezoneId: "Europe/Paris", viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const wrong = watch(page);
  context.on("page", (other) => wrong.push(...watch(other)));
  try {
    await use(page, context);
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, document.cookie]));
    if (page.url().startsWith(stack.portalUrl)) assert.equal(kept, '[{},""]', "something outlives the tab");
    assert.deepEqual(wrong, []);
  } finally {
    await context.close();
  }
}

/** The requests of a page that are not answered yet. */
const asked = new WeakMap();

function watch(page) {
  const wrong = [];
  const open = new Set();
  asked.set(page, open);
  page.on("request", (request) => {
    // Where it goes elsewhere, what it had asked for is of no interest any more.
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) open.clear();
    open.add(request);
  });
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => open.delete(request));
  page.setDefaultTimeout(PATIENCE / 2);
  page.on("pageerror", (error) => wrong.push(`error: ${error}`));
  page.on("console", (line) => (/Content.Security|Trusted|violates/i.test(line.text()) || SECRET.test(line.text())) && wrong.push(line.text()));
  page.on("request", (request) => {
    const url = new URL(request.url());
    // Another issuer's pages may load what they like.
    const own = process.env.ISSUER && !request.isNavigationRequest() && request.frame().url().startsWith(process.env.ISSUER);
    if (own) return;
    if (url.protocol !== "data:" && url.protocol !== "blob:" && url.origin !== stack.portalUrl && url.origin !== stack.awsEndpoint && url.origin !== process.env.ISSUER) wrong.push(`another host: ${url.origin}`);
    if (SECRET.test(request.url())) wrong.push(`a token in an address: ${request.url()}`);
    if (SECRET.test(request.headers()["referer"] ?? "")) wrong.push("a token in a referrer");
  });
  return wrong;
}

/** At the issuer's page, which leads back. */
export async function atTheIssuer(page, email) {
  await page.locator("input[name=username]").fill(email);
  await page.locator("input[name=password]").fill(stack.demoPassword);
  await page.locator("button[type=submit], input[type=submit]").first().click();
  await page.waitForURL(`${stack.portalUrl}/**`);
}

/** Opens a section and signs in on the way, at the issuer. */
export async function signInAtTheIssuer(page, email, path = "/") {
  await page.goto(stack.portalUrl + path);
  await page.getByRole("button", { name: "Me connecter" }).click();
  await atTheIssuer(page, email);
  await page.getByRole("navigation", { name: "Sections de mon compte" }).waitFor();
}

/** What the page keeps in the tab of whoever signed in, by address. */
const sessions = new Map();

/** Opens a section signed in: the first time at the issuer, and then with what that sign-in left in its tab. */
export async function signIn(page, email, path = "/") {
  if (!sessions.has(email)) {
    await signInAtTheIssuer(page, email, path);
    sessions.set(email, await page.evaluate(() => sessionStorage.getItem("vigie.session")));
    return;
  }
  const blank = `${stack.portalUrl}/blank`;
  await page.route(blank, (route) => route.fulfill({ contentType: "text/html", body: "<title>Blank</title>" }));
  await page.goto(blank);
  await page.evaluate((session) => sessionStorage.setItem("vigie.session", session), sessions.get(email));
  await page.unroute(blank);
  await page.goto(stack.portalUrl + path);
  await page.getByRole("navigation", { name: "Sections de mon compte" }).waitFor();
}

/** Opens a section by its name in the navigation. */
export async function section(page, name) {
  const link = page.getByRole("navigation", { name: "Sections de mon compte" }).getByRole("link", { name, exact: true });
  const button = page.locator(".sections-button");
  // The page may be on its way still: whichever the window has room for.
  await link.or(button).filter({ visible: true }).first().waitFor();
  if (!(await link.isVisible())) await button.click();
  await link.click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** Waits until the section has loaded all that it loads. */
export async function settled(page) {
  await page.locator(".spinner").first().waitFor({ state: "detached" });
  // Twice, so that what an answer leads to is waited for too. The browser's own word for it takes half a second each time.
  for (let quiet = 0; quiet < 2; ) {
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    quiet = asked.get(page).size ? 0 : quiet + 1;
  }
  await page.locator(".spinner").first().waitFor({ state: "detached" });
}

/** Presses the section's button that saves and waits for its word, which a screen reader is told too. */
export async function save(page, name = "Enregistrer") {
  await page.getByRole("button", { name, exact: true }).click();
  await page.locator("[data-live]", { hasText: "Enregistré" }).waitFor({ state: "attached" });
}

/** Nothing that axe finds, and no scrolling sideways. */
export async function accessible(page, what) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((values) => globalThis.axe.run({ runOnly: { type: "tag", values }, resultTypes: ["violations"] }), TAGS);
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))]), [], what);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${what} scrolls sideways`);
}
