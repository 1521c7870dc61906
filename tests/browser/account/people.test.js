// People and things are found by their names: who stands in, an agent of the tree, a consultation; and the journal names them too.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { accessible, save, settled, signIn, start, stop, visit } from "./person.js";
import { ADMINISTRATOR, api, consultation, freshAddress, linkIn, mail, newAgent, newEntity, send, until } from "./stack.js";

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-/;
const day = (days) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris" }).format(Date.now() + days * 86_400_000);
/** A word that only people of this run have in their names. */
const word = `Zy${freshAddress("w").replace(/[^a-z]/g, "").slice(1, 6)}`;
const combobox = (page, name) => page.getByRole("combobox", { name });
const text = (page) => page.locator("main").innerText();

describe("who stands in is found by name", () => {
  let agent, colette, colas;
  const absence = async () => api("GET", `/v1/accounts/${agent.id}/absence`, { login: agent.email });

  before(async () => {
    await start();
    const entity = await newEntity("Service des absents");
    agent = await newAgent({ firstName: "Abel", lastName: `${word} Absent`, entity });
    colette = await newAgent({ firstName: "Colette", lastName: `${word} Collègue`, entity });
    colas = await newAgent({ firstName: "Colas", lastName: `${word} Camarade`, entity });
  });
  after(stop);

  const asked = async (page) => {
    await signIn(page, agent.email, "/alertes");
    await page.getByLabel("Premier jour").fill(day(3));
    await page.getByLabel("Dernier jour").fill(day(4));
    return combobox(page, "Remplaçant");
  };

  test("by keys alone: what is found is counted, gone through, left and chosen, and what is shown is a name", () =>
    visit(async (page) => {
      const field = await asked(page);
      await field.focus();
      await page.keyboard.type(`col ${word}`);
      await page.getByText("2 propositions : choisissez dans la liste.").waitFor();
      assert.equal(await field.getAttribute("aria-expanded"), "true");
      await accessible(page, "proposals");
      await page.keyboard.press("Escape");
      assert.equal(await page.getByRole("listbox").count(), 0);
      assert.equal(await field.inputValue(), `col ${word}`);
      const chosen = () => field.evaluate((input) => document.getElementById(input.getAttribute("aria-activedescendant"))?.textContent ?? "");
      await page.keyboard.press("ArrowDown");
      const [first] = [await chosen()];
      await page.keyboard.press("ArrowUp");
      assert.notEqual(await chosen(), first);
      await page.keyboard.press("ArrowDown");
      assert.equal(await chosen(), first, "it goes round");
      if (!first.startsWith("Colette")) await page.keyboard.press("ArrowDown");
      assert.match(await chosen(), /^Colette .*Service des absents$/);
      await page.keyboard.press("Enter");
      assert.equal(await field.inputValue(), `Colette ${word} Collègue`);
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("role")), "combobox");
      assert.equal(await absence(), null, "choosing saves nothing");
      await save(page, "Enregistrer mon absence");
      await page.getByText(`Remplaçant : Colette ${word} Collègue.`).waitFor();
      assert.equal((await absence()).delegateAccountId, colette.id);
      await mail(colette.email, "/delegation");
      await page.reload();
      await page.getByText(`Remplaçant : Colette ${word} Collègue.`).waitFor();
      assert.equal(await field.inputValue(), `Colette ${word} Collègue`);
      assert.doesNotMatch(await text(page), ID);
      // Nobody, again.
      await field.fill("");
      await save(page, "Enregistrer mon absence");
      assert.equal((await absence()).delegateAccountId, null);
    }));

  test("who types before the field can search goes on typing, and is shown what is found", () =>
    visit(async (page) => {
      let load;
      const loaded = new Promise((resolve) => void (load = resolve));
      await page.route("**/combobox-*.js", async (route) => {
        await loaded;
        await route.continue();
      });
      await signIn(page, agent.email, "/alertes");
      await page.getByLabel("Remplaçant").focus();
      await page.keyboard.type(`colt ${word}`);
      for (let n = 0; n < word.length + 1; n++) await page.keyboard.press("ArrowLeft");
      load();
      const field = combobox(page, "Remplaçant");
      await field.waitFor();
      // Where they were: the letter that is wrong stands before it.
      await page.keyboard.press("Backspace");
      await page.getByRole("option", { name: `Colette ${word} Collègue` }).waitFor();
      assert.equal(await field.inputValue(), `col ${word}`);
    }));

  test("a whole address finds its owner, also under a finger on a phone", () =>
    visit(
      async (page) => {
        const field = await asked(page);
        await field.fill(colas.email.slice(0, -4));
        await page.getByText("Aucune proposition").waitFor();
        await field.fill(colas.email);
        await page.getByText("1 proposition : choisissez dans la liste.").waitFor();
        await accessible(page, "a proposal on a phone");
        await page.getByRole("option", { name: `Colas ${word} Camarade` }).tap();
        assert.equal(await field.inputValue(), `Colas ${word} Camarade`);
        await page.setViewportSize({ width: 320, height: 640 });
        await accessible(page, "somebody is chosen at 320 px");
      },
      { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
    ));

  test("what is typed and nobody chosen says so, and is sent to nobody", () =>
    visit(async (page) => {
      const field = await asked(page);
      await field.fill("c");
      await page.getByText("Écrivez au moins deux lettres").waitFor();
      const sent = [];
      page.on("request", (request) => request.method() === "PUT" && sent.push(request.url()));
      await field.fill(`col ${word}`);
      await page.getByText("2 propositions").waitFor();
      await page.keyboard.press("Tab");
      await page.getByRole("listbox").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Enregistrer mon absence" }).click();
      await page.getByText("Choisissez dans la liste la personne qui vous remplace, ou effacez ce champ.").waitFor();
      assert.deepEqual(sent, []);
      await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "combobox");
      // It is there after a reload too, as all that is typed.
      await page.reload();
      await page.getByText("Ce que vous aviez saisi est revenu.").waitFor();
      assert.equal(await field.inputValue(), `col ${word}`);
      await page.getByRole("button", { name: "Annuler" }).first().click();
    }));

  for (const [name, answer, says] of [
    ["too many (429)", { status: 429, headers: { "Retry-After": "7" }, json: { type: "urn:vigie:problem:too-many-requests" } }, "Réessayez dans 7 secondes."],
    ["a failure (503)", { status: 503, headers: { "Retry-After": "1" }, json: { type: "urn:vigie:problem:unavailable" } }, "Service momentanément indisponible"],
    ["no network", null, "Le service n’a pas répondu"],
  ]) {
    test(`${name} is said, nothing is lost, and it is tried again`, () =>
      visit(async (page) => {
        const field = await asked(page);
        await page.route(/\/colleagues/, (route) => (answer ? route.fulfill(answer) : route.abort()));
        await field.fill(`colette ${word}`);
        await page.getByRole("alert").filter({ hasText: says }).waitFor();
        await page.getByRole("alert").getByText("Ce que vous avez écrit est gardé.").waitFor();
        assert.equal(await field.inputValue(), `colette ${word}`);
        await accessible(page, name);
        await page.unrouteAll();
        await page.getByRole("alert").getByRole("button", { name: "Réessayer" }).click();
        await page.getByText("1 proposition").waitFor();
        await field.focus();
        await page.keyboard.press("Enter");
        assert.equal(await field.inputValue(), `Colette ${word} Collègue`);
        assert.equal(await page.getByLabel("Dernier jour").inputValue(), day(4));
      }));
  }

  test("an answer that comes late is not that of what is typed by then", () =>
    visit(async (page) => {
      const field = await asked(page);
      let release;
      const held = new Promise((resolve) => (release = resolve));
      await page.route(/\/colleagues\?q=colette/, async (route) => {
        await held;
        await route.fallback();
      });
      const waits = page.waitForRequest(/\/colleagues\?q=colette/);
      await field.fill(`colette ${word}`);
      await waits;
      await field.fill(`colas ${word}`);
      await page.getByRole("option", { name: /^Colas/ }).waitFor();
      release();
      await settled(page);
      assert.equal(await page.getByRole("option").count(), 1);
      await page.getByRole("option", { name: /^Colas/ }).waitFor();
    }));

  test("whoever keeps a linked account's absence may stand in themselves, and sees no number", async () => {
    const helper = await newAgent({ firstName: "Hélène", lastName: "Aidante", entity: agent.entity });
    await api("POST", `/v1/accounts/${agent.id}/links`, { login: agent.email, body: { email: helper.email } });
    const token = new URL(linkIn(await mail(helper.email, "/link"), "/link")).searchParams.get("token");
    await api("POST", "/v1/links", { login: helper.email, body: { token } });
    await visit(async (page) => {
      await signIn(page, helper.email, "/alertes");
      await page.getByRole("button", { name: /^Menu de/ }).click();
      await page.getByLabel("Agir pour").selectOption(agent.id);
      await page.locator(".acting").waitFor();
      await page.getByLabel("Premier jour").fill(day(3));
      await page.getByLabel("Dernier jour").fill(day(4));
      await page.getByLabel("Remplaçant").selectOption({ label: `Moi-même – ${helper.email}` });
      await save(page, "Enregistrer mon absence");
      assert.equal((await absence()).delegateAccountId, helper.id);
      await page.reload();
      await page.getByText("Absence enregistrée").waitFor();
      await settled(page);
      assert.equal(await page.getByLabel("Remplaçant").inputValue(), helper.id);
      assert.doesNotMatch(await text(page), ID);
      await accessible(page, "the absence of a linked account");
    });
  });
});

