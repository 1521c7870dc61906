// What is typed is asked after before it goes, what the page says is true, and what comes next stands beside the button.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { accessible, save, section, settled, signIn, start, stop, visit } from "./person.js";
import { ADMINISTRATOR, ENTITY, api, consultation, freshAddress, linkIn, mail, newAgent, stack, until } from "./stack.js";

const day = (days) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris" }).format(Date.now() + days * 86_400_000);
const asked = (page) => page.getByRole("dialog", { name: "Quitter sans enregistrer ?" });
const stay = (page) => asked(page).getByRole("button", { name: "Rester" }).click();
const leave = (page) => asked(page).getByRole("button", { name: "Quitter sans enregistrer" }).click();
/** Waits until what was pressed has been drawn. */
const drawn = (page) => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
const tag = (page) => page.evaluate(() => document.activeElement?.tagName);

describe("saving", () => {
  let agent, administrator;

  before(async () => {
    await start();
    agent = await newAgent({ firstName: "Sacha", lastName: "Sauve" });
    administrator = await newAgent({ firstName: "Alba", lastName: "Sauve", role: "administrator" });
  });
  after(stop);

  test("the browser's own Back asks once, and the history stays as it was", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/favoris");
      await section(page, "Mes coordonnées");
      const field = page.getByLabel("Fonction");
      await field.fill("Par l’historique");
      await page.evaluate(() => history.back());
      await stay(page);
      assert.equal(page.url(), `${stack.portalUrl}/coordonnees`);
      assert.equal(await field.inputValue(), "Par l’historique");
      await page.evaluate(() => history.back());
      await leave(page);
      await page.getByRole("heading", { level: 1, name: "Mes favoris" }).waitFor();
      for (const [way, name] of [["forward", "Mes coordonnées"], ["back", "Mes favoris"], ["forward", "Mes coordonnées"]]) {
        await page.evaluate((to) => history[to](), way);
        await page.getByRole("heading", { level: 1, name }).waitFor();
        assert.equal(await asked(page).count(), 0, way);
      }
      await settled(page);
      assert.equal(await field.inputValue(), "", "it was given up");
    }));

  test("the skip link and a fragment ask nothing, and the browser is asked to hold the tab", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/coordonnees");
      await page.getByLabel("Fonction").fill("Reste là");
      await page.locator(".skip").press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement?.id), "contenu");
      await page.evaluate(() => void (location.hash = "quelque-part"));
      await page.evaluate(() => history.back());
      await page.waitForFunction(() => location.hash === "");
      assert.equal(await asked(page).count(), 0);
      assert.equal(await page.getByLabel("Fonction").inputValue(), "Reste là");
      const held = await page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
      assert.equal(held, true);
    }));

  test("« Agir pour » asks, leads to what one may do, and back", async () => {
    const other = await newAgent({ firstName: "Odile", lastName: "Autre" });
    await api("POST", `/v1/accounts/${agent.id}/links`, { login: agent.email, body: { email: other.email } });
    const link = new URL(linkIn(await mail(other.email, "/link"), "/link"));
    await api("POST", "/v1/links", { login: other.email, body: { token: link.searchParams.get("token") } });
    await visit(async (page) => {
      await signIn(page, agent.email, "/coordonnees");
      await page.getByLabel("Fonction").fill("Pour un autre");
      const choose = async () => {
        await page.getByRole("button", { name: /^Menu de/ }).click();
        await page.getByLabel("Agir pour").selectOption(other.id);
      };
      await choose();
      await stay(page);
      assert.equal(await page.getByLabel("Agir pour").inputValue(), agent.id);
      assert.equal(await page.getByLabel("Fonction").inputValue(), "Pour un autre");
      await choose();
      await leave(page);
      await page.getByText(`Vous agissez pour le compte de ${other.email}.`).first().waitFor();
      await page.getByRole("button", { name: "Revenir à mon compte" }).click();
      await page.getByLabel("Fonction").waitFor();
      await section(page, "Mes comptes associés");
      await page.getByRole("button", { name: "Agir pour ce compte" }).click();
      await page.getByRole("heading", { level: 1, name: "Mes alertes électroniques" }).waitFor();
      await page.getByRole("button", { name: "Tout immédiat" }).waitFor();
      assert.notEqual(await tag(page), "BODY");
    });
  });

  test("the window of the places asks by Escape, « Annuler » and « Valider » without its box", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/lieux");
      const window = page.getByRole("dialog", { name: "Lieu d’exécution" });
      const alsace = window.getByRole("button", { name: "Alsace" });
      await page.getByRole("button", { name: "Détails/Éditer" }).click();
      await alsace.click();
      const ways = [() => page.keyboard.press("Escape"), () => window.getByRole("button", { name: "Annuler" }).click(), () => window.getByRole("button", { name: "Valider" }).click()];
      for (const way of ways) {
        await way();
        await stay(page);
        assert.equal(await alsace.getAttribute("aria-pressed"), "true");
      }
      // Asked again and again, a browser closes what it likes: the question stays one, and the window opens again.
      for (let times = 0; times < 4; times++) await page.keyboard.press("Escape");
      await settled(page);
      if (await asked(page).count()) await stay(page);
      await window.waitFor();
      assert.equal(await alsace.getAttribute("aria-pressed"), "true");
      await window.getByRole("button", { name: "Valider" }).click();
      await leave(page);
      await page.getByText("Votre sélection n’a pas été enregistrée").first().waitFor();
    }));

  test("signing out asks before it forgets", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/coordonnees");
      await page.getByLabel("Fonction").fill("À ne pas oublier");
      const out = async () => {
        await page.getByRole("button", { name: /^Menu de/ }).click();
        await page.getByRole("button", { name: "Me déconnecter", exact: true }).click();
        return page.getByRole("dialog", { name: "Se déconnecter sans enregistrer ?" });
      };
      await (await out()).getByRole("button", { name: "Rester" }).click();
      assert.equal(await page.getByLabel("Fonction").inputValue(), "À ne pas oublier");
      await (await out()).getByRole("button", { name: "Me déconnecter sans enregistrer" }).click();
      await page.getByRole("button", { name: "Me connecter" }).waitFor();
      assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    }));

  test("an import that ends after one left it takes nothing from what is typed elsewhere", () =>
    visit(async (page) => {
      await signIn(page, ADMINISTRATOR, "/administration/import");
      let release;
      const released = new Promise((resolve) => (release = resolve));
      await page.route("**/agents/import?*", async (route) => {
        await released;
        await route.fulfill({ json: { rows: [], notTried: 0 } });
      });
      await page.getByLabel("Fichier CSV").setInputFiles({ name: "agents.csv", mimeType: "text/csv", buffer: Buffer.from(`prénom;nom;courriel\nIda;Import;${freshAddress("ida")}\n`) });
      await page.getByRole("button", { name: "Vérifier sans rien créer" }).click();
      const out = page.getByRole("link", { name: "Mes coordonnées", exact: true });
      await out.click();
      await leave(page);
      await page.getByLabel("Ville").fill("Haguenau");
      const answered = page.waitForResponse("**/agents/import?*");
      release();
      await answered;
      await settled(page);
      assert.equal(await page.getByLabel("Ville").inputValue(), "Haguenau");
      await page.getByText("1 modification non enregistrée").waitFor();
      await page.getByRole("button", { name: "Annuler" }).click();
    }));

  describe("two who change one thing", () => {
    const put = (part, body) => api("PUT", `/v1/accounts/${agent.id}/${part}`, { login: agent.email, body });
    const read = (part) => api("GET", `/v1/accounts/${agent.id}/${part}`, { login: agent.email });

    test("alerts: what the other changed is shown, what was chosen stays, and both are saved", () =>
      visit(async (page) => {
        const before = await read("alerts");
        await put("alerts", { ...before, kinds: { ...before.kinds, noticePublished: "off", questionReceived: "off", noticeRejected: "off" } });
        await signIn(page, agent.email, "/alertes");
        await page.locator("input[name=noticePublished][value=daily]").check();
        await page.locator("input[name=noticeRejected][value=immediate]").check();
        await put("alerts", { ...before, kinds: { ...before.kinds, noticePublished: "immediate", questionReceived: "daily", noticeRejected: "off" } });
        await page.getByRole("button", { name: "Enregistrer", exact: true }).click();
        const conflict = page.getByRole("alert");
        await conflict.getByRole("row", { name: "Publication au BOAMP Quotidienne Immédiate", exact: true }).waitFor();
        await conflict.getByRole("row", { name: "Réception d’une question posée par une entreprise (pas modifié) Quotidienne" }).waitFor();
        // What was chosen here alone is nobody else's.
        assert.equal(await conflict.getByRole("row").count(), 3);
        await accessible(page, "the conflict");
        // It is there until one has chosen.
        for (let times = 0; times < 2; times++) {
          await page.reload();
          await conflict.getByRole("row", { name: "Publication au BOAMP Quotidienne Immédiate", exact: true }).waitFor();
        }
        // Nor is anything saved until one has.
        await page.getByRole("button", { name: "Enregistrer", exact: true }).click();
        await page.waitForFunction(() => document.activeElement?.querySelector("[role=alert]"));
        assert.equal((await read("alerts")).kinds.noticePublished, "immediate");
        await conflict.getByRole("button", { name: "Garder ma saisie" }).click();
        await save(page);
        const { kinds } = await read("alerts");
        assert.deepEqual([kinds.noticePublished, kinds.questionReceived, kinds.noticeRejected], ["daily", "daily", "immediate"]);
      }));

    test("an agent's rights: what the other gave stays", () =>
      visit(async (page) => {
        const entity = `ems-droits-${Date.now().toString(36)}`;
        await api("PUT", `/v1/entities/${entity}`, { login: ADMINISTRATOR, body: { name: "Droits", parentId: ENTITY } });
        const other = await newAgent({ firstName: "Rita", lastName: "Droits", entity });
        const path = `/v1/entities/${entity}/agents/${other.id}`;
        await signIn(page, ADMINISTRATOR, `/administration/agents/${entity}`);
        await page.getByRole("button", { name: "Droits et état : Rita Droits" }).click();
        const window = page.getByRole("dialog", { name: "Rita Droits" });
        await window.getByLabel("Invité permanent de son entité").check();
        await api("PATCH", path, { login: ADMINISTRATOR, body: { permanentGuest: { transverse: true } } });
        await window.getByRole("button", { name: "Enregistrer" }).click();
        await window.waitFor({ state: "detached" });
        const { items } = await api("GET", `/v1/entities/${entity}/agents`, { login: ADMINISTRATOR });
        assert.deepEqual(items.find(({ id }) => id === other.id).permanentGuest, { own: true, dependent: false, transverse: true });
      }));

    test("places: theirs can be taken instead", () =>
      visit(async (page) => {
        await put("places", { places: [] });
        await signIn(page, agent.email, "/lieux");
        await page.getByRole("button", { name: "Détails/Éditer" }).click();
        const window = page.getByRole("dialog", { name: "Lieu d’exécution" });
        await window.getByRole("button", { name: "Alsace" }).click();
        await put("places", { places: ["75"] });
        await window.getByLabel("Enregistrer ma sélection").check();
        await window.getByRole("button", { name: "Valider" }).click();
        await window.getByRole("cell", { name: "Bas-Rhin, Haut-Rhin" }).waitFor();
        await window.getByRole("cell", { name: "Paris" }).waitFor();
        await window.getByRole("button", { name: "Prendre ce qui est enregistré" }).click();
        assert.equal(await window.getByRole("button", { name: "Alsace" }).getAttribute("aria-pressed"), "false");
        assert.deepEqual((await read("places")).places, ["75"]);
      }));

    const entityOf = async (name) => {
      const id = `ems-deux-${Date.now().toString(36)}`;
      await api("PUT", `/v1/entities/${id}`, { login: ADMINISTRATOR, body: { name, parentId: "ems" } });
      return id;
    };

    test("an entity: a move keeps the name that the other gave, and one field is chosen between", async () => {
      const id = await entityOf("Avant");
      const other = (body) => api("PUT", `/v1/entities/${id}`, { login: ADMINISTRATOR, body });
      const now = async () => (({ name, parentId }) => ({ name, parentId }))(await api("GET", `/v1/entities/${id}`, { login: ADMINISTRATOR }));
      await visit(async (page) => {
        await signIn(page, ADMINISTRATOR, `/administration/entites/${id}`);
        const form = page.locator("form", { hasText: "Renommer ou déplacer" });
        await form.getByLabel("Dépend de").selectOption("ems-numerique");
        await other({ name: "Leur nom", parentId: "ems" });
        await form.getByRole("button", { name: "Enregistrer" }).click();
        await form.getByRole("row", { name: "Nom (pas modifié) Leur nom" }).waitFor();
        assert.deepEqual(await now(), { name: "Leur nom", parentId: "ems" });
        await form.getByRole("button", { name: "Enregistrer" }).click();
        await form.getByText(/^Enregistré à/).waitFor();
        assert.deepEqual(await now(), { name: "Leur nom", parentId: "ems-numerique" });
        await form.getByLabel("Nom").fill("Mon nom");
        await other({ name: "Encore leur nom", parentId: "ems-numerique" });
        await form.getByRole("button", { name: "Enregistrer" }).click();
        await form.getByRole("row", { name: "Nom Mon nom Encore leur nom" }).waitFor();
        await accessible(page, "an entity's conflict");
        await form.getByRole("button", { name: "Garder ma saisie" }).click();
        await form.getByRole("button", { name: "Enregistrer" }).click();
        await form.getByText(/^Enregistré à/).waitFor();
        assert.deepEqual(await now(), { name: "Mon nom", parentId: "ems-numerique" });
      });
    });

    test("a new entity is never put in the place of one that is there", async () => {
      const id = await entityOf("Déjà là");
      await visit(async (page) => {
        await signIn(page, ADMINISTRATOR, "/administration/entites/ems-numerique");
        const add = page.locator("form", { hasText: "Ajouter une entité" });
        await add.getByLabel("Nom").fill("Toute neuve");
        await add.getByLabel("Identifiant").fill(id.replace(/^ems-/, ""));
        await add.getByRole("button", { name: "Ajouter une entité" }).click();
        await add.getByText("Une entité a déjà cet identifiant : choisissez-en un autre.").waitFor();
        assert.equal(await add.getByLabel("Nom").inputValue(), "Toute neuve");
        assert.equal(await page.getByText("L’entité est créée.").count(), 0);
        const { name, parentId } = await api("GET", `/v1/entities/${id}`, { login: ADMINISTRATOR });
        assert.deepEqual([name, parentId], ["Déjà là", "ems"]);
      });
    });

    test("an address that is confirmed again is the one that is shown", () =>
      visit(async (page) => {
        const reader = await newAgent({ firstName: "Coline", lastName: "Confirme" });
        const path = `/v1/accounts/${reader.id}`;
        const details = await api("GET", path, { login: reader.email });
        // As it is after a restore: nobody confirmed it.
        await page.route((url) => url.pathname === path, async (route) => {
          const { host } = new URL(route.request().url());
          const answer = await route.fetch({ url: stack.awsEndpoint + path, headers: { ...route.request().headers(), host } });
          await route.fulfill({ response: answer, json: { ...(await answer.json()), emailStatus: "unconfirmed" } });
        });
        await signIn(page, reader.email, "/coordonnees");
        await page.getByRole("button", { name: "M’envoyer un courriel de confirmation" }).waitFor();
        await api("PATCH", `${path}/contact`, { login: reader.email, body: { jobTitle: "Autre" }, headers: { "If-Match": `"${details.version}"` } });
        await page.getByRole("button", { name: "M’envoyer un courriel de confirmation" }).click();
        await page.getByRole("alert").getByText("Modifié entre-temps").waitFor();
        // It has been read again.
        assert.equal(await page.getByLabel("Fonction").inputValue(), "Autre");
      }));

    test("absence: to end one's own is nobody else's change, and what is typed stays", () =>
      visit(async (page) => {
        await put("absence", { from: day(10), until: day(12), delegateAccountId: null });
        await signIn(page, agent.email, "/alertes");
        await page.getByLabel("Dernier jour").fill(day(20));
        await page.getByRole("button", { name: "Mettre fin à mon absence" }).click();
        const dialog = page.getByRole("dialog");
        await dialog.getByText("Cette absence n’a pas commencé : rien n’a été gardé").waitFor();
        await dialog.getByRole("button", { name: "Mettre fin à mon absence" }).click();
        await page.getByText("Absence enregistrée").waitFor({ state: "detached" });
        await page.getByText("1 modification non enregistrée").waitFor();
        assert.equal(await page.getByText("Ces données ont été modifiées entre-temps").count(), 0);
        assert.deepEqual([await page.getByLabel("Premier jour").inputValue(), await page.getByLabel("Dernier jour").inputValue()], ["", day(20)]);
        // And it is saved as it is seen.
        await page.getByLabel("Premier jour").fill(day(11));
        await save(page, "Enregistrer mon absence");
        assert.deepEqual(await read("absence"), { from: day(11), until: day(20), delegateAccountId: null, delegateAgreed: false });
        await put("absence", { from: day(0), until: day(1), delegateAccountId: null });
        await page.reload();
        await page.getByRole("button", { name: "Mettre fin à mon absence" }).click();
        await page.getByRole("dialog").getByText("Vos alertes vous parviennent de nouveau.").waitFor();
        await put("absence", null);
      }));

    test("absence: the other's last day is shown beside the one that was typed", () =>
      visit(async (page) => {
        await put("absence", { from: day(10), until: day(12), delegateAccountId: null });
        await signIn(page, agent.email, "/alertes");
        await page.getByLabel("Dernier jour").fill(day(20));
        await put("absence", { from: day(10), until: day(15), delegateAccountId: null });
        await page.getByRole("button", { name: "Enregistrer mon absence" }).click();
        await page.getByRole("button", { name: "Garder ma saisie" }).click();
        await save(page, "Enregistrer mon absence");
        assert.equal((await read("absence")).until, day(20));
      }));
  });

  test("what the browser fills in counts as typed, and counts how much is unsaved", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/coordonnees");
      await settled(page);
      await page.getByLabel("Ville").evaluate((field) => {
        field.value = "Obernai";
        field.dispatchEvent(new Event("change", { bubbles: true }));
      });
      await page.getByText("1 modification non enregistrée").waitFor();
      await page.getByLabel("Pays").fill("France");
      await page.getByText("2 modifications non enregistrées").waitFor();
      await save(page);
      await page.getByText(/^Enregistré à \d{1,2}\sh\s\d\d$/).last().waitFor();
      assert.equal((await api("GET", `/v1/accounts/${agent.id}`, { login: agent.email })).contact.address.city, "Obernai");
    }));

  test("what happens next stands beside the button, in sight and told", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/coordonnees");
      const address = freshAddress("suite");
      await page.getByLabel("Adresse électronique").fill(address);
      await save(page);
      const next = `Courriel envoyé à ${address} : ouvrez-le pour confirmer.`;
      const said = page.locator(".save").getByText(next);
      await said.waitFor();
      assert.ok(await said.evaluate((element) => element.getBoundingClientRect().bottom <= innerHeight), "off screen");
      await page.locator("[data-live]", { hasText: next }).waitFor({ state: "attached" });
      // Sent again once, however often it is pressed at once.
      let calls = 0;
      page.on("request", (request) => /resend$/.test(request.url()) && (calls += 1));
      await page.getByRole("button", { name: "Renvoyer le courriel" }).dblclick();
      await page.getByText("Le courriel a été renvoyé.").first().waitFor();
      await page.waitForLoadState("networkidle");
      assert.equal(calls, 1);
      await page.getByRole("button", { name: "Retirer la demande" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Retirer la demande" }).click();
      await page.getByText("Une nouvelle adresse attend").waitFor({ state: "detached" });
      await page.waitForFunction(() => document.activeElement?.tagName !== "BODY");
    }));

  test("a test alert is looked for until it is found, though a look fails", () =>
    visit(async (page) => {
      const { email } = await newAgent({ firstName: "Tess", lastName: "Essaie" });
      await signIn(page, email, "/alertes");
      let [calls, looks] = [0, 0];
      page.on("request", (request) => /alerts\/test$/.test(request.url()) && (calls += 1));
      await page.route(/\/deliveries\?/, (route) => {
        looks += 1;
        if (looks === 1) return route.abort();
        if (looks === 2) return route.fulfill({ status: 503, json: { type: "urn:vigie:problem:unavailable" } });
        return route.fallback();
      });
      await page.getByRole("button", { name: "Envoyer une alerte d’essai" }).click();
      const test = page.locator("section", { hasText: "Alerte d’essai" }).last();
      await until(() => looks > 2, "a third look");
      assert.equal(await test.getByRole("alert").count(), 0);
      await test.getByText(/^(Demandée|Envoyée)/).first().waitFor();
      await test.getByText("Envoyée : le service d’envoi l’a acceptée.").first().waitFor();
      assert.equal(calls, 1);
      // What was not asked for is said to have failed.
      await page.route(/alerts\/test$/, (route) => route.fulfill({ status: 503, json: { type: "urn:vigie:problem:unavailable" } }));
      await page.reload();
      await page.getByRole("button", { name: "Envoyer une alerte d’essai" }).click();
      await test.getByRole("alert").getByText("Service momentanément indisponible").waitFor();
    }));

  test("what was withdrawn is withdrawn, though it cannot be read again", () =>
    visit(async (page) => {
      const agent = await newAgent({ firstName: "Régis", lastName: "Retire" });
      const address = freshAddress("retrait");
      await api("PATCH", `/v1/accounts/${agent.id}/contact`, { login: agent.email, body: { email: address }, headers: { "If-Match": "*" } });
      await signIn(page, agent.email, "/coordonnees");
      await page.getByRole("button", { name: "Retirer la demande" }).click();
      await page.route((url) => url.pathname === `/v1/accounts/${agent.id}`, (route) => route.fulfill({ status: 503, json: { type: "urn:vigie:problem:unavailable" } }));
      await page.getByRole("dialog").getByRole("button", { name: "Retirer la demande" }).click();
      await page.getByText("Une nouvelle adresse attend").waitFor({ state: "detached" });
      assert.equal(await page.getByRole("alert").count(), 0);
      await page.unrouteAll();
      await page.getByLabel("Fonction").fill("Après le retrait");
      await save(page);
      assert.equal((await api("GET", `/v1/accounts/${agent.id}`, { login: agent.email })).pendingEmail, null);
    }));

  test("a window whose choice is being saved is seen to its end", () =>
    visit(async (page) => {
      await api("PUT", `/v1/accounts/${agent.id}/places`, { login: agent.email, body: { places: [] } });
      await signIn(page, agent.email, "/lieux");
      const window = page.getByRole("dialog", { name: "Lieu d’exécution" });
      await page.getByRole("button", { name: "Détails/Éditer" }).click();
      await window.getByRole("button", { name: "Alsace" }).click();
      await window.getByLabel("Enregistrer ma sélection").check();
      let release;
      const released = new Promise((resolve) => (release = resolve));
      await page.route(/\/accounts\/[^/]+\/places$/, async (route) => {
        if (route.request().method() === "PUT") await released;
        return route.fallback();
      });
      await window.getByRole("button", { name: "Valider" }).click();
      await window.getByRole("button", { name: "Enregistrement…" }).waitFor();
      await page.keyboard.press("Escape");
      await drawn(page);
      await window.waitFor();
      assert.equal(await asked(page).count(), 0, "nothing is to be given up");
      release();
      await window.waitFor({ state: "detached" });
      await page.getByText(/^Enregistré à/).first().waitFor();
      assert.deepEqual((await api("GET", `/v1/accounts/${agent.id}/places`, { login: agent.email })).places, ["67", "68"]);
    }));

  test("a double click sends one test alert", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/alertes");
      let calls = 0;
      page.on("request", (request) => /alerts\/test$/.test(request.url()) && (calls += 1));
      await page.getByRole("button", { name: "Envoyer une alerte d’essai" }).dblclick();
      await page.getByText("Envoyée : le service d’envoi l’a acceptée.").first().waitFor();
      assert.equal(calls, 1);
    }));

  test("the focus never falls to the page's beginning", () =>
    visit(async (page) => {
      await signIn(page, administrator.email, "/alertes");
      assert.notEqual(await tag(page), "BODY", "after the sign-in");
      await page.getByLabel("Premier jour").fill(day(1));
      await page.getByLabel("Dernier jour").fill(day(2));
      await save(page, "Enregistrer mon absence");
      assert.equal(await tag(page), "BUTTON", "after an absence");
      const entity = `ems-focus-${Date.now().toString(36)}`;
      await api("PUT", `/v1/entities/${entity}`, { login: ADMINISTRATOR, body: { name: "Avant", parentId: ENTITY } });
      await page.goto(`${stack.portalUrl}/administration/entites/${entity}`);
      const rename = page.locator("form", { hasText: "Renommer ou déplacer" });
      await rename.getByLabel("Nom").fill("Après");
      await rename.getByRole("button", { name: "Enregistrer" }).click();
      await page.getByRole("heading", { level: 2, name: "Après" }).waitFor();
      await settled(page);
      assert.equal(await tag(page), "BUTTON", "after a rename");
    }));

  test("what is wrong is said as what it is", () =>
    visit(async (page) => {
      await signIn(page, administrator.email, `/administration/entites/${ENTITY}`);
      const rename = page.locator("form", { hasText: "Renommer ou déplacer" });
      await rename.getByLabel("Nom").fill("");
      await rename.getByRole("button", { name: "Enregistrer" }).click();
      await rename.getByText("Indiquez une valeur.").waitFor();
      await rename.getByRole("button", { name: "Annuler" }).click();
      const link = page.locator("form", { hasText: "Entités associées transversalement" });
      await link.getByRole("button", { name: "Associer une entité" }).click();
      await link.getByText("Choisissez l’entité à associer.").waitFor();
      assert.equal(await page.getByText("Enregistré").count(), 0);
      await page.goto(`${stack.portalUrl}/alertes`);
      await page.getByLabel("Dernier jour").evaluate((field) => {
        field.value = "20261-12-01";
        field.dispatchEvent(new Event("input", { bubbles: true }));
      });
      await page.getByRole("button", { name: "Enregistrer mon absence" }).click();
      await page.getByText("Indiquez une année à quatre chiffres.").waitFor();
    }));

  test("the alerts are one screen: a line that says it, seven rows, both buttons and the bar at 1280 × 900", () =>
    visit(
      async (page) => {
        const reader = await newAgent({ firstName: "Rosa", lastName: "Table" });
        await consultation(reader);
        await signIn(page, reader.email, "/alertes");
        await page.getByText("Vous ne recevez aucune alerte").waitFor();
        await settled(page);
        const rows = page.locator("fieldset.choice");
        assert.equal(await rows.count(), 7);
        for (const seen of [...(await rows.all()), page.getByRole("button", { name: "Enregistrer", exact: true })]) {
          const box = await seen.boundingBox();
          assert.ok(box.y >= 0 && box.y + box.height <= 900, `${box.y} + ${box.height}`);
        }
        // Three columns: what is chosen in the same way stands below each other.
        const columns = await page.locator("fieldset.choice input").evaluateAll((inputs) => inputs.map((input) => [input.value, Math.round(input.getBoundingClientRect().x)]));
        assert.equal(new Set(columns.map(String)).size, 3);
        await page.getByRole("button", { name: "Tout quotidien" }).click();
        await page.getByText("6 modifications non enregistrées").waitFor();
        await page.getByRole("button", { name: "Tout immédiat" }).click();
        await page.getByText("7 modifications non enregistrées").waitFor();
        await save(page);
        await page.getByText(`Vous recevez 7 alertes sur 1 favori, à ${reader.email}.`).waitFor();
        await accessible(page, "the table");
      },
      { viewport: { width: 1280, height: 900 } },
    ));
});
