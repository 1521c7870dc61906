// Fate of mails, as agents and administrators see it: a dead address, the state of each alert, and no more of a consultation.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { accessible, section, settled, signIn, start, stop, visit } from "./person.js";
import { alertDelivery, api, ADMINISTRATOR, consultation, linkIn, mail, newAgent, send, sesSays, stack, until } from "./stack.js";

/** A tender of a consultation, mailed to its author. Its key. */
let tenders = 0;
async function tender(agent, { consultationId }) {
  const depositId = `d-${++tenders}`;
  await send("TenderReceived", { consultationId, depositId, depositNumber: tenders, receivedAt: new Date().toISOString(), channel: "electronic", lots: [] });
  await until(async () => {
    const { items } = await api("GET", `/v1/accounts/${agent.id}/deliveries`, { login: agent.email });
    return items.some(({ factKey, state }) => factKey === depositId && state !== "PENDING");
  }, "the delivery");
  return depositId;
}

/** An agent who is told of tenders of a consultation of their own. */
async function reader(name) {
  const agent = await newAgent({ firstName: name, lastName: "Lecteur" });
  const alerts = await api("GET", `/v1/accounts/${agent.id}/alerts`, { login: agent.email });
  alerts.kinds.tenderReceived = "immediate";
  await api("PUT", `/v1/accounts/${agent.id}/alerts`, { login: agent.email, body: alerts });
  return { agent, mine: await consultation(agent, { phase: "consultation" }) };
}

const condemned = (agent) => until(async () => (await api("GET", `/v1/accounts/${agent.id}`, { login: agent.email })).emailStatus === "undeliverable", "the mark");