describe("an agent is found in the whole tree, moved, and the journal says so", () => {
  let above, here, there, administrator, agent;

  before(async () => {
    await start();
    above = await newEntity("Direction des agents");
    here = `${above}-ici`;
    there = `${above}-la`;
    for (const [id, name] of [[here, "Service d’ici"], [there, "Service de là"]]) await api("PUT", `/v1/entities/${id}`, { login: ADMINISTRATOR, body: { name, parentId: above } });
    administrator = await newAgent({ firstName: "Ada", lastName: "Cherche", role: "administrator", entity: above });
    agent = await newAgent({ firstName: "Éloïse", lastName: `${word} Mutée`, entity: here });
    await newAgent({ firstName: "Autre", lastName: "Personne", entity: there });
  });
  after(stop);

  test("by the beginnings of names or a whole address, from above; the row says the entity", () =>
    visit(async (page) => {
      await signIn(page, administrator.email, "/administration/agents");
      await page.locator("li", { hasText: "Ada Cherche" }).waitFor();
      const field = page.getByLabel("Chercher un agent");
      for (const words of ["eloise", `ELO ${word}`, agent.email]) {
        await field.fill(words);
        await page.locator("li", { hasText: "Éloïse" }).getByText("– Service d’ici").waitFor();
        await page.getByText("1 agent affiché.").waitFor();
        await page.waitForURL(({ searchParams }) => searchParams.get("q") === words);
      }
      await accessible(page, "an agent is found");
      // It stands in the address: a reload shows the same.
      await page.reload();
      await page.locator("li", { hasText: "Éloïse" }).waitFor();
      assert.equal(await field.inputValue(), agent.email);
      await field.fill("personne de tel");
      await page.getByText("Aucun agent de ce nom ni de cette adresse").waitFor();
      // From a part of the tree only what is there.
      await page.goto(`${new URL(page.url()).origin}/administration/agents/${there}?q=eloise`);
      await page.getByText("Aucun agent de ce nom ni de cette adresse").waitFor();
    }));

  test("they are moved from where they were found: what follows is said before, and the journal has it in words", () =>
    visit(async (page) => {
      await signIn(page, administrator.email, "/administration/agents?q=eloise");
      await page.getByRole("button", { name: /^Droits et état : Éloïse/ }).click();
      const dialog = page.getByRole("dialog");
      const entity = dialog.getByLabel("Entité", { exact: true });
      await entity.locator(`option[value='${there}']`).waitFor({ state: "attached" });
      assert.equal(await entity.inputValue(), here);
      await dialog.getByText("Voit toutes les consultations de son entité").waitFor();
      await entity.selectOption(there);
      await dialog.getByText("Les favoris que l’agent ne peut plus voir ne donnent plus d’alerte").waitFor();
      assert.equal(await dialog.getByText("Il administrera la nouvelle entité").count(), 0);
      await dialog.getByLabel("Rôle").selectOption("administrator");
      await dialog.getByText("Il administrera la nouvelle entité").waitFor();
      await dialog.getByLabel("Rôle").selectOption("agent");
      await accessible(page, "about to be moved");
      await save(page);
      await page.getByText(`Éloïse ${word} Mutée dépend désormais de « Service de là ».`, { exact: true }).waitFor();
      await page.locator("li", { hasText: "Éloïse" }).getByText("– Service de là").waitFor();
      assert.equal((await api("GET", `/v1/entities/${there}/agents`, { login: ADMINISTRATOR })).items.some(({ id }) => id === agent.id), true);
      await page.getByRole("navigation", { name: "Parties de l’administration" }).getByRole("link", { name: "Journal" }).click();
      const entry = page.locator("li", { hasText: `Le compte d’Éloïse ${word} Mutée a été modifié par Ada Cherche` }).first();
      await entry.getByText("entité : « Service de là », au lieu de « Service d’ici »").waitFor();
      await settled(page);
      assert.doesNotMatch(await text(page), ID);
      await accessible(page, "the journal");
      await page.setViewportSize({ width: 320, height: 640 });
      await accessible(page, "the journal at 320 px");
    }));

  test("from the list of their entity they leave, and it is said where to", () =>
    visit(async (page) => {
      const moved = await newAgent({ firstName: "Paul", lastName: "Partant", entity: here });
      await signIn(page, administrator.email, `/administration/agents/${here}`);
      await page.getByRole("button", { name: "Droits et état : Paul Partant" }).click();
      const entity = page.getByRole("dialog").getByLabel("Entité", { exact: true });
      await entity.locator(`option[value='${there}']`).waitFor({ state: "attached" });
      await entity.selectOption(there);
      await save(page);
      await page.getByText("Paul Partant dépend désormais de « Service de là ».", { exact: true }).waitFor();
      await page.locator("li", { hasText: "Paul Partant" }).waitFor({ state: "detached" });
      assert.equal((await api("GET", `/v1/accounts/${moved.id}`, { login: moved.email })).entity.id, there);
    }));

  test("of an agent whom the portal declares the page says that the portal decides", async () => {
    const entity = await newEntity("Service du portail");
    await send("AgentSaved", { organisationId: "ems", agentId: `d-${entity}`, revision: 1, entityId: entity, role: "agent", active: true, firstName: "Dina", lastName: "Portail", email: freshAddress("dina") });
    await until(async () => (await api("GET", `/v1/entities/${entity}/agents`, { login: ADMINISTRATOR })).items.length === 1, "the declared agent");
    await visit(async (page) => {
      await signIn(page, ADMINISTRATOR, `/administration/agents/${entity}`);
      await page.locator("li", { hasText: "Dina Portail" }).getByText("son entité, son rôle, ses droits et son état se modifient là-bas").waitFor();
      assert.equal(await page.getByRole("button", { name: /^Droits et état/ }).count(), 0);
      await page.goto(`${new URL(page.url()).origin}/administration/journal/${entity}`);
      await page.getByText("Le portail a déclaré Dina Portail").waitFor();
    });
  });
});

