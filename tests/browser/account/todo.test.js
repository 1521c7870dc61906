// « À traiter »: where administrators begin, from what waits to its end.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { accessible, settled, signIn, start, stop, visit } from "./person.js";
import { api, consultation, freshAddress, invite, linkIn, mail, newAgent, newEntity, send, sesSays, stack, testDelivery, until } from "./stack.js";

/** Longest time from the first sight to the end, in milliseconds. */
const TWO_MINUTES = 120_000;

/** An entity with its own administrator. */
async function service(name) {
  const entity = await newEntity(name);
  return { entity, administrator: await newAgent({ firstName: "Adèle", lastName: "Administre", role: "administrator", entity }) };
}

/** Counts what somebody presses, and how long they take. */
async function counted(page) {
  let presses = 0;
  await page.exposeFunction("pressed", () => void (presses += 1));
  await page.addInitScript(() => addEventListener("click", (event) => event.isTrusted && globalThis.pressed(), true));
  const began = Date.now();
  return () => ({ presses, time: Date.now() - began });
}

const menu = (page, name) => page.getByRole("navigation", { name: "Sections de mon compte" }).getByRole("link", { name });
const group = (page, title) => page.locator("section", { has: page.getByRole("heading", { level: 2, name: title }) });

/** The address of an agent is dead: their test alert came back. */
async function dead(agent) {
  await api("POST", `/v1/accounts/${agent.id}/alerts/test`, { login: agent.email, body: {} });
  const tests = async () => (await api("GET", `/v1/accounts/${agent.id}/deliveries`, { login: agent.email })).items.filter(({ state }) => state !== "PENDING");
  const [{ factKey }] = await until(async () => ((await tests()).length ? tests() : null), "the test alert");
  await sesSays("bounced-permanent", agent, testDelivery(factKey));
  await until(async () => (await api("GET", `/v1/accounts/${agent.id}`, { login: agent.email })).emailStatus === "undeliverable", "the mark");
}

