// Every section while it loads, when it cannot be read, when it is empty, and when it is long: all of it can be used by everybody.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { accessible, section, settled, signIn, signInAtTheIssuer, start, stop, visit } from "./person.js";
import { ADMINISTRATOR, api, invite, newAgent, stack } from "./stack.js";

const SECTIONS = ["/coordonnees", "/alertes", "/favoris", "/lieux", "/comptes", "/historique"];
const ADMINISTRATION = ["/administration", "/administration/entites", "/administration/agents", "/administration/adresses", "/administration/sans-suivi", "/administration/destinataires/c-21-166157", "/administration/journal"];
/** Requests by which a section reads. `me` is none of them: the account has to be known first. */
const READS = /\/v1\/(?!me$|openapi)/;

describe("states", () => {
  let agent, administrator;

  before(async () => {
    await start();
    agent = await newAgent({ firstName: "Stella", lastName: "États" });
    administrator = await newAgent({ firstName: "Alix", lastName: "Admin", role: "administrator" });
  });
  after(stop);

  for (const [scheme, options] of [["light", { colorScheme: "light" }], ["dark", { colorScheme: "dark" }], ["forced colours", { forcedColors: "active" }]]) {
    test(`while it loads, and when it cannot be read (${scheme})`, () =>
      visit(async (page, context) => {
        await signIn(page, administrator.email, "/");
        for (const path of [...SECTIONS, ...ADMINISTRATION]) {
          await context.route(READS, () => {});
          await page.goto(stack.portalUrl + path);
          await page.getByText("Chargement…").first().waitFor();
          await accessible(page, `${path} while it loads`);
          await context.unrouteAll({ behavior: "ignoreErrors" });
          await context.route(READS, (route) => route.fulfill({ status: 500, json: { type: "urn:vigie:problem:internal" } }));
          await page.goto(stack.portalUrl + path);
          await page.getByText("Une erreur est survenue").first().waitFor();
          await accessible(page, `${path} when it cannot be read`);
          await context.unrouteAll({ behavior: "ignoreErrors" });
          await page.getByRole("button", { name: "Réessayer" }).first().click();
          await page.getByText("Une erreur est survenue").first().waitFor({ state: "detached" });
        }
      }, options));

    test(`when it is empty (${scheme})`, () =>
      visit(async (page) => {
        await signIn(page, agent.email, "/");
        const empty = [
          ["/favoris", "Aucune consultation ne vous est ouverte pour l’instant."],
          ["/lieux", "Détails/Éditer"],
          ["/comptes", "Aucun compte n’est associé au vôtre."],
          ["/historique", "Aucune alerte ne vous a encore été envoyée."],
        ];
        for (const [path, text] of empty) {
          await page.goto(stack.portalUrl + path);
          await page.getByText(text).first().waitFor();
          await settled(page);
          await accessible(page, `${path}, empty`);
        }
      }, options));
  }

  test("the focus goes through a section in the order in which it is read", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/coordonnees");
      await settled(page);
      const wanted = ["Aller au contenu", "Achats publics de Valfictif", "Menu de", "Mes coordonnées", "Mes alertes électroniques", "Mes favoris", "Mes préférences Lieu", "Mes comptes associés", "Historique", "Civilité", "Fonction", "Prénom", "Nom", "Adresse électronique", "Téléphone", "Télécopie", "Numéro et rue", "Code postal", "Ville", "Pays", "Enregistrer"];
      const passed = [];
      for (const name of wanted) {
        await page.keyboard.press("Tab");
        const focused = await page.evaluate(() => {
          const at = document.activeElement;
          const box = at.getBoundingClientRect();
          return { name: (at.labels?.[0]?.innerText || at.innerText || "").trim(), seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight };
        });
        passed.push(focused.name);
        assert.ok(focused.name.startsWith(name), `${name} was to come: ${passed.join(" | ")}`);
        assert.ok(focused.seen, `${name} has the focus and is not seen`);
      }
    }));

  test("a long list goes on as one scrolls, and by its button for who uses a keyboard", async () => {
    const entity = `ems-longue-${Date.now().toString(36)}`;
    await api("PUT", `/v1/entities/${entity}`, { login: ADMINISTRATOR, body: { name: "Entité aux nombreux agents", parentId: "ems-sig" } });
    for (let n = 0; n < 45; n++) await invite({ firstName: `Agent ${n}`, entity });
    await visit(async (page) => {
      const rows = page.locator("main ul.list > li");
      await signIn(page, administrator.email, `/administration/agents/${entity}`);
      await rows.first().waitFor();
      await page.mouse.move(600, 600);
      for (let count; (count = await rows.count()) < 45; ) {
        await page.mouse.wheel(0, 30_000);
        await rows.nth(count).waitFor();
      }
      assert.equal(await rows.count(), 45);
      await page.getByText("45 agents affichés.").waitFor();
    });
    await visit(async (page) => {
      const rows = page.locator("main ul.list > li");
      await signIn(page, administrator.email, `/administration/agents/${entity}`);
      await rows.first().waitFor();
      const before = await rows.count();
      // By its button alone: nothing is in sight of its own accord.
      await page.evaluate(() => document.querySelector(".more button")?.focus());
      await page.keyboard.press("Enter");
      await page.waitForFunction((count) => document.querySelectorAll("main ul.list > li").length > count, before);
      assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), "BODY", "the focus is lost");
    });
  });

  test("no code of the sign-in stays in the history", () =>
    visit(async (page) => {
      await signInAtTheIssuer(page, agent.email, "/alertes");
      await section(page, "Mes favoris");
      const addresses = [page.url()];
      for (let step = 0; step < 2; step++) {
        await page.goBack().catch(() => null);
        addresses.push(page.url());
      }
      // The issuer's own addresses are its business: here they are on the same host.
      assert.deepEqual(addresses.filter((address) => address.startsWith(`${stack.portalUrl}/?`) || /[?&]code=/.test(address)), []);
      await page.waitForLoadState();
    }));

  test("what somebody else typed is text to an administrator too", async () => {
    const hostile = await newAgent({ firstName: "<img src=x onerror=alert(1)>", lastName: "{{constructor}}" });
    await visit(async (page) => {
      page.on("dialog", () => assert.fail("a dialog of a stranger"));
      await signIn(page, ADMINISTRATOR, `/administration/agents/${hostile.entity}`);
      const entry = page.locator("li", { hasText: hostile.email });
      const rows = page.locator("main ul.list > li");
      await rows.first().waitFor();
      for (let count; !(await entry.count()); ) {
        count = await rows.count();
        await page.locator(".more button").scrollIntoViewIfNeeded().catch(() => null);
        await rows.nth(count).waitFor();
      }
      await entry.getByText("<img src=x onerror=alert(1)> {{constructor}}").waitFor();
      assert.equal(await page.locator("main img").count(), 0);
    });
  });
});
