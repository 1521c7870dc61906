// « Alertes à l’arrivée »: what administrators propose to new agents, and a new agent's first day.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { accessible, atTheIssuer, save, settled, signIn, start, stop, visit } from "./person.js";
import { ADMINISTRATOR, api, consultation, invite, linkIn, mail, makeLogin, newAgent, newEntity, send } from "./stack.js";

describe("choices that are proposed to new agents", () => {
  let entity, below, administrator;
  before(async () => {
    await start();
    entity = await newEntity("Service qui accueille");
    below = `${entity}-eau`;
    await api("PUT", `/v1/entities/${below}`, { login: ADMINISTRATOR, body: { name: "Service de l’eau", parentId: entity } });
    administrator = await newAgent({ firstName: "Adèle", lastName: "Accueille", role: "administrator", entity });
  });
  after(stop);

  const kind = (page, name) => page.getByRole("group", { name });
  const alerts = async ({ id, email }) => api("GET", `/v1/accounts/${id}/alerts`, { login: email });

  test("an administrator proposes them, and a new agent is told of the first tender without having touched anything", async () => {
    await visit(async (page) => {
      await signIn(page, administrator.email, "/administration");
      await page.getByRole("link", { name: "Alertes à l’arrivée" }).click();
      await page.getByText("Rien n’est proposé ici, ni dans les entités dont celle-ci dépend.").waitFor();
      await accessible(page, "nothing is proposed");
      await page.getByLabel("Proposer des choix aux nouveaux agents").check();
      await kind(page, /réception d’une réponse électronique/).getByLabel("Immédiate").check();
      assert.equal(await kind(page, /clôture d’une consultation/).getByLabel("Quotidienne").count(), 0);
      await page.getByLabel("Les consultations de leur entité").check();
      await accessible(page, "choices to propose");
      await save(page);
      await page.getByText("Rien n’est proposé ici").waitFor({ state: "detached" });
      await page.reload();
      assert.equal(await kind(page, /réception d’une réponse électronique/).getByLabel("Immédiate").isChecked(), true);
      // Below, they are inherited, and it says from where.
      await page.getByLabel("Entité concernée").selectOption({ value: below });
      await page.getByText("Rien n’est proposé ici : les choix de « Service qui accueille » s’appliquent.").waitFor();
      assert.equal(await page.getByLabel("Proposer des choix aux nouveaux agents").isChecked(), false);
    });
    const newcomer = await invite({ firstName: "Nora", lastName: "Nouvelle", entity: below });
    const rights = { permanentGuest: { own: true } };
    await api("PATCH", `/v1/entities/${below}/agents/${newcomer.id}`, { login: ADMINISTRATOR, body: rights });
    await makeLogin(newcomer.email);
    await visit(async (page) => {
      await page.goto(linkIn(await mail(newcomer.email, "Invitation"), "/invitation"));
      await page.getByRole("button", { name: "Me connecter et accepter" }).click();
      await atTheIssuer(page, newcomer.email);
      await page.getByRole("heading", { name: "Invitation acceptée" }).waitFor();
    });
    const { consultationId, title } = await consultation({ ...administrator, entity: below }, { title: "Entretien des fontaines" });
    await send("TenderReceived", { consultationId, depositId: `d-${consultationId}`, depositNumber: "1", receivedAt: new Date().toISOString(), channel: "electronic", lots: [] });
    const told = await mail(newcomer.email, "Nouveau dépôt électronique");
    assert.ok(told.text.includes(title));
    await visit(async (page) => {
      await signIn(page, newcomer.email, "/alertes");
      const says = page.getByText("Votre administration a proposé ces choix à votre arrivée. Vous pouvez les changer.");
      await says.waitFor();
      assert.equal(await kind(page, /réception d’une réponse électronique/).getByLabel("Immédiate").isChecked(), true);
      await accessible(page, "a proposal");
      await kind(page, /réception d’une question posée/).getByLabel("Quotidienne").check();
      await save(page);
      await says.waitFor({ state: "detached" });
      await page.reload();
      await settled(page);
      assert.equal(await says.count(), 0);
    });
    const { kinds, proposed } = await alerts(newcomer);
    assert.deepEqual([kinds.tenderReceived, kinds.questionReceived, proposed], ["immediate", "daily", undefined]);
  });

  test("a new agent keeps what was proposed by one press", async () => {
    const wanted = await alerts(administrator);
    const { kinds, automaticFavourites } = { ...wanted, kinds: { ...wanted.kinds, noticeRejected: "immediate" } };
    const body = { kinds, automaticFavourites };
    await api("PUT", `/v1/entities/${below}/defaults`, { login: administrator.email, body });
    const newcomer = await newAgent({ firstName: "Karl", lastName: "Garde", entity: below });
    await visit(async (page) => {
      await signIn(page, newcomer.email, "/alertes");
      await page.getByRole("button", { name: "Garder ces choix" }).click();
      await page.locator("[data-live]", { hasText: "Ces choix sont enregistrés." }).waitFor({ state: "attached" });
      await page.getByText("Votre administration a proposé").waitFor({ state: "detached" });
    });
    assert.deepEqual(await alerts(newcomer), body);
  });

  test("what somebody else proposed meanwhile is shown, and what is taken back is inherited again", async () => {
    await visit(async (page) => {
      const path = `/v1/entities/${below}/defaults`;
      const read = () => api("GET", path, { login: ADMINISTRATOR });
      const { kinds, automaticFavourites } = await alerts(administrator);
      await api("PUT", path, { login: ADMINISTRATOR, body: { kinds, automaticFavourites } });
      await signIn(page, administrator.email, `/administration/alertes/${below}`);
      await kind(page, /question posée/).getByLabel("Quotidienne").check();
      // A reload keeps what is typed.
      await page.reload();
      const theirs = await read();
      theirs.kinds.questionReceived = "immediate";
      await api("PUT", path, { login: ADMINISTRATOR, body: theirs });
      await page.getByRole("button", { name: "Enregistrer", exact: true }).click();
      const conflict = page.getByRole("alert");
      await conflict.getByRole("row", { name: "Réception d’une question posée par une entreprise Quotidienne Immédiate" }).waitFor();
      await conflict.getByRole("button", { name: "Garder ma saisie" }).click();
      await save(page);
      assert.equal((await read()).kinds.questionReceived, "daily");
      await page.getByLabel("Proposer des choix aux nouveaux agents").uncheck();
      await save(page);
      await page.getByText("les choix de « Service qui accueille » s’appliquent.").waitFor();
      assert.equal(await read(), null);
    });
  });
});
