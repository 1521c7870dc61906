// The customer's guide (« Paramétrer votre compte personnel »), from its first step to its last, typed and clicked in its own words.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { atTheIssuer, save, section, settled, signIn, start, stop, visit } from "./person.js";
import { ADMINISTRATOR, api, consultation, freshAddress, invite, linkIn, mail, makeLogin, newAgent, send, sesSays, stack, testDelivery } from "./stack.js";

describe("the guide", () => {
  let agent;

  before(async () => {
    await start();
    agent = await newAgent({ firstName: "Gaëlle", lastName: "Guide" });
  });
  after(stop);

  test("1: the identifier at the top right opens a menu with « Mon compte »", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/historique");
      await page.getByRole("button", { name: `Menu de ${agent.email}` }).hover();
      await page.getByRole("link", { name: "Mon compte", exact: true }).click();
      // Nothing needs attention, so that it leads to the alerts.
      await page.waitForURL(`${stack.portalUrl}/alertes`);
      await page.getByRole("heading", { level: 1, name: "Mes alertes électroniques" }).waitFor();
    }));

  test("2: every section has an address of its own and is reached from every other", () =>
    visit(async (page) => {
      await signIn(page, agent.email);
      const sections = [
        ["Mes coordonnées", "/coordonnees"],
        ["Mes alertes électroniques", "/alertes"],
        ["Mes favoris", "/favoris"],
        ["Mes préférences Lieu d’exécution", "/lieux"],
        ["Mes comptes associés", "/comptes"],
        ["Historique", "/historique"],
      ];
      for (const [name, path] of sections) {
        await section(page, name);
        assert.equal(page.url(), stack.portalUrl + path);
        await page.waitForFunction((title) => document.title === title, `${name} – Mon compte – Achats publics de Valfictif`);
      }
      await page.reload();
      await page.getByRole("heading", { level: 1, name: "Historique" }).waitFor();
      assert.equal(await page.getByRole("link", { name: "Administration" }).count(), 0, "an agent administers nothing");
    }));

  test("2: a section that is chosen while the page still opens is the one that opens", () =>
    visit(async (page) => {
      await page.addInitScript(() => {
        // As soon as the account is drawn, before the page goes on by itself.
        const press = new MutationObserver(() => {
          const link = document.querySelector(".sections a[href='/coordonnees']");
          if (!link || document.querySelector("#contenu .spinner")) return;
          press.disconnect();
          link.click();
        });
        press.observe(document, { childList: true, subtree: true });
      });
      await signIn(page, agent.email);
      await page.getByLabel("Fonction").waitFor();
      await page.getByRole("heading", { level: 1, name: "Mes coordonnées" }).waitFor();
      assert.equal(page.url(), `${stack.portalUrl}/coordonnees`);
    }));

  test("3: « Mes coordonnées »: the fields are filled in and saved", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/coordonnees");
      await page.getByLabel("Fonction").fill("Acheteuse");
      await page.getByLabel("Téléphone").fill("03 88 60 90 90");
      await page.getByLabel("Numéro et rue").fill("1 parc de l’Étoile");
      await page.getByLabel("Code postal").fill("67000");
      await page.getByLabel("Ville").fill("Strasbourg");
      await save(page);
      const { contact } = await api("GET", `/v1/accounts/${agent.id}`, { login: agent.email });
      assert.equal(contact.jobTitle, "Acheteuse");
      assert.equal(contact.phone, "+33388609090");
      assert.deepEqual([contact.address.street, contact.address.postalCode, contact.address.city], ["1 parc de l’Étoile", "67000", "Strasbourg"]);
    }));

  test("3: what is wrong is said beside its field, with what to do, and the focus goes there", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/coordonnees");
      await page.getByLabel("Prénom").fill("");
      await page.getByLabel("Téléphone").fill("douze");
      await page.getByRole("button", { name: "Enregistrer" }).click();
      await page.getByText("Indiquez une valeur.").waitFor();
      await page.getByLabel("Prénom").fill("Gaëlle");
      await page.getByRole("button", { name: "Enregistrer" }).click();
      await page.getByText("Indiquez un numéro complet").waitFor();
      await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "phone");
    }));

  test("3: « N'oubliez pas d'enregistrer »: leaving with something unsaved asks", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/coordonnees");
      await page.getByLabel("Fonction").fill("Autre chose");
      await page.getByRole("link", { name: "Mes favoris", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: "Quitter sans enregistrer ?" });
      await dialog.getByRole("button", { name: "Rester" }).click();
      assert.equal(await page.getByLabel("Fonction").inputValue(), "Autre chose");
      await page.getByRole("link", { name: "Mes favoris", exact: true }).click();
      await dialog.getByRole("button", { name: "Quitter sans enregistrer" }).click();
      await page.getByRole("heading", { level: 1, name: "Mes favoris" }).waitFor();
    }));

  test("3: an address is accepted once: the new one counts when the link in its mail is confirmed", async () => {
    const other = await newAgent();
    const address = freshAddress("nouvelle");
    await visit(async (page) => {
      await signIn(page, other.email, "/coordonnees");
      await page.getByLabel("Adresse électronique").fill(address);
      await save(page);
      await page.getByText("Une nouvelle adresse attend d’être confirmée").waitFor();
      assert.equal(await page.getByLabel("Adresse électronique").inputValue(), other.email);
      await page.goto(linkIn(await mail(address, "Confirmez"), "/confirm"));
      await page.getByRole("button", { name: "Confirmer mon adresse" }).click();
      await page.getByRole("heading", { name: "Votre adresse est confirmée" }).waitFor();
      await page.getByRole("link", { name: "Ouvrir mon compte" }).click();
      await section(page, "Mes coordonnées");
      assert.equal(await page.getByLabel("Adresse électronique").inputValue(), address);
    });
  });

  test("3: a new address can be sent again and withdrawn", async () => {
    const other = await newAgent();
    await api("PATCH", `/v1/accounts/${other.id}/contact`, { login: other.email, body: { email: freshAddress("retirée".normalize("NFD").replace(/\p{Mn}/gu, "")) }, headers: { "If-Match": "*" } });
    await visit(async (page) => {
      // `/` leads to what needs something.
      await signIn(page, other.email, "/");
      await page.getByRole("heading", { level: 1, name: "Mes coordonnées" }).waitFor();
      await page.getByRole("button", { name: "Renvoyer le courriel" }).click();
      await page.locator("[data-live]", { hasText: "Le courriel a été renvoyé." }).waitFor({ state: "attached" });
      await page.getByRole("button", { name: "Retirer la demande" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Retirer la demande" }).click();
      await page.getByText("Une nouvelle adresse attend").waitFor({ state: "detached" });
    });
  });

  test("3: « plusieurs comptes agents peuvent être créés »: an invited agent signs up and reaches the account", async () => {
    const newcomer = await invite({ firstName: "Nora", lastName: "Nouvelle" });
    await makeLogin(newcomer.email);
    await visit(async (page) => {
      await page.goto(linkIn(await mail(newcomer.email, "Invitation"), "/invitation"));
      await page.getByRole("button", { name: "Me connecter et accepter" }).click();
      await atTheIssuer(page, newcomer.email);
      await page.getByRole("heading", { name: "Invitation acceptée" }).waitFor();
    });
  });

  test("4: « Mes alertes électroniques »: the items are chosen and saved", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/alertes");
      const kind = (name) => page.getByRole("group", { name });
      await kind(/réception d’une réponse électronique/).getByLabel("Immédiate").check();
      await kind(/réception d’une question posée/).getByLabel("Quotidienne").check();
      assert.equal(await kind(/clôture d’une consultation/).getByLabel("Quotidienne").count(), 0, "the closing digest is never daily");
      await save(page);
      const { kinds } = await api("GET", `/v1/accounts/${agent.id}/alerts`, { login: agent.email });
      assert.deepEqual([kinds.tenderReceived, kinds.questionReceived, kinds.noticePublished], ["immediate", "daily", "off"]);
    }));

  test("4: a rule without its right says what is missing, and who gives it", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/alertes");
      const rule = page.getByRole("checkbox", { name: /Les consultations de mon entité/ });
      assert.equal(await rule.isDisabled(), true);
      await page.getByText("Il vous manque le droit d’invité permanent.").first().waitFor();
      await page.getByText("Vous pouvez vous adresser à ").filter({ hasText: "Hélène Weber (Eurométropole de Strasbourg)" }).waitFor();
      await api("PATCH", `/v1/entities/${agent.entity}/agents/${agent.id}`, { login: ADMINISTRATOR, body: { permanentGuest: { own: true, dependent: false, transverse: false } } });
      await page.reload();
      await rule.check();
      await page.getByText("des 90 derniers jours").first().waitFor();
      await save(page);
    }));

  test("4: consultations that one creates have the star, and it is clicked off and on in « Mes favoris »", async () => {
    const mine = await consultation(agent);
    await visit(async (page) => {
      await signIn(page, agent.email, "/favoris");
      await page.getByLabel("Rechercher").fill(mine.reference);
      const star = page.getByRole("button", { name: `Suivre ${mine.reference}` });
      await star.waitFor();
      assert.equal(await star.getAttribute("aria-pressed"), "true");
      await page.getByText("Favori automatique : ma consultation").first().waitFor();
      for (const pressed of ["false", "true"]) {
        await star.click();
        await page.waitForFunction(([name, value]) => document.querySelector(`button[aria-label="Suivre ${name}"]`)?.getAttribute("aria-pressed") === value, [mine.reference, pressed]);
      }
    });
  });

  test("4: the chosen alert arrives at the address of « Mes coordonnées », and its link leads to the alerts through the sign-in", async () => {
    const reader = await newAgent({ firstName: "Rémi", lastName: "Lecteur" });
    const mine = await consultation(reader, { phase: "consultation" });
    await visit(async (page) => {
      await signIn(page, reader.email, "/alertes");
      await page.getByRole("group", { name: /réception d’une réponse électronique/ }).getByLabel("Immédiate").check();
      await save(page);
      await send("TenderReceived", { consultationId: mine.consultationId, depositId: "d-1", depositNumber: 1, receivedAt: new Date().toISOString(), channel: "electronic", lots: [] });
      const alert = await mail(reader.email, "Nouveau dépôt électronique");
      assert.equal(linkIn(alert, "/alertes"), `${stack.portalUrl}/alertes`);
    });
    await visit(async (page) => {
      await page.goto(`${stack.portalUrl}/historique`);
      await page.getByRole("button", { name: "Me connecter" }).click();
      await atTheIssuer(page, reader.email);
      await page.getByText("Réception d’une réponse électronique").first().waitFor();
      assert.equal(page.url(), `${stack.portalUrl}/historique`);
      await page.getByText("Motif : vous avez créé cette consultation.").first().waitFor();
    });
  });

  test("4: a test alert goes the whole way, and the page says where it has got to", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/alertes");
      await page.getByRole("button", { name: "Envoyer une alerte d’essai" }).click();
      await page.getByText("Envoyée : le service d’envoi l’a acceptée.").first().waitFor();
      await mail(agent.email, "essai");
      const [{ factKey }] = (await api("GET", `/v1/accounts/${agent.id}/deliveries`, { login: agent.email })).items;
      await sesSays("delivered", agent, testDelivery(factKey));
      await page.getByText("Remise au serveur du destinataire. Regardez votre boîte aux lettres").first().waitFor();
      await section(page, "Historique");
      await page.getByText("Alerte d’essai").first().waitFor();
    }));

  test("4: an absence: a colleague is asked, agrees from the mail, and the page says so", async () => {
    const colleague = await newAgent({ firstName: "Colette", lastName: "Collègue" });
    const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris" }).format(new Date());
    await visit(async (page) => {
      await signIn(page, agent.email, "/alertes");
      await page.getByLabel("Premier jour").fill(today);
      await page.getByLabel("Dernier jour").fill(today);
      await page.getByLabel("Remplaçant").fill(colleague.email);
      await page.getByRole("option", { name: "Colette Collègue" }).click();
      await save(page, "Enregistrer mon absence");
      await page.getByText("La personne proposée n’a pas encore répondu").waitFor();
    });
    await visit(async (page) => {
      await page.goto(linkIn(await mail(colleague.email, "/delegation"), "/delegation"));
      await page.getByRole("button", { name: "Me connecter et accepter de remplacer" }).click();
      await atTheIssuer(page, colleague.email);
      await page.getByRole("heading", { name: "Vous remplacez votre collègue" }).waitFor();
    });
    await visit(async (page) => {
      await signIn(page, agent.email, "/alertes");
      await page.getByText("La personne qui vous remplace a accepté.").waitFor();
      await page.getByRole("button", { name: "Mettre fin à mon absence" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Mettre fin à mon absence" }).click();
      await page.getByText("Absence enregistrée").waitFor({ state: "detached" });
    });
  });

  test("5: « Mes préférences Lieu d'exécution »: map, « Enregistrer ma sélection dans mes préférences », « Valider »", () =>
    visit(async (page) => {
      await signIn(page, agent.email, "/lieux");
      await page.getByRole("button", { name: "Détails/Éditer" }).click();
      const window = page.getByRole("dialog", { name: "Lieu d’exécution" });
      const rhine = window.locator("path[data-code='67']");
      await rhine.hover();
      await window.getByText("Bas-Rhin (67)").waitFor();
      await rhine.click();
      assert.equal(await rhine.getAttribute("aria-checked"), "true");
      await window.getByLabel("Enregistrer ma sélection dans mes préférences").check();
      await window.getByRole("button", { name: "Valider" }).click();
      await page.locator("[data-live]", { hasText: "Enregistré" }).waitFor({ state: "attached" });
      assert.deepEqual((await api("GET", `/v1/accounts/${agent.id}/places`, { login: agent.email })).places, ["67"]);
      // Alsace at once, and without the box nothing is kept: one is asked first.
      await page.getByRole("button", { name: "Détails/Éditer" }).click();
      await window.getByRole("button", { name: "Alsace" }).click();
      await window.getByRole("button", { name: "Valider" }).click();
      await page.getByRole("dialog", { name: "Quitter sans enregistrer ?" }).getByRole("button", { name: "Quitter sans enregistrer" }).click();
      await page.locator("main").getByText("Votre sélection n’a pas été enregistrée").waitFor();
      assert.deepEqual((await api("GET", `/v1/accounts/${agent.id}/places`, { login: agent.email })).places, ["67"]);
    }));

  test("6: « Mes comptes associés »: ask, accept from the mail, act for the other, undo", async () => {
    const other = await newAgent({ firstName: "Oscar", lastName: "Autre", entity: "ems-numerique" });
    await visit(async (page) => {
      await signIn(page, agent.email, "/comptes");
      await page.getByLabel("Adresse électronique du compte à associer").fill(other.email);
      await page.getByRole("button", { name: "Envoyer la demande" }).click();
      await page.getByText("La demande est partie.").first().waitFor();
    });
    await visit(async (page) => {
      await page.goto(linkIn(await mail(other.email, "/link"), "/link"));
      await page.getByRole("button", { name: "Me connecter et associer les comptes" }).click();
      await atTheIssuer(page, other.email);
      await page.getByRole("heading", { name: "Les comptes sont associés" }).waitFor();
    });
    await visit(async (page) => {
      await signIn(page, agent.email, "/comptes");
      await page.getByRole("button", { name: "Agir pour ce compte" }).click();
      await page.getByText(`Vous agissez pour le compte de ${other.email}.`).first().waitFor();
      await section(page, "Mes alertes électroniques");
      await settled(page);
      await page.getByRole("group", { name: /publication au BOAMP sur/ }).first().getByLabel("Immédiate").check();
      await save(page);
      assert.equal((await api("GET", `/v1/accounts/${other.id}/alerts`, { login: other.email })).kinds.noticePublished, "immediate");
      await page.getByRole("button", { name: /^Menu de/ }).click();
      await page.getByLabel("Agir pour").selectOption(agent.id);
      await section(page, "Mes comptes associés");
      await page.getByRole("button", { name: "Défaire l’association" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Défaire l’association" }).click();
      await page.getByText("Aucun compte n’est associé au vôtre.").waitFor();
    });
  });
});
