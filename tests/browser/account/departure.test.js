// The way out: an administrator gives an agent a last day, and what they alone follow to another one.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { accessible, save, signIn, start, stop, visit } from "./person.js";
import { api, consultation, mail, newAgent, newEntity, send, until } from "./stack.js";

describe("departure of an agent", () => {
  before(start);
  after(stop);

  test("an administrator sets a last day, sees what nobody else follows, and has a colleague follow it", async () => {
    const entity = await newEntity("Service qui change");
    const administrator = await newAgent({ firstName: "Adèle", lastName: "Administre", role: "administrator", entity });
    const leaver = await newAgent({ firstName: "Paul", lastName: "Partant", entity });
    const colleague = await newAgent({ firstName: "Sara", lastName: "Suivante", entity });
    const followed = await consultation(leaver, { title: "Entretien des fontaines" });
    // Seen by the colleague too, as a guest.
    await send("ConsultationSaved", { ...followed, revision: 2, guests: [colleague.id], phase: "consultation" });
    const day = new Date(Date.now() + 5 * 24 * 3600 * 1000).toISOString().slice(0, 10);
    await visit(async (page) => {
      await signIn(page, administrator.email, `/administration/agents/${entity}`);
      const row = page.locator("li", { hasText: leaver.name });
      await row.getByRole("button", { name: `Droits et état : ${leaver.name}` }).click();
      await page.getByLabel("Dernier jour").fill(day);
      await accessible(page, "a last day");
      await save(page);
      await row.getByText("Le compte s’arrête à minuit.").waitFor();
      await row.getByRole("button", { name: `Passer le relais : ${leaver.name}` }).click();
      const window = page.getByRole("dialog", { name: `Passer le relais : ${leaver.name}` });
      await window.getByText("Entretien des fontaines").waitFor();
      await window.getByLabel("Qui les suit désormais").selectOption({ label: colleague.name });
      await accessible(page, "a handover");
      await window.getByRole("button", { name: "Lui donner ces favoris" }).click();
      await window.getByText("C’est en cours").waitFor();
      await accessible(page, "a handover is asked for");
    });
    await mail(colleague.email, "Vous reprenez le suivi de consultations");
    await mail(leaver.email, "Le suivi de vos consultations est assuré");
    const stars = async () => (await api("GET", `/v1/accounts/${colleague.id}/favourites`, { login: colleague.email })).items;
    await until(async () => (await stars()).some((star) => star.title === "Entretien des fontaines"), "the colleague follows it");
    const { leavesOn } = await api("GET", `/v1/accounts/${leaver.id}`, { login: leaver.email });
    assert.equal(leavesOn, day);
  });
});
