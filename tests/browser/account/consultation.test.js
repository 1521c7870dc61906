// The page of one consultation: links of mails lead to it, whichever list it stands in, over or not.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { accessible, settled, signIn, start, stop, visit } from "./person.js";
import { api, consultation, linkIn, mail, newAgent, send, stack, until } from "./stack.js";

const tender = (mine, key) => send("TenderReceived", { consultationId: mine.consultationId, depositId: key, depositNumber: 7, receivedAt: new Date().toISOString(), channel: "electronic", lots: [] });

describe("/favoris/{consultation}", () => {
  let agent;
  let mine;

  before(async () => {
    await start();
    agent = await newAgent({ firstName: "Clara", lastName: "Consulte" });
    await api("PUT", `/v1/accounts/${agent.id}/alerts`, {
      login: agent.email,
      body: { ...(await api("GET", `/v1/accounts/${agent.id}/alerts`, { login: agent.email })), kinds: { tenderReceived: "immediate", consultationClosed: "off", messageReceived: "off", questionReceived: "off", noticePublished: "off", noticeRejected: "off", approvalRequested: "off" } },
    });
    mine = await consultation(agent, { phase: "consultation", title: "Rénovation de l’école Élisa-Lemonnier", deadline: "2035-01-31T12:00:00+04:00" });
    const other = await consultation(agent, { phase: "consultation" });
    await tender(mine, "d-1");
    await tender(other, "d-2");
  });
  after(stop);

  test("the link of an alert leads to what it is, its deadline at both hours, its star, and what was sent and why", async () => {
    const link = linkIn(await mail(agent.email, `[${mine.reference}]`), "/favoris/");
    assert.equal(link, `${stack.portalUrl}/favoris/${mine.consultationId}`);
    const { items } = await api("GET", `/v1/accounts/${agent.id}/deliveries`, { login: agent.email });
    assert.equal(items.length >= 1, true);
    await visit(async (page) => {
      await signIn(page, agent.email, new URL(link).pathname);
      await page.getByRole("heading", { level: 1, name: `${mine.reference} – Rénovation de l’école Élisa-Lemonnier` }).waitFor();
      await page.getByText(/31 janvier 2035 à 9\sh\s00 \(heure de Paris\), soit mer\. 31 janvier 2035 à 12\sh\s00 à l’heure de l’acheteur \(UTC\+4\)/).waitFor();
      assert.equal(await page.getByRole("link", { name: "Ouvrir dans la plateforme" }).getAttribute("href"), mine.url);
      assert.match(await page.getByRole("link", { name: "Ajouter à mon agenda" }).getAttribute("href"), /^\/v1\/deadlines\//);
      await page.getByText("parce que cette consultation est dans vos favoris et que vous avez créé cette consultation.").waitFor();
      const sent = page.locator(".list > li");
      await sent.first().waitFor();
      assert.equal(await sent.count(), 1, "only its own");
      await sent.getByText("Réception d’une réponse électronique").waitFor();
      await page.waitForFunction((title) => document.title === title, `${mine.reference} – Mon compte – Achats publics de Valfictif`);
      await accessible(page, "a consultation");
      await page.setViewportSize({ width: 320, height: 640 });
      await accessible(page, "a consultation at 320 px");
    });
  });

  test("it is followed no more and again, and the list says the same", async () => {
    const starred = async () => (await api("GET", `/v1/accounts/${agent.id}/favourites`, { login: agent.email })).items.some(({ consultationId }) => consultationId === mine.consultationId);
    await visit(async (page) => {
      await signIn(page, agent.email, `/favoris/${mine.consultationId}`);
      await page.getByRole("button", { name: "Ne plus suivre cette consultation" }).click();
      await page.locator(".undo", { hasText: "1 favori retiré." }).waitFor();
      await until(async () => !(await starred()), "no star");
      await page.getByRole("link", { name: "Toutes mes consultations" }).click();
      await page.locator(`button[aria-label="Suivre ${mine.reference}"][aria-pressed=false]`).waitFor();
      await page.getByRole("button", { name: "Annuler le retrait" }).click();
      await page.locator(`button[aria-label="Suivre ${mine.reference}"][aria-pressed=true]`).waitFor();
      await until(starred, "the star");
      // By keyboard: the row leads on, and Back leads to it.
      await page.getByRole("link", { name: new RegExp(`^${mine.reference} – `) }).focus();
      await page.keyboard.press("Enter");
      await page.waitForFunction((name) => document.activeElement?.tagName === "H1" && document.activeElement.textContent.startsWith(name), mine.reference);
      await page.goBack();
      await page.waitForFunction((name) => document.activeElement?.tagName === "A" && document.activeElement.textContent.startsWith(name), mine.reference);
    });
  });

  test("one that is over has its page, beyond any list", async () => {
    const gone = await consultation(agent, { phase: "archived", title: "Marché clos" });
    const seen = async () => (await api("GET", `/v1/accounts/${agent.id}/consultations/${gone.consultationId}`, { login: agent.email })).phase === "archived";
    await until(seen, "the end");
    await visit(async (page) => {
      await signIn(page, agent.email, `/favoris/${gone.consultationId}`);
      await page.getByText("Cette consultation est terminée").waitFor();
      await page.getByText("Aucune alerte ne vous a encore été envoyée sur cette consultation.").waitFor();
      await accessible(page, "a consultation that is over");
    });
  });

  test("one that is not seen, or does not exist, says so with a way on", () =>
    visit(async (page) => {
      const stranger = await newAgent({ firstName: "Sacha", lastName: "Ailleurs" });
      await signIn(page, stranger.email, `/favoris/${mine.consultationId}`);
      await page.getByRole("heading", { level: 1, name: "Cette consultation n’est pas ouverte à votre compte" }).waitFor();
      assert.equal(await page.getByText("Rénovation").count(), 0);
      await settled(page);
      await accessible(page, "a consultation that is not seen");
      await page.getByRole("link", { name: "Toutes mes consultations" }).click();
      await page.getByText("Aucune consultation ne vous est ouverte pour l’instant.").waitFor();
    }));

  test("whatever a browser opens is a French page with a way on", () =>
    visit(async (page) => {
      for (const [path, status, heading] of [
        ["/nulle-part", 404, "Cette page n’existe pas"],
        ["/favoris/a%20b", 404, "Cette page n’existe pas"],
        ["/v1/unsubscribe/u~rien", 404, "Ce lien n’est plus valable"],
        ["/v1/deadlines/d~rien", 404, "Ce lien d’agenda ne mène plus à rien"],
        ["/v1/confirmations", 405, "Cette adresse ne s’ouvre pas ainsi"],
      ]) {
        const answer = await page.goto(stack.portalUrl + path);
        assert.equal(answer.status(), status, path);
        await page.getByRole("heading", { level: 1, name: heading }).waitFor();
        await accessible(page, path);
        await page.locator("main").getByRole("link").click();
        await page.waitForURL((url) => url.pathname !== path);
      }
    }));
});