describe("what waits for administrators", () => {
  before(start);
  after(stop);

  test("from a dead address to its mended account in under two minutes", async (t) => {
    const { entity, administrator } = await service("Service injoignable");
    const agent = await newAgent({ firstName: "Paul", lastName: "Roth-Injoignable", entity });
    await dead(agent);
    const address = freshAddress("paul");
    await visit(async (page) => {
      const spent = await counted(page);
      await signIn(page, administrator.email, "/");
      await menu(page, "Administration (1)").click();
      await page.getByText("1 chose à traiter. Mis à jour à").waitFor();
      const line = group(page, "Adresses en échec (1)").locator("li", { hasText: agent.name });
      await line.getByText(/^Depuis le .*, les messages ne sont pas remis\s: l’adresse n’existe pas ou plus\.$/).waitFor();
      await accessible(page, "a dead address waits");
      await line.getByRole("button", { name: `Corriger l’adresse : ${agent.name}` }).click();
      await page.getByRole("dialog", { name: agent.name }).getByLabel("Adresse électronique").fill(address);
      await page.getByRole("button", { name: "Enregistrer", exact: true }).click();
      await line.getByText(`L’adresse ${address} attend d’être confirmée`).waitFor();
      await accessible(page, "an address waits for its reader");
      // The agent's part: one press.
      await page.goto(linkIn(await mail(address, "Confirmez"), "/confirm"));
      await page.getByRole("button", { name: "Confirmer mon adresse" }).click();
      await page.getByRole("heading", { name: "Votre adresse est confirmée" }).waitFor();
      await page.goto(`${stack.portalUrl}/administration`);
      await page.getByText("Rien à traiter. Mis à jour à").waitFor();
      await accessible(page, "nothing waits");
      const { presses, time } = spent();
      t.diagnostic(`${presses} presses, ${time} ms`);
      assert.ok(presses <= 6 && time < TWO_MINUTES, `${presses} presses, ${time} ms`);
      await menu(page, /^Administration$/).waitFor();
    });
    const { emailStatus, contact } = await api("GET", `/v1/accounts/${agent.id}`, { login: agent.email });
    assert.deepEqual([emailStatus, contact.email], ["confirmed", address]);
  });

  test("from a leaver to their successor in under two minutes", async (t) => {
    const { entity, administrator } = await service("Service quitté");
    const leaver = await newAgent({ firstName: "Paul", lastName: "Partant", entity });
    const colleague = await newAgent({ firstName: "Sara", lastName: "Suivante", entity });
    const followed = await consultation(leaver, { title: "Entretien des fontaines" });
    await send("ConsultationSaved", { ...followed, revision: 2, guests: [colleague.id], phase: "consultation" });
    const day = new Date(Date.now() + 5 * 24 * 3600 * 1000).toISOString().slice(0, 10);
    await api("PATCH", `/v1/entities/${entity}/agents/${leaver.id}`, { login: administrator.email, body: { leavesOn: day } });
    await visit(async (page) => {
      const spent = await counted(page);
      await signIn(page, administrator.email, "/");
      await menu(page, "Administration (1)").click();
      const line = group(page, "Départs (1)").locator("li", { hasText: leaver.name });
      await line.getByText("1 consultation n’est suivie par personne d’autre").waitFor();
      await accessible(page, "somebody leaves");
      await line.getByRole("button", { name: `Passer le relais : ${leaver.name}` }).click();
      const window = page.getByRole("dialog", { name: `Passer le relais : ${leaver.name}` });
      await window.getByLabel("Qui les suit désormais").selectOption({ label: colleague.name });
      await window.getByRole("button", { name: "Lui donner ces favoris" }).click();
      await window.getByText("C’est en cours").waitFor();
      const stars = async () => (await api("GET", `/v1/accounts/${colleague.id}/favourites`, { login: colleague.email })).items;
      await until(async () => (await stars()).some((star) => star.title === "Entretien des fontaines"), "the colleague follows it");
      const { presses, time } = spent();
      t.diagnostic(`${presses} presses, ${time} ms`);
      assert.ok(presses <= 6 && time < TWO_MINUTES, `${presses} presses, ${time} ms`);
    });
  });

  test("each kind has its lines, and each line its next step", async () => {
    const { entity, administrator } = await service("Service chargé");
    const invited = await invite({ firstName: "Inès", lastName: "Invitée", entity });
    const author = await newAgent({ firstName: "Aline", lastName: "Autrice", entity });
    const followed = await consultation(author, { title: "Réfection des toitures", phase: "consultation" });
    await api("DELETE", `/v1/accounts/${author.id}/favourites/${followed.consultationId}`, { login: author.email });
    for (const [firstName, email] of [["Dina", freshAddress("dina")], ["Dune", null]]) {
      await send("AgentSaved", { organisationId: "ems", agentId: `${firstName}-${entity}`, revision: 1, entityId: entity, role: "agent", active: true, firstName, lastName: "Déclarée", email });
    }
    const waits = async () => (await api("GET", `/v1/entities/${entity}/todo`, { login: administrator.email })).items;
    await until(async () => (await waits()).length === 4, "what waits");
    await visit(async (page) => {
      await signIn(page, administrator.email, "/administration");
      await settled(page);
      await page.getByText("4 choses à traiter.").waitFor();
      await group(page, "Consultations que personne ne suit (1)").getByText(/^Échéance\s: .*, dans \d+\sjours$/).waitFor();
      await group(page, "Comptes sans adresse (1)").getByText("Dune Déclarée").waitFor();
      await page.getByText("1 agent déclaré n’a jamais été invité").waitFor();
      await accessible(page, "all that waits");
      const line = group(page, "Invitations (1)").locator("li", { hasText: invited.name });
      await line.getByRole("button", { name: `Renvoyer l’invitation : ${invited.name}` }).click();
      await line.getByText(`Invitation envoyée à ${invited.email}.`).waitFor();
      await group(page, "Consultations que personne ne suit (1)").getByRole("link", { name: "Voir qui peut la suivre" }).click();
      await page.waitForURL(new RegExp(`/administration/destinataires/${followed.consultationId}$`));
    });
  });

  test("who administers nothing is asked for nothing more", async () => {
    const { entity, administrator } = await service("Service au travail");
    const agent = await newAgent({ firstName: "Anne", lastName: "Agente", entity });
    await invite({ entity });
    await visit(async (page, context) => {
      const asked = [];
      page.on("request", (request) => request.url().includes("/todo") && asked.push(request.url()));
      await signIn(page, agent.email, "/alertes");
      await settled(page);
      // As late as the menu of who administers something.
      const other = await context.newPage();
      await signIn(other, administrator.email, "/alertes");
      await menu(other, "Administration (1)").waitFor();
      assert.deepEqual(asked, []);
    });
  });
});
