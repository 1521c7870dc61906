// « Retrouver mon compte »: another login takes an account over, by the address or by an administrator, and the former one is out.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { accessible, atTheIssuer, settled, signIn, start, stop, visit } from "./person.js";
import { ADMINISTRATOR, api, freshAddress, linkIn, mail, makeLogin, newAgent, newEntity, send, stack, until } from "./stack.js";

const NO_ACCOUNT = "Aucun compte n’est lié à votre identifiant";
const heading = (page, name) => page.getByRole("heading", { name }).waitFor();

/** A login that no account is bound to. */
async function newLogin() {
  const login = freshAddress("identifiant");
  await makeLogin(login);
  return login;
}

/** Signs in as somebody without an account. */
async function signInWithoutAccount(page, login) {
  await page.goto(stack.portalUrl);
  await page.getByRole("button", { name: "Me connecter" }).click();
  await atTheIssuer(page, login);
  await heading(page, NO_ACCOUNT);
}

/** Opens the newest link mailed to an agent and confirms it with a login. */
async function confirm(page, agent, login, outcome) {
  await page.goto(linkIn(await mail(agent.email, "Retrouver votre compte d’agent"), "/recovery"));
  await page.getByRole("button", { name: "Me connecter et retrouver mon compte" }).click();
  await atTheIssuer(page, login);
  await heading(page, outcome);
}

