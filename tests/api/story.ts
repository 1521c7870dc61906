// The story as a client tells it whose types come from the description: what the compiler lets pass has to be what the API does.
//
//     story.js SCENE
//
// The scene names the people, with their tokens. The last line says which operations were called.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./vigie.js";

interface Person {
  email: string;
  token: string;
  account: string;
}
interface Scene extends Record<"administrator" | "bruno" | "chloe" | "nadia", Person> {
  url: string;
  mails: string;
  unique: string;
  entity: string;
  dsi: string;
  consultation: string;
  program: { token: string };
}
const scene: Scene = JSON.parse(readFileSync(process.argv[2]!, "utf8"));
const { entity, dsi, consultation } = scene;

const called = new Set<string>();
const note: Middleware = {
  onRequest({ request, schemaPath }) {
    called.add(`${request.method} ${schemaPath}`);
  },
};
function client(token?: string) {
  const made = createClient<paths>({ baseUrl: scene.url, headers: token ? { Authorization: `Bearer ${token}` } : {} });
  made.use(note);
  return made;
}
const anonymous = client();
const [administrator, agent, colleague, newcomer] = [scene.administrator, scene.bruno, scene.chloe, scene.nadia].map(({ token }) => client(token)) as
  [ReturnType<typeof client>, ReturnType<typeof client>, ReturnType<typeof client>, ReturnType<typeof client>];
const mine = { path: { id: scene.bruno.account } };