describe("« Qui recevrait cette alerte ? »", () => {
  let administrator, mine;

  before(async () => {
    await start();
    const entity = await newEntity("Service des bornes");
    administrator = await newAgent({ firstName: "Agnès", lastName: "Demande", role: "administrator", entity });
    mine = await consultation(administrator, { title: `Bornes ${word} de recharge`, phase: "consultation" });
    await until(async () => (await api("GET", `/v1/entities/${entity}/consultations`, { login: administrator.email })).items.length === 1, "the consultation");
  });
  after(stop);

  const isAnswered = (page) => page.locator("li", { hasText: "Agnès Demande" }).getByText("Non : a désactivé cette alerte").waitFor();

  test("is asked by words of the title, by the reference, and by the identifier", () =>
    visit(async (page) => {
      await signIn(page, administrator.email, "/administration/destinataires");
      const field = combobox(page, "Consultation");
      const title = `${mine.reference} – ${mine.title}`;
      for (const words of [`${word} bornes`, mine.reference]) {
        await field.fill(words);
        await page.getByRole("option", { name: title }).waitFor();
        await accessible(page, "consultations are proposed");
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("Enter");
        await isAnswered(page);
        assert.equal(await field.inputValue(), title);
        await page.goto(`${new URL(page.url()).origin}/administration/destinataires`);
      }
      await field.fill(mine.consultationId);
      await page.getByRole("button", { name: "Chercher les destinataires" }).click();
      await isAnswered(page);
      assert.equal(await field.inputValue(), title);
    }));

  test("is asked from the consultation's own page, by who administers", () =>
    visit(async (page) => {
      await signIn(page, administrator.email, `/favoris/${mine.consultationId}`);
      await page.getByRole("link", { name: "Qui est prévenu ?" }).click();
      await isAnswered(page);
      assert.equal(await combobox(page, "Consultation").inputValue(), `${mine.reference} – ${mine.title}`);
    }));
});
