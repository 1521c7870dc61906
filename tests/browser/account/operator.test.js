// The operator's particulars on every page, with the links that the law wants, in a real browser.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";

import { section, settled, signIn, start, stop, visit } from "./person.js";
import { invite, mail, newAgent, stack } from "./stack.js";
import { OPEN, open, PERSONAL } from "./views.js";

const OPERATOR = JSON.parse(await readFile(new URL("../../../infra/local/demo/operator.json", import.meta.url), "utf8"));
const LINKS = {
  "Accessibilité : non conforme": "Déclaration d’accessibilité",
  "Mentions légales": "Mentions légales",
  "Données personnelles": "Données personnelles",
  Aide: "Aide",
};

describe("the operator", () => {
  before(start);
  after(stop);

  /** Checks what stands on every page. */
  async function look(page, name) {
    assert.ok((await page.title()).endsWith(` – ${OPERATOR.name}`), `${name}: ${await page.title()}`);
    const brand = page.locator(".brand a");
    assert.equal((await brand.innerText()).trim(), OPERATOR.name, name);
    assert.equal(await brand.locator("img").evaluate((image) => image.naturalWidth > 0), true, name);
    for (const link of Object.keys(LINKS)) assert.equal(await page.getByRole("contentinfo").getByRole("link", { name: link, exact: true }).count(), 1, `${name}: ${link}`);
    assert.equal(await page.getByRole("heading", { name: "Besoin de plus d’aide ?" }).count(), 1, name);
    assert.equal(await page.locator('.skip[href="#contenu"]').count(), 1, name);
    assert.equal(await page.locator("main#contenu h1").count(), 1, name);
    for (const [colorScheme, colour] of Object.entries(OPERATOR.colours)) {
      await page.emulateMedia({ colorScheme });
      const accent = await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--accent").trim());
      assert.equal(accent, colour, `${name}, ${colorScheme}`);
    }
  }

  test("its name, colours, help and the four links stand on every page without a sign-in", () =>
    visit(async (page) => {
      for (const view of OPEN) {
        await open(page, stack.portalUrl, view);
        await look(page, view[0]);
      }
    }));

  test("they stand on the pages of an account too, with the guide of the section that is open", () =>
    visit(async (page) => {
      const agent = await newAgent({ firstName: "Olga", lastName: "Opérateur" });
      await signIn(page, agent.email);
      for (const view of PERSONAL.filter(([, , ready]) => !ready)) {
        await open(page, stack.portalUrl, view);
        await look(page, view[0]);
      }
      await section(page, "Mes alertes électroniques");
      await settled(page);
      const guides = page.getByRole("contentinfo").getByRole("link", { name: /^Guide/ });
      const shown = async () => (await guides.allInnerTexts()).map((text) => text.replaceAll("\u00a0", " "));
      assert.deepEqual(await shown(), ["Guide d’utilisation", "Guide : Mes alertes électroniques"]);
      await section(page, "Historique");
      await settled(page);
      assert.deepEqual(await shown(), ["Guide d’utilisation"]);
    }));

  test("mails come in its name too", async () => {
    const { email } = await invite({ firstName: "Oscar", lastName: "Opéré" });
    const { from, text, html } = await mail(email, "Invitation");
    const [, name] = /^"?(.*?)"? <[^<>]+>$/.exec(from) ?? [];
    const decoded = name.replace(/^=\?UTF-8\?B\?(.*)\?=$/i, (_, base64) => Buffer.from(base64, "base64").toString());
    assert.equal(decoded, OPERATOR.name);
    for (const part of [text, html]) assert.ok(part.includes(OPERATOR.name) && part.includes(OPERATOR.help.mail), part);
  });

  test("each of the four links leads to its page without JavaScript", () =>
    visit(
      async (page) => {
        for (const [link, heading] of Object.entries(LINKS)) {
          await page.goto(`${stack.portalUrl}/confirm`);
          await page.getByRole("contentinfo").getByRole("link", { name: link, exact: true }).click();
          await page.getByRole("heading", { level: 1, name: heading }).waitFor();
          assert.ok(!(await page.innerText("body")).includes("à compléter"));
        }
      },
      { javaScriptEnabled: false },
    ));
});
