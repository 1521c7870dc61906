// « Mes favoris » while answers are slow, fail or overtake each other: what was pressed and typed holds.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { accessible, section, settled, signIn, start, stop, visit } from "./person.js";
import { newAgent, until } from "./stack.js";

/** What the service would say of so many consultations, some of them starred: its lists as the page asks for them, its stars as the page sets
 * them. `hold` keeps answers back until they are let go, `fail` says what is refused. */
function shelf(size, starred = () => false) {
  const all = Array.from({ length: size }, (_, n) => ({
    consultationId: `c-${n}`,
    reference: `26-${String(n).padStart(4, "0")}`,
    title: n % 2 ? `Prestations d’assistance à maîtrise d’ouvrage pour la rénovation du groupe scolaire numéro ${n}` : `Fourniture ${n}`,
    entity: { id: "ems-sig", name: "Service géomatique" },
    phase: "consultation",
    submissionDeadline: new Date(Date.now() + (n + 2) * 86_400_000).toISOString(),
    timeZone: null,
    sight: "ownEntity",
    starred: starred(n),
    automatic: null,
    calendar: null,
    url: null,
  }));
  const here = { all, writes: [], running: 0, most: 0, asked: [], hold: null, fail: () => null, late: new Set() };
  here.attend = async (page) => {
    await page.route(/\/v1\/accounts\/[^/]+\/(consultations|favourites)(\?|$)/, async (route) => {
      const url = new URL(route.request().url());
      const { q = "", phase = "", limit = "20", cursor = "0" } = Object.fromEntries(url.searchParams);
      here.asked.push(url.search);
      const only = url.pathname.endsWith("/favourites");
      const found = all.filter((row) => (!only || row.starred) && (!phase || row.phase === phase) && q.split(" ").every((word) => `${row.reference} ${row.title}`.toLowerCase().includes(word.toLowerCase())));
      const items = structuredClone(found.slice(Number(cursor), Number(cursor) + Number(limit)));
      const next = Number(cursor) + Number(limit);
      const answer = { items, cursor: next < found.length ? String(next) : null };
      await here.hold?.(url);
      const problem = here.fail("GET", url.pathname);
      if (problem) return route.fulfill({ status: problem, json: { type: "urn:vigie:problem:unavailable" } });
      await route.fulfill({ json: answer });
    });
    await page.route(/\/v1\/accounts\/[^/]+\/favourites\/c-/, async (route) => {
      const id = new URL(route.request().url()).pathname.split("/").at(-1);
      const method = route.request().method();
      here.writes.push(`${method} ${id}`);
      here.running += 1;
      here.most = Math.max(here.most, here.running);
      const problem = here.fail(method, id);
      await new Promise((resolve) => setTimeout(resolve, here.late.has(id) ? 600 : 60));
      here.running -= 1;
      if (problem === 0) return route.abort();
      if (problem) return route.fulfill({ status: problem, json: { type: "urn:vigie:problem:unavailable" } });
      all.find(({ consultationId }) => consultationId === id).starred = method === "PUT";
      await route.fulfill({ status: 204 });
    });
    return here;
  };
  return here;
}

/** Keeps answers back that `which` is true of, until it is let go. */
function gate(here, which) {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  here.hold = (url) => (which(url) ? opened : undefined);
  return () => {
    here.hold = null;
    open();
  };
}

const star = (page, n) => page.getByRole("button", { name: `Suivre 26-${String(n).padStart(4, "0")}`, exact: true });
const is = (page, n, on) => page.locator(`button[aria-label="Suivre 26-${String(n).padStart(4, "0")}"][aria-pressed="${on}"]`).waitFor();
const rows = (page) => page.locator(".list > li").count();