/** The newest token in the mails to an address that such a link carries. */
async function mailed(to: string, link: string, but?: string): Promise<string> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const mails: { text: string; headers: Record<string, string> }[] = await (await fetch(`${scene.mails}?to=${encodeURIComponent(to)}`)).json();
    for (const { text, headers } of mails.reverse()) {
      const token = new RegExp(`${link}([A-Za-z0-9._~-]+)`).exec(text + JSON.stringify(headers))?.[1];
      if (token && token !== but) return token;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${link} to ${to}`);
}

// The gateway asks for a token in its own words.
const me = await agent.GET("/v1/me");
assert(me.data?.accounts.some((account) => account.id === scene.bruno.account && !account.linked));
const nobody = await anonymous.GET("/v1/me");
assert.equal(nobody.response.status, 401);
assert(nobody.error && "message" in nobody.error);

// Contact details: only with the version that was read.
const account = await agent.GET("/v1/accounts/{id}", { params: mine });
const version = account.response.headers.get("etag");
assert(account.data && version);
const patch = (body: components["schemas"]["ContactPatch"], ifMatch: string) =>
  agent.PATCH("/v1/accounts/{id}/contact", {
    params: { ...mine, header: { "If-Match": ifMatch } },
    body,
    headers: { "Content-Type": "application/merge-patch+json" },
  });
assert.equal((await patch({ jobTitle: "Acheteur", fax: null }, version)).data?.contact.jobTitle, "Acheteur");
assert.equal((await patch({ jobTitle: "Acheteur" }, version)).response.status, 412);
const refused = await patch({ firstName: "x".repeat(101) }, "*");
assert.equal(refused.response.status, 422);
assert(refused.error && "errors" in refused.error && refused.error.errors?.[0]?.field === "firstName");

// Another address counts once its link was opened.
const address = `bruno.nouveau@${scene.unique}.example.fr`;
const asked = await patch({ email: address }, "*");
assert.equal(asked.response.status, 202);
assert.equal(asked.data?.pendingEmail?.address, address);
const token = await mailed(address, "/confirm\\?token=");
assert.equal((await anonymous.POST("/v1/confirmations", { body: { token } })).data?.confirmed, true);
const unknown = await anonymous.POST("/v1/confirmations", { body: { token: "nonsense" } });
assert.equal(unknown.response.status, 404);
assert(unknown.error && "type" in unknown.error && unknown.error.type === "urn:vigie:problem:not-found");

// Alerts, places, absence, stars.
const alerts = await agent.GET("/v1/accounts/{id}/alerts", { params: mine });
assert(alerts.data);
const kinds = { ...alerts.data.kinds, questionReceived: "daily" as const };
const chosen = await agent.PUT("/v1/accounts/{id}/alerts", { params: mine, body: { ...alerts.data, kinds } });
assert.equal(chosen.data?.kinds.questionReceived, "daily");
const places = await agent.PUT("/v1/accounts/{id}/places", { params: mine, body: { places: ["68", "987"] } });
assert.deepEqual(places.data?.places, ["68", "987"]);
const reference = await anonymous.GET("/v1/places");
assert(reference.data?.places.some((place) => place.code === "FR"));
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const away = { from: inDays(30), until: inDays(40), delegateAccountId: scene.chloe.account };
const absence = await agent.PUT("/v1/accounts/{id}/absence", { params: mine, body: away });
assert.deepEqual(absence.data, { ...away, delegateAgreed: false });
const delegation = await mailed(scene.chloe.email, "/delegation\\?token=");
assert.equal((await colleague.POST("/v1/delegations", { body: { token: delegation, agree: true } })).data?.until, away.until);
assert.equal((await agent.GET("/v1/accounts/{id}/absence", { params: mine })).data?.delegateAgreed, true);
assert.equal((await agent.PUT("/v1/accounts/{id}/absence", { params: mine, body: null })).data, null);
const refusing = { linkRequests: false, delegations: true };
assert.deepEqual((await agent.PUT("/v1/accounts/{id}/requests", { params: mine, body: refusing })).data, refusing);
assert.deepEqual((await agent.GET("/v1/accounts/{id}/requests", { params: mine })).data, refusing);
const query = { q: "ASCENSEURS", phase: "consultation", limit: 5 } as const;
const visible = await agent.GET("/v1/accounts/{id}/consultations", { params: { ...mine, query } });
assert.deepEqual(visible.data?.items.map((item) => item.consultationId), [consultation]);
const star = { params: { path: { id: scene.bruno.account, consultationId: consultation } } };
assert.equal((await agent.DELETE("/v1/accounts/{id}/favourites/{consultationId}", star)).response.status, 204);
assert.equal((await agent.PUT("/v1/accounts/{id}/favourites/{consultationId}", star)).response.status, 204);
const one = await agent.GET("/v1/accounts/{id}/consultations/{consultationId}", star);
assert.deepEqual([one.data?.consultationId, one.data?.starred], [consultation, true]);
const stars = await agent.GET("/v1/accounts/{id}/favourites", { params: mine });
assert(stars.data?.items.some((item) => item.consultationId === consultation && item.automatic === null));

// Deliveries; a test alert; a mail that switches its kind off.
const sent = await agent.GET("/v1/accounts/{id}/deliveries", { params: { ...mine, query: { limit: 10 } } });
assert(sent.data?.items.some((item) => item.kind === "tenderReceived" && item.consultationId === consultation));
assert.equal((await agent.POST("/v1/accounts/{id}/alerts/test", { params: mine })).response.status, 202);
const off = await mailed(scene.bruno.email, '"List-Unsubscribe":"<[^>]*/v1/unsubscribe/');
const click = await anonymous.POST("/v1/unsubscribe/{token}", {
  params: { path: { token: off } },
  body: { "List-Unsubscribe": "One-Click" },
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
  parseAs: "text",
});
assert(click.data?.includes("désactivée"));
assert.equal((await agent.GET("/v1/accounts/{id}/export", { params: mine })).data?.favourites.length, 1);

// Two accounts of one person.
assert.equal((await agent.POST("/v1/accounts/{id}/links", { params: mine, body: { email: scene.chloe.email } })).response.status, 202);
const link = await mailed(scene.chloe.email, "/link\\?token=");
assert.equal((await colleague.POST("/v1/links", { body: { token: link } })).data?.otherAccountId, scene.bruno.account);
const other = { params: { path: { id: scene.bruno.account, otherId: scene.chloe.account } } };
assert.equal((await agent.DELETE("/v1/accounts/{id}/links/{otherId}", other)).response.status, 204);

// Entities and agents, as their administrator; and not as an agent, nor as somebody else.
const renamed = await administrator.PUT("/v1/entities/{id}", { params: { path: { id: dsi } }, body: { name: "Informatique", parentId: entity } });
assert.equal(renamed.data?.name, "Informatique");
const below = { path: { id: dsi } };
const contact = { firstName: "Nadia", lastName: "Nouvelle", email: scene.nadia.email };
const created = await administrator.POST("/v1/entities/{id}/agents", { params: below, body: { contact, role: "agent" } });
assert.equal(created.response.status, 201);
assert(created.data && created.response.headers.get("location")?.endsWith(created.data.id));
const taken = await administrator.POST("/v1/entities/{id}/agents", { params: below, body: { contact, role: "agent" } });
assert.equal(taken.response.status, 409);
const nadia = { path: { id: dsi, accountId: created.data.id } };
const rights = await administrator.PATCH("/v1/entities/{id}/agents/{accountId}", {
  params: nadia,
  body: { permanentGuest: { dependent: true } },
  headers: { "Content-Type": "application/merge-patch+json" },
});
assert.deepEqual(rights.data?.permanentGuest, { own: false, dependent: true, transverse: false });
const invitation = await mailed(scene.nadia.email, "/invitation\\?token=");
assert.equal((await newcomer.POST("/v1/invitations", { body: { token: invitation } })).data?.accountId, created.data.id);
const agents = await administrator.GET("/v1/entities/{id}/agents", { params: { ...below, query: { limit: 100 } } });
assert(agents.data?.items.some((item) => item.id === created.data?.id && item.emailStatus === "confirmed"));
const sheet = `prénom;nom;courriel\r\nOscar;Import;oscar@${scene.unique}.example.fr\r\n`;
const read = await administrator.POST("/v1/entities/{id}/agents/import/reading", {
  params: { ...below, query: { more: false } },
  body: sheet,
  bodySerializer: (body) => body,
  headers: { "Content-Type": "text/csv" },
});
assert.deepEqual(read.data?.rows.map((row) => [row.row, row.errors.length]), [[2, 0]]);
const imported = await administrator.POST("/v1/entities/{id}/agents/import", {
  params: { ...below, query: { dryRun: false } },
  body: sheet,
  bodySerializer: (body) => body,
  headers: { "Content-Type": "text/csv" },
});
assert.equal(imported.data?.created, 1);
const audit = await administrator.GET("/v1/entities/{id}/audit", { params: { path: { id: entity } } });
assert(audit.data?.items.some((entry) => entry.what === "agentImported"));
const recipients = await administrator.GET("/v1/consultations/{id}/recipients", {
  params: { path: { id: consultation }, query: { kind: "messageReceived" } },
});
assert(recipients.data?.items.some((item) => item.accountId === scene.bruno.account && item.leftOut !== null));
assert.equal((await agent.GET("/v1/entities/{id}/agents", { params: below })).response.status, 403);
assert.equal((await agent.GET("/v1/accounts/{id}", { params: { path: { id: scene.chloe.account } } })).response.status, 403);
const question = { consultationId: consultation, questionId: `q-${scene.unique}`, receivedAt: "2026-11-24T09:00:00+01:00", hasAttachment: true };
const events = [question, {}].map((detail) => ({ type: "QuestionReceived", detail }));
const eventsTaken = await client(scene.program.token).POST("/v1/events", { body: { events } });
assert.deepEqual(eventsTaken.data?.items.map((item) => [item.accepted, item.errors?.[0]?.field]), [[true, undefined], [false, "consultationId"]]);
assert.equal((await agent.POST("/v1/events", { body: { events } })).response.status, 403);
assert.equal((await anonymous.GET("/v1/openapi.json")).data?.openapi, "3.1.0");
assert.equal((await anonymous.GET("/v1/asyncapi.json")).data?.asyncapi, "3.0.0");

console.log(JSON.stringify({ called: [...called] }));