describe("recovery of an account", () => {
  before(start);
  after(stop);

  test("a login without an account asks by the address, opens the mailed link and is in; the former login reaches nothing", async () => {
    const agent = await newAgent({ firstName: "Rachel", lastName: "Retrouvée" });
    const login = await newLogin();
    await visit(async (former) => {
      await signIn(former, agent.email, "/coordonnees");
      await visit(async (page) => {
        await signInWithoutAccount(page, login);
        await accessible(page, "without an account");
        const send = page.getByRole("button", { name: "Envoyer le lien" });
        await page.getByLabel("Adresse électronique de votre compte").fill("sans arobase");
        await send.click();
        await page.locator("[aria-invalid=true]").waitFor();
        await page.getByLabel("Adresse électronique de votre compte").fill(agent.email);
        await send.click();
        await page.getByText(`Si un compte confirmé a pour adresse ${agent.email}, un lien vient de lui être envoyé`).first().waitFor();
        await confirm(page, agent, login, "Vous avez retrouvé votre compte");
        await accessible(page, "recovered");
        // The tab is signed in already.
        await page.goto(`${stack.portalUrl}/coordonnees`);
        assert.equal(await page.getByLabel("Nom", { exact: true }).inputValue(), "Retrouvée");
      });
      await former.getByLabel("Fonction").fill("Plus la mienne");
      await former.getByRole("button", { name: "Enregistrer", exact: true }).click();
      await former.locator("[role=alert]").waitFor();
      await former.goto(stack.portalUrl);
      await heading(former, NO_ACCOUNT);
    });
    await assert.rejects(api("GET", `/v1/accounts/${agent.id}`, { login: agent.email }), /: 40[34] /);
    assert.deepEqual((await api("GET", "/v1/me", { login: agent.email })).accounts, []);
    assert.equal((await api("GET", `/v1/accounts/${agent.id}`, { login })).contact.jobTitle ?? null, null);
  });

  test("an administrator has the link mailed, is told so, and the first login that confirms it is in", async () => {
    const agent = await newAgent({ firstName: "Bruno", lastName: "Bouton", entity: await newEntity("Service à retrouver") });
    const login = await newLogin();
    await visit(async (page) => {
      await signIn(page, ADMINISTRATOR, `/administration/agents/${agent.entity}`);
      const row = page.locator("li", { hasText: agent.name });
      await row.getByRole("button", { name: `Envoyer un lien de récupération : ${agent.name}` }).click();
      const window = page.getByRole("dialog", { name: "Envoyer un lien de récupération" });
      await accessible(page, "asking whether to send it");
      await window.getByRole("button", { name: "Envoyer un lien de récupération" }).click();
      await row.getByText("Le lien est envoyé.").waitFor();
      await accessible(page, "the link is sent");
    });
    await visit(async (page) => {
      await confirm(page, agent, login, "Vous avez retrouvé votre compte");
      await signIn(page, login, "/coordonnees");
      assert.equal(await page.getByLabel("Nom", { exact: true }).inputValue(), "Bouton");
    });
    assert.deepEqual((await api("GET", "/v1/me", { login: agent.email })).accounts, []);
  });

  test("an administrator's own account waits a day, and who acts for it or administers it stops that by one press", async () => {
    const agent = await newAgent({ firstName: "Ada", lastName: "Attend", role: "administrator", entity: await newEntity("Service à retrouver") });
    const login = await newLogin();
    await api("POST", "/v1/recoveries", { login, body: { email: agent.email } });
    await visit((page) => confirm(page, agent, login, "Votre demande est enregistrée"));
    await visit(async (page) => {
      await signIn(page, ADMINISTRATOR, `/administration/agents/${agent.entity}`);
      await page.locator("li", { hasText: agent.name }).getByText("Un autre identifiant accédera à ce compte le ").waitFor();
      await accessible(page, "a recovery waits in the list");
    });
    await visit(async (page) => {
      await signIn(page, agent.email, "/coordonnees");
      await page.getByText("Un autre identifiant va prendre la place du vôtre").waitFor();
      await accessible(page, "a recovery waits");
      await page.getByRole("button", { name: "Arrêter cette demande" }).click();
      await page.getByText("Un autre identifiant va prendre la place du vôtre").waitFor({ state: "detached" });
    });
    assert.deepEqual((await api("GET", "/v1/me", { login })).accounts, []);
    assert.equal((await api("GET", `/v1/accounts/${agent.id}`, { login: agent.email })).recoveryDue ?? null, null);
  });

  test("an administrator sets an address, its reader confirms it, and the old one stops by one press who comes by it", async () => {
    const agent = await newAgent({ firstName: "Alice", lastName: "Fusionnée", entity: await newEntity("Commune fusionnée") });
    const [login, given, wrong] = [await newLogin(), freshAddress("fusion"), freshAddress("faute")];
    await visit(async (page) => {
      await signIn(page, ADMINISTRATOR, `/administration/agents/${agent.entity}`);
      const row = page.locator("li", { hasText: agent.name });
      const set = async (address) => {
        await row.getByRole("button", { name: `Droits et état : ${agent.name}` }).click();
        const window = page.getByRole("dialog", { name: agent.name });
        await window.getByLabel("Adresse électronique").fill(address);
        await accessible(page, "an address in the dialog");
        await window.getByRole("button", { name: "Enregistrer", exact: true }).click();
        return window;
      };
      const window = await set("sans arobase");
      await window.locator("[aria-invalid=true]").waitFor();
      await window.getByLabel("Adresse électronique").fill(wrong);
      await window.getByRole("button", { name: "Enregistrer", exact: true }).click();
      await row.getByText(`L’adresse ${wrong} attend d’être confirmée`).waitFor();
      await accessible(page, "an address waits in the list");
      await row.getByRole("button", { name: "Annuler ce changement d’adresse" }).click();
      await row.getByText(`L’adresse ${wrong} attend d’être confirmée`).waitFor({ state: "detached" });
      await set(given);
      await row.getByText(`L’adresse ${given} attend d’être confirmée`).waitFor();
    });
    await mail(agent.email, "Un administrateur change l’adresse de votre compte");
    await visit(async (page) => {
      await page.goto(linkIn(await mail(given, "Confirmez votre adresse"), "/confirm"));
      await page.getByRole("button", { name: "Confirmer mon adresse" }).click();
      await heading(page, "Votre adresse est confirmée");
    });
    await api("POST", "/v1/recoveries", { login, body: { email: given } });
    await visit((page) => confirm(page, { email: given }, login, "Votre demande est enregistrée"));
    assert.notEqual((await api("GET", `/v1/accounts/${agent.id}`, { login: agent.email })).recoveryDue ?? null, null);
    await visit(async (page) => {
      await page.goto(linkIn(await mail(agent.email, "vous pouvez l’arrêter"), "/stop"));
      await accessible(page, "a recovery that can be stopped");
      assert.notEqual((await api("GET", `/v1/accounts/${agent.id}`, { login: agent.email })).recoveryDue ?? null, null, "opened only");
      await page.getByRole("button", { name: "Arrêter cette demande" }).click();
      await heading(page, "La demande est arrêtée");
      await accessible(page, "stopped");
    });
    assert.equal((await api("GET", `/v1/accounts/${agent.id}`, { login: agent.email })).recoveryDue ?? null, null);
    assert.deepEqual((await api("GET", "/v1/me", { login })).accounts, []);
  });

  test("an agent whom the portal declares shows by which id, and nothing to edit", async () => {
    const entity = await newEntity("Service à retrouver");
    const agentId = `agt-${entity}`;
    const declared = { firstName: "Diane", lastName: "Déclarée", email: freshAddress("diane") };
    await send("AgentSaved", { organisationId: "ems", agentId, revision: 1, entityId: entity, role: "agent", active: true, invite: true, ...declared });
    await until(async () => (await api("GET", `/v1/entities/${entity}/agents`, { login: ADMINISTRATOR })).items.some(({ externalId }) => externalId === agentId), "the declared agent");
    await mail(declared.email, "Invitation");
    await visit(async (page) => {
      await signIn(page, ADMINISTRATOR, `/administration/agents/${entity}`);
      const row = page.locator("li", { hasText: "Diane Déclarée" });
      await row.getByText(`Agent déclaré par le portail (${agentId})`).waitFor();
      await settled(page);
      assert.deepEqual(await row.getByRole("button").allTextContents(), ["Renvoyer l’invitation"]);
      await accessible(page, "a declared agent");
    });
  });
});
