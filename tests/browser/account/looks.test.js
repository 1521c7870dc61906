// How the page looks and feels, on every view: typography, alignment, colours that are forced, paper, a translating browser, the map
// under keys and fingers, everybody's access, its weight; and sign-ins on machines that are not quite right.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";

import { accessible, save, section, settled, signIn, signInAtTheIssuer, start, stop, visit } from "./person.js";
import { api, consultation, invite, newAgent, newEntity, stack } from "./stack.js";
import { ADMINISTRATION, OPEN, open, PERSONAL } from "./views.js";

const KILOBYTES = 70;
const RULES = JSON.parse(await readFile(new URL("../../../shared/typography.json", import.meta.url), "utf8")).map(({ find, put }) => [new RegExp(find, "g"), put]);
const typeset = (text) => RULES.reduce((made, [find, put]) => made.replace(find, put), text);
/** Asks what a page asked. Only a browser finds the host, which is this machine. */
const asked = (route, postData) => {
  const { pathname, host } = new URL(route.request().url());
  return route.fetch({ url: stack.awsEndpoint + pathname, headers: { ...route.request().headers(), host }, postData });
};
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

describe("the looks", () => {
  let agent, administrator, foreign;

  before(async () => {
    await start();
    agent = await newAgent({ firstName: "Léa", lastName: "Looks" });
    administrator = await newAgent({ firstName: "Ada", lastName: "Admin", role: "administrator" });
    foreign = await consultation(administrator, { title: "Lot 1 : l'école \"Prévert\" ? 12h00 !", phase: "consultation" });
  });
  after(stop);

  test("our texts follow the table of typography on every view, and a title stays as it came", () =>
    visit(async (page) => {
      const wrong = [];
      const look = async (view) => {
        await open(page, stack.portalUrl, view);
        const text = (await page.evaluate(() => document.body.innerText)).replaceAll(foreign.title, "");
        for (const line of text.split("\n")) if (typeset(line) !== line) wrong.push([view[0], line]);
      };
      for (const view of OPEN) if (!view[1].startsWith("/v1/")) await look(view);
      await signIn(page, administrator.email);
      for (const view of PERSONAL) await look(view);
      // Those of the demo were typed by others.
      for (const view of ADMINISTRATION.filter(([name]) => !["sans-suivi", "destinataires", "journal"].includes(name))) await look(view);
      assert.deepEqual(wrong, []);
      await page.goto(`${stack.portalUrl}/favoris`);
      await page.getByText(foreign.title).first().waitFor();
      assert.ok((await page.evaluate(() => document.body.innerText)).includes(foreign.title));
    }));

  test("a phone number is spelt as people spell it, and nothing is unsaved by that", () =>
    visit(async (page) => {
      await api("PATCH", `/v1/accounts/${agent.id}/contact`, { login: agent.email, body: { phone: "+33353010002", fax: "+442071838750" }, headers: { "If-Match": "*" } });
      await signIn(page, agent.email, "/coordonnees");
      assert.equal(await page.getByLabel("Téléphone").inputValue(), "03 53 01 00 02");
      assert.equal(await page.getByLabel("Télécopie").inputValue(), "+442071838750");
      await page.getByLabel("Fonction").fill("Standard");
      await save(page);
      assert.equal((await api("GET", `/v1/accounts/${agent.id}`, { login: agent.email })).contact.phone, "+33353010002");
      await section(page, "Historique");
      assert.equal(await page.getByRole("dialog").count(), 0);
    }));

  test("on a phone an address goes on in the next line at its @ or at a dot behind it, and is copied as it is", () =>
    visit(
      async (page) => {
        const who = await newAgent({ firstName: "Bérengère", lastName: "Ligne", role: "administrator" });
        await api("PUT", `/v1/accounts/${who.id}/alerts`, {
          login: who.email,
          body: { ...(await api("GET", `/v1/accounts/${who.id}/alerts`, { login: who.email })), kinds: { tenderReceived: "immediate", consultationClosed: "off", messageReceived: "off", questionReceived: "off", noticePublished: "off", noticeRejected: "off", approvalRequested: "off" } },
        });
        const long = `berengere.de.la.${Date.now().toString(36)}@marches.strasbourg.example.fr`;
        await api("PATCH", `/v1/accounts/${who.id}/contact`, { login: who.email, body: { email: long }, headers: { "If-Match": "*" } });
        await signIn(page, who.email, "/coordonnees");
        for (const view of ["/coordonnees", "/alertes", "/administration/agents"]) {
          await page.goto(stack.portalUrl + view);
          await settled(page);
          // What stands before the @ is in one line, and each label behind it.
          const parts = await page.locator("main .domain").evaluateAll((all) => {
            const lines = (node, from) => {
              const range = document.createRange();
              range.setStart(node, from);
              range.setEnd(node, node.data.length);
              return [node.data.slice(from), new Set([...range.getClientRects()].map(({ y }) => Math.round(y))).size];
            };
            return all.flatMap((domain) => {
              const before = domain.previousSibling;
              return [lines(before, before.data.search(/\S+$/)), ...[...domain.childNodes].filter(({ data }) => data).map((label) => lines(label, 0))];
            });
          });
          assert.ok(parts.length >= 2, view);
          assert.deepEqual(parts.filter(([, lines]) => lines > 1), [], view);
        }
        await page.goto(`${stack.portalUrl}/coordonnees`);
        await settled(page);
        assert.ok((await page.evaluate(() => document.querySelector("main").innerText)).includes(long));
      },
      { viewport: { width: 360, height: 740 } },
    ));

  test("the guide's own words stand where it says them", () =>
    visit(async (page) => {
      await signIn(page, administrator.email, "/alertes");
      const said = async (...texts) => {
        await settled(page);
        const all = (await page.evaluate(() => document.body.innerText)).replace(/\s+/g, " ").replaceAll("’", "'");
        for (const text of texts) assert.ok(all.includes(text), text);
      };
      await said(
        "Mon compte › Mes alertes électroniques",
        "L'application propose un envoi automatique de courrier électronique (alerte) aux agents pour certains événements.",
        "Alertes liées aux consultations suivies par moi-même (celles pour lesquelles je suis mentionné(e) comme « Invité »)",
        "Alertes liées à mes consultations favorites",
        "Information de réception d'une réponse électronique sur une consultation suivie (synchrone)",
        "avec synthèse des retraits et dépôts électroniques (asynchrone)",
        "Information de réception d'un message sollicité d'entreprise sur une consultation suivie",
        "Information de réception d'une question posée par une entreprise sur une consultation suivie",
        "Information de publication au BOAMP sur une consultation suivie",
        "Information d'échec de publication au BOAMP sur une consultation suivie",
        "Information de consultation en attente d'approbation ou de validation",
        "La clôture n'a pas de « Quotidienne » : sa synthèse vaut le jour même.",
        "Seules vos consultations favorites font l'objet des alertes automatiques activées",
        "À leur premier enregistrement en phase « Élaboration », définir automatiquement comme favoris :",
        "(uniquement si je suis invité permanent sur mon entité)",
      );
      await page.goto(`${stack.portalUrl}/coordonnees`);
      await said("Mon compte › Mes coordonnées", "privilégiez une adresse générique", "La plateforme n'accepte qu'une seule fois une adresse.");
    }));

  describe("the map", () => {
    const opened = async (page) => {
      await page.getByRole("button", { name: "Détails/Éditer" }).click();
      await page.locator("path[data-code='67']").waitFor();
    };

    test("is one stop of the tab key, and arrows lead to the neighbour that lies there", () =>
      visit(async (page) => {
        await signIn(page, agent.email, "/lieux");
        await opened(page);
        // Attributes of SVG are case-sensitive: only this one is known to every browser.
        assert.deepEqual(await page.locator("svg path[data-code]").evaluateAll((all) => [all.filter((each) => each.getAttribute("tabindex") === "0").length, all.filter((each) => each.tabIndex >= 0).length]), [1, 1]);
        await page.locator("path[tabindex='0']").focus();
        const at = () => page.evaluate(() => document.activeElement?.getAttribute("data-code"));
        assert.equal(await at(), "01");
        await page.locator("path[data-code='68']").focus();
        await page.keyboard.press("ArrowUp");
        assert.equal(await at(), "67");
        await page.keyboard.press(" ");
        assert.equal(await page.locator("path[data-code='67']").getAttribute("aria-checked"), "true");
        await page.keyboard.press("ArrowLeft");
        assert.ok(["54", "57"].includes(await at()), await at());
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement?.tagName), "A", "one Tab leaves the map");
      }));

    test("speaks of touching where nothing hovers, and the list comes first on a phone", () =>
      visit(async (page) => {
        await signIn(page, agent.email, "/lieux");
        await opened(page);
        const window = page.getByRole("dialog");
        assert.doesNotMatch(await window.innerText(), /souris|survolez|clavier/i);
        await window.getByText("Touchez les lieux").waitFor();
        const [list, map] = await Promise.all([".place-list", ".map svg"].map(async (part) => (await window.locator(part).boundingBox()).y));
        assert.ok(list < map);
      }, PHONE));

    test("shows what is chosen as chips, and the focus stays among them when one is taken off", () =>
      visit(async (page) => {
        await signIn(page, agent.email, "/lieux");
        await opened(page);
        await page.getByRole("button", { name: "Alsace", exact: true }).click();
        await page.getByRole("button", { name: "Retirer Bas-Rhin" }).press("Enter");
        await page.getByRole("button", { name: "Retirer Bas-Rhin" }).waitFor({ state: "detached" });
        await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Retirer Haut-Rhin");
        await page.keyboard.press("Enter");
        await page.waitForFunction(() => document.activeElement?.classList.contains("chips"));
      }));
  });

  describe("the identity menu", () => {
    const menu = (page) => page.locator("#identity-menu");

    test("closes by the button that opened it, by mouse and by keyboard", () =>
      visit(async (page) => {
        await signIn(page, agent.email, "/historique");
        const button = page.getByRole("button", { name: /^Menu de/ });
        await button.click();
        await menu(page).waitFor();
        await button.click();
        await menu(page).waitFor({ state: "hidden" });
        await page.mouse.move(600, 600);
        await button.press("Enter");
        await menu(page).waitFor();
        await button.press("Enter");
        await menu(page).waitFor({ state: "hidden" });
      }));

    test("opens and closes under a finger", () =>
      visit(async (page) => {
        await signIn(page, agent.email, "/historique");
        const button = page.getByRole("button", { name: /^Menu de/ });
        await button.tap();
        await menu(page).waitFor();
        await button.tap();
        await menu(page).waitFor({ state: "hidden" });
      }, PHONE));
  });

  test("inputs of a row stand on one line, and tabs in columns of one width", () =>
    visit(async (page) => {
      await signIn(page, administrator.email);
      for (const width of [1280, 900, 640]) {
        await page.setViewportSize({ width, height: 900 });
        for (const path of ["/coordonnees", "/administration/entites", "/administration/agents"]) {
          await page.goto(stack.portalUrl + path);
          await settled(page);
          const ragged = await page.evaluate(() =>
            [...document.querySelectorAll(".grid")].flatMap((grid) => {
              const rows = Map.groupBy([...grid.querySelectorAll(":scope > .field")], (field) => Math.round(field.getBoundingClientRect().top));
              return [...rows.values()].filter((row) => new Set(row.map((field) => Math.round(field.querySelector("input, select").getBoundingClientRect().top))).size > 1).map((row) => row[0].innerText);
            }),
          );
          assert.deepEqual(ragged, [], `${path} at ${width}`);
        }
        const widths = await page.locator(".tabs li").evaluateAll((all) => [...new Set(all.map((each) => Math.round(each.getBoundingClientRect().width)))]);
        assert.equal(widths.length, 1, `tabs at ${width}`);
      }
    }));

  test("buttons of a row are of one height, the dangerous too", () =>
    visit(async (page) => {
      await api("POST", `/v1/entities/${administrator.entity}/agents`, { login: administrator.email, body: { contact: { firstName: "Wanda", lastName: "Attend", email: `wanda.${Date.now()}@navigateur.example.fr` }, role: "agent" } });
      await signIn(page, administrator.email, "/administration/agents");
      // The newest may stand on a later page.
      const row = page.locator(".list > li", { has: page.getByRole("button", { name: "Retirer ce compte" }) }).first();
      const more = page.getByRole("button", { name: "Afficher la suite" });
      await row.or(more).first().waitFor();
      while (!(await row.isVisible())) await more.click();
      const heights = await row.locator("> button").evaluateAll((all) => [...new Set(all.map((each) => each.getBoundingClientRect().height))]);
      assert.equal(heights.length, 1, String(heights));
    }));

  test("what is pressed is seen where colours are forced", () =>
    visit(async (page) => {
      await signIn(page, administrator.email, "/lieux");
      await page.getByRole("button", { name: "Détails/Éditer" }).click();
      const button = page.getByRole("button", { name: "Alsace", exact: true });
      const look = (locator) => locator.evaluate((each) => ["backgroundColor", "borderColor", "color"].map((name) => getComputedStyle(each)[name]).join());
      const off = await look(button);
      await button.click();
      await page.mouse.move(5, 5);
      assert.notEqual(await look(button), off);
      await page.goto(`${stack.portalUrl}/favoris`);
      const star = page.locator(".star").first();
      await star.waitFor();
      const fill = () => star.locator("svg").evaluate((each) => getComputedStyle(each).fill);
      const [before, pressed] = [await fill(), await star.getAttribute("aria-pressed")];
      await star.click();
      await page.waitForFunction((was) => document.querySelector(".star").getAttribute("aria-pressed") !== was, pressed);
      assert.notEqual(await fill(), before);
      await star.click();
    }, { forcedColors: "active" }));

  test("on paper there is nothing to press, in black on white", () =>
    visit(async (page) => {
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      await page.goto(stack.portalUrl);
      await page.emulateMedia({ media: "screen" });
      await signIn(page, administrator.email, "/favoris");
      await settled(page);
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      for (const part of [".sections", ".skip", ".bottom", "main button:not(.star)"]) {
        for (const each of await page.locator(part).all()) assert.equal(await each.isVisible(), false, part);
      }
      await page.getByText(foreign.title).first().waitFor();
      assert.deepEqual(await page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector("h1")).color]), ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]);
    }));

  test("texts that a browser translated stay right after they change", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/lieux");
      await settled(page);
      // As Chrome does it: elements of its own take the place of texts.
      const translate = () =>
        page.evaluate(() => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const texts = [];
          while (walker.nextNode()) if (walker.currentNode.data.trim() && !walker.currentNode.parentElement.closest("option, script, style, font, textarea")) texts.push(walker.currentNode);
          for (const text of texts) {
            const font = document.createElement("font");
            const inner = document.createElement("font");
            inner.textContent = `[${text.data}]`;
            font.append(inner);
            text.replaceWith(font);
          }
        });
      await translate();
      await page.getByRole("button", { name: "Détails/Éditer" }).click();
      await page.locator("path[data-code='67']").waitFor();
      await translate();
      await page.getByRole("button", { name: "Haut-Rhin" }).or(page.locator("path[data-code='68']")).first().click();
      const caption = page.locator(".map-name");
      await page.locator("path[data-code='67']").hover();
      assert.equal((await caption.innerText()).trim(), "Bas-Rhin (67)");
      await translate();
      await page.locator("path[data-code='75']").hover({ force: true });
      assert.equal((await caption.innerText()).trim(), "Paris (75)");
      await page.getByRole("button", { name: "Annuler" }).click();
      await page.getByRole("button", { name: "Quitter sans enregistrer" }).click();
      // By its address: its name reads as the browser translated it.
      await page.locator(".sections a[href='/historique']").click();
      await page.getByText("Aucune alerte ne vous a encore été envoyée.").waitFor();
      assert.match(await page.locator("h1").innerText(), /^Historique$/);
      assert.doesNotMatch(await page.locator("main").innerText(), /Lieu d’exécution/);
    }));

  describe("somebody ends signed in", () => {
    for (const [name, hours] of [["an hour ahead", 1], ["an hour behind", -1]]) {
      test(`with a clock ${name}`, () =>
        visit(async (page) => {
          await page.clock.install({ time: Date.now() + hours * 3_600_000 });
          await signIn(page, agent.email, "/historique");
          await page.getByRole("heading", { name: "Mes données" }).waitFor();
          const { expiresAt } = await page.evaluate(() => JSON.parse(sessionStorage.getItem("vigie.session")));
          const left = expiresAt - (await page.evaluate(() => Date.now()));
          assert.ok(left > 600_000 && left <= 86_400_000, `${left} ms are left`);
          await section(page, "Mes coordonnées");
          await page.getByLabel("Fonction").waitFor();
          assert.equal(await page.getByRole("dialog").count(), 0);
        }));
    }

    test("at an issuer without refresh tokens, until the API takes the token no longer", () =>
      visit(async (page, context) => {
        await context.route("**/oauth2/token", async (route) => {
          const response = await asked(route);
          const { refresh_token: _, ...rest } = await response.json();
          await route.fulfill({ response, json: { ...rest, expires_in: 30 } });
        });
        await signInAtTheIssuer(page, agent.email, "/historique");
        await page.getByRole("heading", { name: "Mes données" }).waitFor();
        assert.equal(await page.evaluate(() => JSON.parse(sessionStorage.getItem("vigie.session")).refresh), undefined);
        await section(page, "Mes coordonnées");
        await page.getByLabel("Fonction").waitFor();
        assert.equal(await page.getByRole("dialog").count(), 0);
      }));

    test("in a duplicated tab, though a refresh token works once", () =>
      visit(async (page, context) => {
        const spent = new Set();
        await context.route("**/oauth2/token", async (route) => {
          const form = new URLSearchParams(route.request().postData() ?? "");
          const refresh = form.get("refresh_token");
          if (!refresh) return route.fulfill({ response: await asked(route) });
          if (spent.has(refresh)) return route.fulfill({ status: 400, headers: { "Access-Control-Allow-Origin": "*" }, json: { error: "invalid_grant" } });
          spent.add(refresh);
          // The stack's issuer does not turn them over: to the page it looks as if it did.
          const [real] = refresh.split("~");
          form.set("refresh_token", real);
          const response = await asked(route, form.toString());
          await route.fulfill({ response, json: { ...(await response.json()), refresh_token: `${real}~${spent.size}` } });
        });
        await signIn(page, agent.email, "/historique");
        await page.getByRole("heading", { name: "Mes données" }).waitFor();
        const kept = await page.evaluate(() => ({ ...sessionStorage }));
        const twin = await context.newPage();
        await twin.goto(stack.portalUrl);
        await twin.evaluate((all) => Object.entries(all).forEach(([key, value]) => sessionStorage.setItem(key, value)), kept);
        await twin.goto(`${stack.portalUrl}/historique`);
        await twin.getByRole("heading", { name: "Mes données" }).waitFor();
        for (const tab of [page, twin]) {
          // The API refuses the token once in each: both have to renew.
          let refused = false;
          await tab.route("**/v1/accounts/*", (route) => {
            if (refused) return route.continue();
            refused = true;
            return route.fulfill({ status: 401, json: { message: "Unauthorized" } });
          });
          await section(tab, "Mes coordonnées");
          await tab.getByLabel("Fonction").waitFor();
          assert.equal(await tab.getByRole("dialog").count(), 0);
        }
      }));
  });

  test("everybody can use every view: light, dark, forced colours, at 200 % and at 400 %, which are 640 and 320 px", () =>
    visit(async (page) => {
      const wide = page.viewportSize();
      const looks = [
        ["light", { colorScheme: "light", forcedColors: "none" }, wide],
        ["dark", { colorScheme: "dark", forcedColors: "none" }, wide],
        ["forced colours", { colorScheme: "light", forcedColors: "active" }, wide],
        ["640 px", { colorScheme: "light", forcedColors: "none" }, { width: 640, height: 512 }],
        ["320 px", { colorScheme: "light", forcedColors: "none" }, { width: 320, height: 512 }],
      ];
      const look = async (view) => {
        await page.setViewportSize(wide);
        await open(page, stack.portalUrl, view);
        for (const [name, media, size] of looks) {
          await page.emulateMedia(media);
          await page.setViewportSize(size);
          await accessible(page, `${view[0]}, ${name}`);
        }
      };
      for (const view of OPEN) await look(view);
      await signIn(page, administrator.email, "/");
      for (const view of [...PERSONAL, ...ADMINISTRATION]) await look(view);
    }));

  test("a first view is light: six requests, 70 KB, and nothing that was seen moves", () =>
    visit(async (page, context) => {
      // What other tests made is not theirs; their own list is longer than what is read of it at once.
      const entity = await newEntity("Service des achats");
      const { email } = await newAgent({ firstName: "Léa", lastName: "Légère", role: "administrator", entity });
      for (let n = 0; n < 12; n++) await invite({ firstName: "Marie-Christine", lastName: "Vandenbroucke", entity });
      await signIn(page, email, "/");
      await page.addInitScript(() => {
        globalThis.seen = { shift: 0, usable: 0 };
        new PerformanceObserver((list) => list.getEntries().forEach((entry) => (globalThis.seen.shift += entry.value))).observe({ type: "layout-shift", buffered: true });
        // As it is drawn, and not a frame later: what a view asks for once it is there is no part of coming there.
        new MutationObserver((_, observer) => {
          if (!document.querySelector("main input, main select, main .star, main button:not(.spinner)")) return;
          globalThis.seen.usable = performance.now();
          observer.disconnect();
        }).observe(document, { childList: true, subtree: true });
      });
      const cdp = await context.newCDPSession(page);
      await cdp.send("Network.enable");
      await cdp.send("Network.setCacheDisabled", { cacheDisabled: true });
      let bytes = 0;
      cdp.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
      const paths = [...PERSONAL, ...ADMINISTRATION].filter(([, , ready]) => !ready).map(([, path]) => path);
      for (const path of paths) {
        bytes = 0;
        await page.goto(stack.portalUrl + path);
        await settled(page);
        await page.waitForFunction(() => globalThis.seen.usable > 0);
        const { before, shift } = await page.evaluate(() => ({
          before: 1 + performance.getEntriesByType("resource").filter(({ startTime, name }) => !name.startsWith("data:") && startTime < globalThis.seen.usable).length,
          shift: globalThis.seen.shift,
        }));
        assert.ok(before <= 6, `${path}: ${before} requests`);
        assert.ok(bytes <= KILOBYTES * 1024, `${path}: ${bytes} bytes`);
        assert.ok(shift < 0.001, `${path}: moved by ${shift}`);
      }
      bytes = 0;
      await page.goto(`${stack.portalUrl}/lieux`);
      await page.getByRole("button", { name: "Détails/Éditer" }).click();
      await page.locator("path[data-code='67']").waitFor();
      assert.ok(bytes <= 110 * 1024, `with the map: ${bytes} bytes`);
    }));
});