describe("what became of the mail", () => {
  before(start);
  after(stop);

  const causes = [
    ["bounced-permanent", "Nos courriels vous reviennent", /Depuis le .*, les messages envoyés à .* ne sont pas remis\s: l’adresse n’existe pas ou plus\./, 3],
    ["complaint", "Un de nos courriels a été signalé comme indésirable", /Le .*, un message envoyé à .* a été signalé comme indésirable/, 2],
  ];
  // What came back is missed too; what was complained of arrived.
  for (const [sample, title, text, missed] of causes) {
    test(`a dead address (${sample}): what happened, since when, what was missed, and how to mend it`, async () => {
      const { agent, mine } = await reader("Rita");
      const first = await tender(agent, mine);
      await sesSays(sample, agent, alertDelivery(mine.consultationId, "tenderReceived", first));
      await condemned(agent);
      await tender(agent, mine);
      await tender(agent, mine);
      await visit(async (page) => {
        // `/` leads to what needs something.
        await signIn(page, agent.email, "/");
        await page.getByText(title).waitFor();
        await page.getByText(text).waitFor();
        await page.getByText(`${missed} alertes ne vous sont pas parvenues.`).waitFor();
        await page.getByText("Vous pouvez vous adresser à ").filter({ hasText: "Hélène Weber" }).waitFor();
        await accessible(page, "a dead address");
        await page.getByRole("link", { name: "Voir lesquelles" }).click();
        await page.getByRole("heading", { level: 1, name: "Historique" }).waitFor();
        await settled(page);
        assert.equal(await page.getByText("Non envoyée : les courriels à votre adresse reviennent.").count(), 2);
        await section(page, "Mes coordonnées");
        await page.getByRole("button", { name: "M’envoyer un courriel de confirmation" }).click();
        await page.getByText("Une nouvelle adresse attend d’être confirmée").waitFor();
        await page.goto(linkIn(await mail(agent.email, "Confirmez"), "/confirm"));
        await page.getByRole("button", { name: "Confirmer mon adresse" }).click();
        await page.getByRole("heading", { name: "Votre adresse est confirmée" }).waitFor();
        await page.goto(`${stack.portalUrl}/coordonnees`);
        await page.getByLabel("Prénom").waitFor();
        assert.equal(await page.getByText(title).count(), 0);
      });
    });
  }

  test("administrators see whose address is dead, why and since when", async () => {
    const { agent, mine } = await reader("Denise");
    await sesSays("bounced-permanent", agent, alertDelivery(mine.consultationId, "tenderReceived", await tender(agent, mine)));
    await condemned(agent);
    await visit(async (page) => {
      await signIn(page, ADMINISTRATOR, "/administration/adresses");
      const entry = page.locator("li", { hasText: agent.email });
      await entry.getByText(/^Depuis le .*, les messages ne sont pas remis\s: l’adresse n’existe pas ou plus\.$/).waitFor();
      await accessible(page, "dead addresses");
    });
  });

  test("each alert in the history says where it has got to", async () => {
    const { agent, mine } = await reader("Hugo");
    const said = [
      ["delivered", "Remise au serveur du destinataire"],
      ["delayed", "Retardée par le serveur du destinataire"],
      ["bounced-transient", "Refusée par le serveur du destinataire"],
      ["rejected", "Échec de l’envoi : le service d’envoi a refusé son contenu."],
      [null, "Envoyée, remise attendue"],
    ];
    for (const [sample] of said) {
      const key = await tender(agent, mine);
      if (sample) await sesSays(sample, agent, alertDelivery(mine.consultationId, "tenderReceived", key));
    }
    await until(async () => {
      const { items } = await api("GET", `/v1/accounts/${agent.id}/deliveries`, { login: agent.email });
      return new Set(items.map(({ state }) => state)).size === said.length;
    }, "what SES said");
    await visit(async (page) => {
      await signIn(page, agent.email, "/historique");
      await settled(page);
      for (const [, text] of said) await page.getByText(text).first().waitFor();
      await accessible(page, "states");
    });
  });

  test("« Ne plus suivre cette consultation », from the alert's address, and back", async () => {
    const { agent, mine } = await reader("Nils");
    const starred = async () => (await api("GET", `/v1/accounts/${agent.id}/favourites`, { login: agent.email })).items.length;
    await visit(async (page) => {
      await signIn(page, agent.email, `/favoris/${mine.consultationId}`);
      await page.getByRole("heading", { level: 1, name: new RegExp(`^${mine.reference} – `) }).waitFor();
      await page.getByRole("button", { name: "Ne plus suivre cette consultation" }).click();
      await page.getByText("1 favori retiré.").waitFor();
      await until(async () => (await starred()) === 0, "no star");
      await accessible(page, "an undo");
      await page.getByRole("button", { name: "Annuler le retrait" }).click();
      await page.getByRole("button", { name: "Ne plus suivre cette consultation" }).waitFor();
      await until(async () => (await starred()) === 1, "the star");
    });
  });

  test("the page behind the link of an alert that ends it has the look of all pages, and its button works", async () => {
    const { agent, mine } = await reader("Ursule");
    await tender(agent, mine);
    // The first such link ends the kind of alert, the second the consultation.
    const link = linkIn(await mail(agent.email, "Nouveau dépôt électronique"), "/v1/unsubscribe/");
    for (const colorScheme of ["light", "dark"]) {
      await visit(
        async (page) => {
          const missing = [];
          page.on("response", (response) => response.status() >= 400 && missing.push(response.url()));
          await page.goto(link);
          await accessible(page, `unsubscribing, ${colorScheme}`);
          const look = await page.evaluate(() => getComputedStyle(document.querySelector("main.plain")).borderRadius);
          assert.notEqual(look, "0px", "the style is there");
          await page.getByRole("button", { name: "Ne plus recevoir cette alerte" }).click();
          await page.getByRole("heading", { name: "C’est fait" }).waitFor();
          await accessible(page, `unsubscribed, ${colorScheme}`);
          assert.deepEqual(missing, []);
        },
        { colorScheme, viewport: { width: 320, height: 640 } },
      );
    }
    assert.equal((await api("GET", `/v1/accounts/${agent.id}/alerts`, { login: agent.email })).kinds.tenderReceived, "off");
  });

  test("whoever was deactivated is told whom to ask, and keeps export and erasure", async () => {
    const agent = await newAgent({ firstName: "Désiré", lastName: "Parti" });
    await api("PATCH", `/v1/entities/${agent.entity}/agents/${agent.id}`, { login: ADMINISTRATOR, body: { active: false } });
    await visit(async (page) => {
      await page.goto(`${stack.portalUrl}/alertes`);
      await page.getByRole("button", { name: "Me connecter" }).click();
      await page.locator("input[name=username]").fill(agent.email);
      await page.locator("input[name=password]").fill(stack.demoPassword);
      await page.locator("button[type=submit], input[type=submit]").first().click();
      await page.getByRole("heading", { level: 1, name: "Votre compte est désactivé" }).waitFor();
      await page.getByText("Vous pouvez vous adresser à ").filter({ hasText: "Hélène Weber" }).waitFor();
      const waits = page.waitForEvent("download");
      await page.getByRole("button", { name: "Télécharger mes données" }).click();
      await waits;
      await accessible(page, "a deactivated account");
    });
  });
});