describe("the lists of « Mes favoris »", () => {
  let agent;

  before(async () => {
    await start();
    agent = await newAgent({ firstName: "Lise", lastName: "Listes" });
  });
  after(stop);

  const open = (here, use, path = "/favoris", options) =>
    visit(async (page, context) => {
      await here.attend(page);
      await signIn(page, agent.email, path);
      await use(page, context);
    }, options);

  test("three quick stars are three requests beside each other, and one undo brings all of them back", () => {
    const here = shelf(30, () => true);
    for (const n of [1, 2, 3]) here.late.add(`c-${n}`);
    return open(here, async (page) => {
      for (const n of [1, 2, 3]) await star(page, n).click();
      for (const n of [1, 2, 3]) await is(page, n, false);
      await page.locator(".undo", { hasText: "3 favoris retirés." }).waitFor();
      await until(() => here.writes.length === 3 && here.running === 0, "three requests");
      assert.deepEqual([...here.writes].sort(), ["DELETE c-1", "DELETE c-2", "DELETE c-3"]);
      assert.ok(here.most > 1, "beside each other");
      await page.getByRole("button", { name: "Annuler le retrait" }).click();
      for (const n of [1, 2, 3]) await is(page, n, true);
      await until(() => here.writes.length === 6 && here.running === 0, "three more");
      assert.deepEqual([1, 2, 3].map((n) => here.all[n].starred), [true, true, true]);
    });
  });

  test("a row's requests go one after the other and end with what was pressed last", () => {
    const here = shelf(5);
    here.late.add("c-1");
    return open(here, async (page) => {
      await star(page, 1).evaluate((button) => {
        for (let press = 0; press < 4; press += 1) button.click();
      });
      await is(page, 1, false);
      await until(() => here.writes.length === 2 && here.running === 0, "the second request");
      assert.deepEqual(here.writes, ["PUT c-1", "DELETE c-1"]);
      assert.equal(here.most, 1);
      assert.equal(here.all[1].starred, false);
    });
  });

  test("a page that loads keeps the star that was pressed meanwhile, and no row vanishes", () => {
    const here = shelf(60);
    return open(here, async (page) => {
      await star(page, 19).waitFor();
      const letGo = gate(here, (url) => url.searchParams.get("cursor") === "20");
      await page.getByRole("button", { name: /Afficher la suite|Chargement/ }).scrollIntoViewIfNeeded();
      await until(() => here.asked.some((query) => query.includes("cursor=20")), "the second page");
      await star(page, 5).click();
      await until(() => here.writes.length === 1 && here.running === 0, "the star");
      letGo();
      await star(page, 39).waitFor();
      await is(page, 5, true);
      // A page that was asked for before the star and says otherwise comes after it.
      const late = gate(here, (url) => url.searchParams.get("cursor") === "40");
      await page.getByRole("button", { name: /Afficher la suite|Chargement/ }).scrollIntoViewIfNeeded();
      await until(() => here.asked.some((query) => query.includes("cursor=40")), "the third page");
      for (const n of [1, 2, 3]) await star(page, n).click();
      late();
      await star(page, 59).waitFor();
      for (const n of [1, 2, 3, 5]) await is(page, n, true);
      assert.equal(await rows(page), 60);
      await page.getByText("60 consultations affichées.").waitFor();
    });
  });

  test("a star that failed says so in its row, shows what is true, and is tried again there", () => {
    const here = shelf(10);
    let broken = 503;
    here.fail = (method, id) => (method === "PUT" && id === "c-2" ? broken : null);
    return open(here, async (page) => {
      await star(page, 1).click();
      await star(page, 2).click();
      await star(page, 3).click();
      const row = page.locator(".list > li", { hasText: "26-0002" });
      await row.getByRole("alert").getByText("Elle n’est pas dans vos favoris. Service momentanément indisponible.").waitFor();
      await is(page, 2, false);
      for (const n of [1, 3]) await is(page, n, true);
      assert.equal(await page.getByRole("alert").count(), 1);
      await accessible(page, "a star that failed");
      broken = null;
      await row.getByRole("button", { name: "Réessayer" }).click();
      await is(page, 2, true);
      await until(() => here.all[2].starred, "the star");
      assert.equal(await page.getByRole("alert").count(), 0);
    });
  });

  test("a removal that failed is not offered for undoing", () => {
    const here = shelf(3, () => true);
    here.fail = (method, id) => (id === "c-0" ? 0 : null);
    return open(here, async (page) => {
      for (const n of [0, 1]) await star(page, n).click();
      await page.getByRole("alert").getByText("Elle est restée dans vos favoris. Le service n’a pas répondu.").waitFor();
      await page.locator(".undo", { hasText: "1 favori retiré." }).waitFor();
      await is(page, 0, true);
    });
  });

  test("what is typed while the list loads is searched for, whichever answer comes first", () => {
    const here = shelf(400);
    return open(
      here,
      async (page) => {
        const letGo = gate(here, (url) => !url.searchParams.has("q"));
        await page.reload();
        await page.getByLabel("Rechercher").fill("groupe 26-0123");
        await star(page, 123).waitFor();
        assert.equal(await rows(page), 1);
        letGo();
        await settled(page);
        assert.equal(await rows(page), 1);
        await page.getByText("1 consultation affichée.").waitFor();
        // And back to all of them, while more are on their way.
        const late = gate(here, (url) => url.searchParams.get("cursor") === "20");
        await page.getByLabel("Rechercher").fill("");
        await star(page, 19).waitFor();
        await page.getByRole("button", { name: /Afficher la suite|Chargement/ }).scrollIntoViewIfNeeded();
        await until(() => here.asked.some((query) => query.includes("cursor=20")), "the second page");
        await page.getByLabel("Rechercher").fill("26-0200");
        await star(page, 200).waitFor();
        late();
        await settled(page);
        assert.equal(await rows(page), 1);
        assert.equal(await page.getByText("Chargement…").count(), 0);
      },
    );
  });

  test("nothing is said to be missing while pages are still looked through", () => {
    const here = shelf(0);
    return open(here, async (page) => {
      // Pages of a search may be empty and not the last.
      await page.route(/\/consultations\?.*q=introuvable/, async (route) => {
        const cursor = Number(new URL(route.request().url()).searchParams.get("cursor") ?? "0");
        await new Promise((resolve) => setTimeout(resolve, 300));
        await route.fulfill({ json: { items: [], cursor: cursor < 3 ? String(cursor + 1) : null } });
      });
      await page.getByText("Aucune consultation ne vous est ouverte pour l’instant.").waitFor();
      await page.evaluate(() => {
        globalThis.seen = [];
        new MutationObserver(() => globalThis.seen.push(document.querySelector("main").innerText)).observe(document.querySelector("main"), { subtree: true, childList: true, characterData: true });
      });
      await page.getByLabel("Rechercher").fill("introuvable");
      await page.getByText("Recherche en cours…").waitFor();
      await page.getByText("Aucune consultation ne correspond à cette recherche.").waitFor();
      const seen = await page.evaluate(() => globalThis.seen);
      const first = seen.findIndex((text) => text.includes("ne correspond"));
      assert.ok(seen.slice(0, first).some((text) => text.includes("Recherche en cours")), "it says that it looks");
      assert.ok(seen.slice(first).every((text) => !text.includes("Recherche en cours")), "once");
    });
  });

  test("a text of 294 characters says what is wrong, and the list stays", () => {
    const here = shelf(3);
    return open(here, async (page) => {
      await star(page, 2).waitFor();
      const before = here.asked.length;
      const field = page.getByLabel("Rechercher");
      await field.fill("é".repeat(294));
      await page.getByText("294 caractères, c’est trop pour une recherche : 200 au plus.").waitFor();
      assert.equal(await field.getAttribute("aria-invalid"), "true");
      await accessible(page, "a search that is too long");
      assert.equal(await rows(page), 3);
      await field.fill("Fourniture 26-0002");
      await page.getByText("1 consultation affichée.").waitFor();
      assert.ok(here.asked.slice(before).every((query) => query.length < 200));
    });
  });

  test("filters stand in the address; they, the place and the selection survive Back and reload", () => {
    const here = shelf(120, (n) => n % 2 === 0);
    return open(here, async (page) => {
      await page.getByLabel("Rechercher").fill("26-0");
      await page.getByLabel("Phase").selectOption("consultation");
      await page.waitForURL("**/favoris?phase=consultation&q=26-0");
      await page.getByRole("button", { name: "Sélectionner des favoris" }).click();
      for (const n of [0, 2]) await page.getByRole("checkbox", { name: `Sélectionner 26-000${n}` }).check();
      while ((await rows(page)) < 80) {
        await page.mouse.wheel(0, 2000);
        await settled(page);
      }
      const link = page.getByRole("link", { name: /^26-0070 – / });
      await link.scrollIntoViewIfNeeded();
      const y = await page.evaluate(() => scrollY);
      assert.ok(y > 1000, `${y}`);
      const restored = async () => {
        await star(page, 71).waitFor();
        await page.waitForFunction((wanted) => Math.abs(scrollY - wanted) < 40, y);
        assert.equal(await page.getByLabel("Rechercher").inputValue(), "26-0");
        assert.equal(await page.getByLabel("Phase").inputValue(), "consultation");
        for (const n of [0, 2]) assert.equal(await page.getByRole("checkbox", { name: `Sélectionner 26-000${n}` }).isChecked(), true);
        assert.ok((await rows(page)) >= 80);
      };
      await page.route(/\/consultations\/c-70$/, (route) => route.fulfill({ json: here.all[70] }));
      await link.click();
      await page.getByRole("heading", { level: 1, name: /^26-0070 – / }).waitFor();
      await page.goBack();
      await restored();
      await page.waitForFunction(() => document.activeElement?.textContent.startsWith("26-0070"));
      await page.reload();
      await restored();
      await page.getByRole("button", { name: "Retirer 2 favoris" }).click();
      await until(() => !here.all[0].starred && !here.all[2].starred, "two removals");
      // A new visit begins at the top, with nothing chosen.
      await section(page, "Historique");
      await section(page, "Mes favoris");
      await star(page, 1).waitFor();
      assert.equal(await page.evaluate(() => scrollY), 0);
      assert.equal(new URL(page.url()).search, "");
      assert.equal(await page.getByLabel("Rechercher").inputValue(), "");
      assert.equal(await page.getByRole("checkbox").count(), 0);
    });
  });

  test("400 favourites are selected and removed at a few requests at once", () => {
    const here = shelf(400, () => true);
    return open(here, async (page) => {
      await page.getByLabel("Afficher").selectOption("starred");
      while ((await rows(page)) < 400) {
        await page.mouse.wheel(0, 20_000);
        await settled(page);
      }
      await page.getByText("400 consultations affichées.").waitFor();
      await page.getByRole("button", { name: "Sélectionner des favoris" }).click();
      await page.getByRole("group", { name: "Sélection de favoris" }).getByRole("button", { name: "Tout sélectionner" }).click();
      await page.getByText("400 favoris sélectionnés.").waitFor();
      await page.getByRole("button", { name: "Retirer 400 favoris" }).click();
      await page.locator(".undo", { hasText: "400 favoris retirés." }).waitFor();
      assert.equal(await page.locator(".star[aria-pressed=true]").count(), 0, "at once");
      await until(() => here.writes.length === 400 && here.running === 0, "all removals");
      assert.ok(here.most <= 6, `${here.most} at once`);
      assert.equal(await rows(page), 400, "the rows stay");
    });
  });

  test("leaving and signing out ask until what was pressed is done, and moving within the page does not", () => {
    const here = shelf(15, () => true);
    for (const { consultationId } of here.all) here.late.add(consultationId);
    return open(here, async (page) => {
      const asks = () => page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
      await page.getByRole("button", { name: "Sélectionner des favoris" }).click();
      await page.getByRole("button", { name: "Tout sélectionner" }).click();
      assert.equal(await asks(), false, "nothing was pressed");
      await page.getByRole("button", { name: "Retirer 15 favoris" }).click();
      await page.locator(".undo", { hasText: "15 favoris retirés." }).waitFor();
      assert.ok(here.writes.length < 15, "some are not sent yet");
      assert.equal(await asks(), true, "by closing or reloading");
      await section(page, "Historique");
      await page.getByRole("button", { name: /^Menu de/ }).click();
      await page.getByRole("button", { name: "Me déconnecter", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: "Se déconnecter sans enregistrer ?" });
      await dialog.getByText("Ce qui n’est pas encore enregistré sera perdu.").waitFor();
      await dialog.getByRole("button", { name: "Rester" }).click();
      await until(() => here.writes.length === 15 && here.running === 0, "all removals");
      assert.ok(here.all.every(({ starred }) => !starred));
      await until(async () => !(await asks()), "nothing to ask any more");
    });
  });

  test("a removal that fails once one has left is told when one comes back, and no longer once it was told", () => {
    const here = shelf(3, () => true);
    here.late.add("c-1");
    here.fail = (method, id) => (id === "c-1" ? 503 : null);
    return open(here, async (page) => {
      await star(page, 1).click();
      await is(page, 1, false);
      await section(page, "Historique");
      await until(() => here.writes.length === 1 && here.running === 0, "the refusal");
      // Later than an answer may lag.
      await page.evaluate(() => {
        const { now } = Date;
        Date.now = () => now() + 10_000;
      });
      await section(page, "Mes favoris");
      await is(page, 1, true);
      await page.locator(".list > li", { hasText: "26-0001" }).getByRole("alert").getByText("Elle est restée dans vos favoris. Service momentanément indisponible.").waitFor();
      assert.equal(await page.getByRole("alert").count(), 1);
      await section(page, "Historique");
      await section(page, "Mes favoris");
      await is(page, 1, true);
      assert.equal(await page.getByRole("alert").count(), 0);
    });
  });

  test("what an address asks for and nobody knows is not asked of the service, and the list is there", () => {
    const here = shelf(12);
    return open(
      here,
      async (page) => {
        await star(page, 11).waitFor();
        await page.getByText("294 caractères, c’est trop pour une recherche : 200 au plus.").waitFor();
        assert.equal(await page.getByLabel("Phase").inputValue(), "");
        assert.equal(await rows(page), 12);
        assert.deepEqual(here.asked.filter((query) => /[?&](q|phase)=/.test(query)), []);
        await accessible(page, "an address with odd filters");
        await page.getByLabel("Rechercher").fill("26-0003");
        await page.getByText("1 consultation affichée.").waitFor();
      },
      `/favoris?phase=foo&q=${"a".repeat(294)}`,
    );
  });

  test("on a phone a favourite has at most four lines, and selecting has its words", () => {
    const here = shelf(30, (n) => n % 3 === 0);
    for (const row of here.all.slice(0, 10)) row.automatic = row.starred ? "dependentEntities" : null;
    here.all[0].timeZone = "+04:00";
    return open(
      here,
      async (page) => {
        await star(page, 9).waitFor();
        const lines = await page.locator(".list > li .grow").evaluateAll((found) =>
          found.map((grow) => {
            const line = parseFloat(getComputedStyle(grow.querySelector("p")).lineHeight);
            return Math.round(grow.getBoundingClientRect().height / line);
          }),
        );
        assert.ok(Math.max(...lines) <= 4, `${lines}`);
        await accessible(page, "favourites at 360 px");
        await page.getByRole("button", { name: "Sélectionner des favoris" }).click();
        await page.getByText("Cochez les favoris à retirer.").waitFor();
        await page.getByRole("checkbox", { name: "Sélectionner 26-0003" }).check();
        await page.getByText("1 favori sélectionné.").waitFor();
        await accessible(page, "selecting at 360 px");
        await page.getByRole("button", { name: "Terminer la sélection" }).click();
        assert.equal(await page.getByRole("checkbox").count(), 0);
      },
      "/favoris",
      { viewport: { width: 360, height: 740 } },
    );
  });

  test("on a phone an alert of the history has two lines, and leads to its consultation", () => {
    const here = shelf(1);
    const states = ["DELIVERED", "SENT", "DELAYED", "BOUNCED", "COMPLAINED", "SKIPPED"];
    const items = states.map((state, n) => ({
      kind: ["tenderReceived", "approvalRequested", "validationRequested", "approvalReminded", "validationReminded"][n % 5],
      consultationId: "c-0",
      factKey: `k-${n}`,
      reference: "26-0000",
      title: "Prestations d’assistance à maîtrise d’ouvrage pour la rénovation du groupe scolaire",
      at: new Date(Date.now() - n * 86_400_000).toISOString(),
      state,
      why: state === "SKIPPED" ? "addressUndeliverable" : "dependentEntity",
      code: state === "BOUNCED" ? "5.1.1" : null,
    }));
    return open(
      here,
      async (page) => {
        await page.route(/\/deliveries/, (route) => route.fulfill({ json: { items, cursor: null } }));
        await section(page, "Historique");
        await page.locator(".sent").nth(5).waitFor();
        const lines = await page.locator(".sent").evaluateAll((found) =>
          found.map((row) => [...row.children].reduce((sum, line) => sum + Math.round(line.getBoundingClientRect().height / parseFloat(getComputedStyle(line).lineHeight)), 0)),
        );
        assert.deepEqual(lines, states.map(() => 2));
        assert.equal(await page.getByText("Alerte d’essai", { exact: true }).count(), 0);
        assert.equal(await page.getByText("Rappel\u00a0: consultation en attente").count(), 2);
        await accessible(page, "the history at 360 px");
        assert.equal(await page.getByRole("link", { name: "26-0000", exact: true }).first().getAttribute("href"), "/favoris/c-0");
      },
      "/favoris",
      { viewport: { width: 360, height: 740 } },
    );
  });
});
