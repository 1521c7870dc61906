// « Administration », « Agents »: one press invites all whom the portal declared and nobody ever invited.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { accessible, settled, signIn, start, stop, visit } from "./person.js";
import { ADMINISTRATOR, api, freshAddress, mail, newEntity, send, until } from "./stack.js";

describe("agents whom the portal declares", () => {
  before(start);
  after(stop);

  test("an administrator invites all who never were by one press, and sees how far that is", async () => {
    const entity = await newEntity("Service déclaré");
    const agents = ["Dina", "Dora", "Dune"].map((firstName) => ({ firstName, email: firstName === "Dune" ? null : freshAddress(firstName.toLowerCase()) }));
    for (const agent of agents) {
      await send("AgentSaved", { organisationId: "ems", agentId: `${agent.firstName}-${entity}`, revision: 1, entityId: entity, role: "agent", active: true, lastName: "Déclarée", ...agent });
    }
    await until(async () => (await api("GET", `/v1/entities/${entity}/agents`, { login: ADMINISTRATOR })).items.length === agents.length, "the declared agents");
    await visit(async (page) => {
      await signIn(page, ADMINISTRATOR, `/administration/agents/${entity}`);
      const row = page.locator("li", { hasText: "Dina Déclarée" });
      await row.getByText("Jamais invité").waitFor();
      await page.getByText("2 agents déclarés n’ont jamais été invités").waitFor();
      await page.getByText("1 agent n’a pas d’adresse").waitFor();
      await page.getByRole("button", { name: "Inviter les agents déclarés (2)" }).click();
      const window = page.getByRole("dialog", { name: "Inviter les agents déclarés" });
      await accessible(page, "asking whether to invite them");
      await window.getByRole("button", { name: "Inviter les agents déclarés (2)" }).click();
      for (const { email } of agents) if (email) await mail(email, "Invitation");
      await page.getByText("2 agents déclarés ont été invités").waitFor();
      await row.getByText("Invitation en attente").waitFor();
      await settled(page);
      assert.equal(await row.getByText("Jamais invité").count(), 0);
      assert.equal(await page.getByRole("button", { name: /^Inviter les agents déclarés/ }).count(), 0);
      await accessible(page, "they were invited");
    });
  });
});
