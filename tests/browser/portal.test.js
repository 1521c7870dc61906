// The portal's pages in a real browser: what a visitor sees for every answer, that nothing happens before the button, that the
// link's token goes nowhere else, and that everybody can use them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, beforeEach, describe, test } from "node:test";

import { launch } from "./chromium.js";
import { startIssuer, startSite } from "./site.js";

const TOKEN = "C.0192f0c1-7a10.Zm9vYmFy_-~";
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const problem = (status, name, headers) => [status, { type: `urn:vigie:problem:${name}`, title: "t", status }, headers];

describe("pages of mailed links", () => {
  let browser, issuer, site, api;

  before(async () => {
    browser = await launch();
    issuer = await startIssuer();
    site = await startSite(issuer, (call) => api(call));
  });

  beforeEach(() => {
    api = () => [500, {}];
    site.calls.length = issuer.seen.length = 0;
    issuer.behaviour.refuses = false;
  });

  after(async () => {
    await browser?.close();
    await Promise.all([site?.close(), issuer?.close()]);
  });

  /** Opens a page as a new visitor, lets `visit` use it, and checks what must hold in every visit. */
  async function open(path, visit, options = {}) {
    const context = await browser.newContext({ locale: "fr-FR", ...options });
    const page = await context.newPage();
    const origins = new Set();
    const violations = [];
    page.on("request", (request) => origins.add(new URL(request.url()).origin));
    page.on("pageerror", (error) => violations.push(String(error)));
    page.on("console", (line) => /Content Security|Trusted/.test(line.text()) && violations.push(line.text()));
    try {
      await page.goto(site.origin + path);
      await visit(page);
      assert.deepEqual(violations, []);
      origins.delete(site.origin);
      origins.delete(issuer.origin);
      assert.deepEqual([...origins], [], "other hosts were asked");
    } finally {
      await context.close();
    }
  }

  const button = (page) => page.getByRole("button");
  const told = (page) => page.getByRole("status").getByRole("heading");

  async function expectOutcome(page, title, { retry }) {
    await page.getByRole("status").getByRole("heading", { name: title }).waitFor({ timeout: 5000 });
    assert.equal(await button(page).isVisible(), retry, title);
  }

  describe("confirmation", () => {
    const path = `/confirm?token=${TOKEN}`;

    test("opening the link does nothing, and takes the token out of the address", () =>
      open(path, async (page) => {
        await button(page).waitFor();
        assert.equal(await button(page).textContent(), "Confirmer mon adresse");
        assert.equal(page.url(), `${site.origin}/confirm`);
        await page.waitForTimeout(300);
        assert.deepEqual(site.calls, []);
      }));

    const outcomes = [
      ["200", [200, { confirmed: true }], "Votre adresse est confirmée", false],
      ["email-taken", problem(409, "email-taken"), "Cette adresse est déjà utilisée", false],
      ["conflict", problem(409, "conflict"), "Réessayez", true],
      ["token-expired", problem(410, "token-expired"), "Ce lien a expiré", false],
      ["404", problem(404, "not-found"), "Ce lien n’est plus valable", false],
      ["429 of the API itself", [429, { message: "Too Many Requests" }], "Trop de demandes à la fois", true],
      ["503", problem(503, "unavailable", { "Retry-After": "2" }), "Service momentanément indisponible", true],
      ["500", problem(500, "internal"), "Une erreur est survenue", true],
      ["a broken connection", null, "Le service n’a pas répondu", true],
    ];
    for (const [name, answer, title, retry] of outcomes) {
      test(`says in French what came of it: ${name}`, () =>
        open(path, async (page) => {
          api = () => answer;
          await button(page).click();
          await expectOutcome(page, title, { retry });
          assert.match(await page.title(), new RegExp(`^${title} – Vigie$`));
          const [call] = site.calls;
          assert.equal(call.path, "/v1/confirmations");
          assert.match(call.headers["content-type"], /^application\/json/);
          assert.deepEqual(JSON.parse(call.body), { token: TOKEN });
          assert.equal(call.headers.referer, undefined);
        }));
    }

    test("can be pressed again after a failure, but not twice at once", () =>
      open(path, async (page) => {
        api = async () => (await new Promise((resolve) => setTimeout(resolve, 300)), site.calls.length > 1 ? [200, {}] : [503, {}]);
        await button(page).dblclick();
        await expectOutcome(page, "Service momentanément indisponible", { retry: true });
        assert.equal(site.calls.length, 1);
        await button(page).click();
        await expectOutcome(page, "Votre adresse est confirmée", { retry: false });
        assert.equal(site.calls.length, 2);
      }));

    test("survives a reload before the button, and is over after it", () =>
      open(path, async (page) => {
        api = () => [200, {}];
        await page.reload();
        await button(page).click();
        await expectOutcome(page, "Votre adresse est confirmée", { retry: false });
        await page.reload();
        await expectOutcome(page, "Ce lien est incomplet", { retry: false });
      }));

    test("works by keyboard, and puts the focus on the outcome", () =>
      open(path, async (page) => {
        api = () => [200, {}];
        await button(page).focus();
        await page.keyboard.press("Enter");
        await expectOutcome(page, "Votre adresse est confirmée", { retry: false });
        assert.equal(await page.evaluate(() => document.activeElement.id), "outcome");
      }));

    for (const query of ["", "?token=", "?token=%3Cimg%20src%3Dx%3E", "?autre=1"]) {
      test(`offers no button for an incomplete link: "${query}"`, () =>
        open(`/confirm${query}`, (page) => expectOutcome(page, "Ce lien est incomplet", { retry: false })));
    }

    test("explains itself without JavaScript", () =>
      open(
        path,
        async (page) => {
          // Not by its text: Playwright looks for none within <noscript>.
          assert.equal(await page.locator("noscript .notice").isVisible(), true);
          assert.equal(await button(page).isVisible(), false);
        },
        { javaScriptEnabled: false },
      ));
  });

  describe("stop of a recovery", () => {
    const path = `/stop?token=${TOKEN}`;

    test("opening the link does nothing, and nobody signs in", () =>
      open(path, async (page) => {
        await button(page).waitFor();
        assert.equal(await button(page).textContent(), "Arrêter cette demande");
        await page.waitForTimeout(300);
        assert.deepEqual([site.calls, issuer.seen, page.url()], [[], [], `${site.origin}/stop`]);
      }));

    const outcomes = [
      ["200", [200, { stopped: true }], "La demande est arrêtée", false],
      ["token-expired", problem(410, "token-expired"), "Il est trop tard pour l’arrêter", false],
      ["404", problem(404, "not-found"), "Ce lien n’est plus valable", false],
      ["503", problem(503, "unavailable", { "Retry-After": "2" }), "Service momentanément indisponible", true],
    ];
    for (const [name, answer, title, retry] of outcomes) {
      test(`says in French what came of it: ${name}`, () =>
        open(path, async (page) => {
          api = () => answer;
          await button(page).click();
          await expectOutcome(page, title, { retry });
          const [call] = site.calls;
          assert.deepEqual([call.path, JSON.parse(call.body), issuer.seen], ["/v1/recoveries/stop", { token: TOKEN }, []]);
        }));
    }
  });

  describe("invitation", () => {
    const path = `/invitation?token=${TOKEN}`;

    test("opening the link does nothing", () =>
      open(path, async (page) => {
        await button(page).waitFor();
        await page.waitForTimeout(300);
        assert.deepEqual([site.calls, issuer.seen], [[], []]);
      }));

    const outcomes = [
      ["200", [200, { accountId: "a" }], "Invitation acceptée", false],
      ["already-bound", problem(409, "already-bound"), "Cette invitation a déjà été acceptée", false],
      ["token-expired", problem(410, "token-expired"), "Cette invitation a expiré", false],
      ["404", problem(404, "not-found"), "Cette invitation n’est plus valable", false],
      ["401 of the API itself", [401, { message: "Unauthorized" }], "La connexion n’a pas été reconnue", true],
      ["a broken connection", null, "Le service n’a pas répondu", true],
    ];
    for (const [name, answer, title, retry] of outcomes) {
      test(`signs in and says what came of it: ${name}`, () =>
        open(path, async (page) => {
          api = () => answer;
          await button(page).click();
          await expectOutcome(page, title, { retry });
          assert.equal(page.url(), `${site.origin}/invitation`);
          const [call] = site.calls;
          assert.equal(call.path, "/v1/invitations");
          assert.deepEqual(JSON.parse(call.body), { token: TOKEN });
          assert.match(call.headers.authorization, /^Bearer [\w-]+\.[\w-]+\.signature$/);
          assert.ok(issuer.seen.length >= 3);
          assert.ok(!issuer.seen.join().includes(TOKEN), "the issuer saw the invitation's token");
          const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));
          assert.ok(!kept.includes("signature"), "a sign-in token was stored");
          assert.equal(kept.includes(TOKEN), retry);
        }));
    }

    test("names the login that the account is bound to", () =>
      open(path, async (page) => {
        api = () => [200, {}];
        await button(page).click();
        await page.getByText("lié à l’identifiant agent@mairie.example").waitFor();
      }));

    test("a sign-in that was given up can be begun again", () =>
      open(path, async (page) => {
        api = () => [200, {}];
        issuer.behaviour.refuses = true;
        await button(page).click();
        await expectOutcome(page, "La connexion n’a pas abouti", { retry: true });
        assert.deepEqual(site.calls, []);
        issuer.behaviour.refuses = false;
        await button(page).click();
        await expectOutcome(page, "Invitation acceptée", { retry: false });
      }));

    test("an issuer's answer that nobody here asked for is refused", () =>
      open(path, async (page) => {
        await page.goto(`${site.origin}/invitation?code=code-0&state=foreign`);
        await expectOutcome(page, "La connexion n’a pas abouti", { retry: true });
        assert.deepEqual(site.calls, []);
      }));

    test("an issuer's answer without an invitation accepts nothing", () =>
      open("/invitation?code=code-0&state=foreign", (page) => expectOutcome(page, "Ce lien est incomplet", { retry: false })));
  });

  const requests = [
    {
      name: "request to link accounts",
      page: "/link",
      calls: "/v1/links",
      button: "Me connecter et associer les comptes",
      done: "Les comptes sont associés",
      expired: "Cette demande a expiré",
      gone: "Cette demande n’est plus valable",
      refused: problem(403, "forbidden"),
      other: "Cette demande s’adresse à un autre compte",
    },
    {
      name: "request to stand in for a colleague",
      page: "/delegation",
      calls: "/v1/delegations",
      button: "Me connecter et accepter de remplacer",
      done: "Vous remplacez votre collègue",
      expired: "L’absence est terminée",
      gone: "Cette proposition n’est plus valable",
      refused: problem(403, "forbidden"),
      other: "Cette proposition s’adresse à un autre compte",
    },
    {
      name: "recovery of an account",
      page: "/recovery",
      calls: "/v1/recoveries/confirm",
      button: "Me connecter et retrouver mon compte",
      done: "Vous avez retrouvé votre compte",
      expired: "Ce lien a expiré",
      // It is for one login, and says nothing else to another.
      refused: problem(404, "not-found"),
      other: "Ce lien n’est pas valable avec cet identifiant",
    },
  ];
  for (const request of requests) {
    describe(request.name, () => {
      const path = `${request.page}?token=${TOKEN}`;

      test("opening the link does nothing, and takes the token out of the address", () =>
        open(path, async (page) => {
          await button(page).waitFor();
          assert.equal(await button(page).textContent(), request.button);
          assert.equal(page.url(), `${site.origin}${request.page}`);
          await page.waitForTimeout(300);
          assert.deepEqual([site.calls, issuer.seen], [[], []]);
        }));

      const outcomes = [
        ["200", [200, { accountId: "a", otherAccountId: "b" }], request.done, false],
        ["token-expired", problem(410, "token-expired"), request.expired, false],
        ...(request.gone ? [["404", problem(404, "not-found"), request.gone, false]] : []),
        ["another login", request.refused, request.other, true],
        ["401 of the API itself", [401, { message: "Unauthorized" }], "La connexion n’a pas été reconnue", true],
        ["503", problem(503, "unavailable", { "Retry-After": "2" }), "Service momentanément indisponible", true],
        ["a broken connection", null, "Le service n’a pas répondu", true],
      ];
      for (const [name, answer, title, retry] of outcomes) {
        test(`signs in and says what came of it: ${name}`, () =>
          open(path, async (page) => {
            api = () => answer;
            await button(page).click();
            await expectOutcome(page, title, { retry });
            assert.equal(page.url(), `${site.origin}${request.page}`);
            const [call] = site.calls;
            assert.equal(call.path, request.calls);
            assert.deepEqual(JSON.parse(call.body), { token: TOKEN });
            assert.match(call.headers.authorization, /^Bearer [\w-]+\.[\w-]+\.signature$/);
            assert.ok(!issuer.seen.join().includes(TOKEN), "the issuer saw the request's token");
            const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));
            assert.ok(!kept.includes("signature"), "a sign-in token was stored");
            assert.equal(kept.includes(TOKEN), retry);
          }));
      }

      test("asks for another login after that of another account, and for none before", () =>
        open(path, async (page) => {
          api = () => (site.calls.length > 1 ? [200, {}] : request.refused);
          await button(page).click();
          await expectOutcome(page, request.other, { retry: true });
          assert.ok(!issuer.seen.join().includes("prompt="));
          await button(page).click();
          await expectOutcome(page, request.done, { retry: false });
          assert.ok(issuer.seen.some((request) => request.startsWith("/authorize") && request.includes("prompt=login")));
        }));

      test("offers no button without a token", () =>
        open(request.page, (page) => expectOutcome(page, "Ce lien est incomplet", { retry: false })));
    });
  }

  describe("everybody can use", () => {
    for (const path of ["/", `/confirm?token=${TOKEN}`, `/invitation?token=${TOKEN}`, `/link?token=${TOKEN}`, `/delegation?token=${TOKEN}`, `/recovery?token=${TOKEN}`, `/stop?token=${TOKEN}`]) {
      for (const colorScheme of ["light", "dark"]) {
        test(`${path.split("?")[0]} (${colorScheme})`, () =>
          open(
            path,
            async (page) => {
              await accessible(page);
              if (path.startsWith("/confirm")) {
                api = () => problem(503, "unavailable");
                await button(page).click();
                await told(page).waitFor();
                await accessible(page);
              }
              const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
              assert.equal(wide, false, "scrolls sideways at 320 px");
            },
            { colorScheme, viewport: { width: 320, height: 640 } },
          ));
      }
    }

    async function accessible(page) {
      await page.evaluate(AXE);
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
      const { violations } = await page.evaluate((values) => globalThis.axe.run({ runOnly: { type: "tag", values }, resultTypes: ["violations"] }), tags);
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), []);
    }
  });
});
