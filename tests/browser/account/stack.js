// The deployed local stack that VIGIE_STACK names: what the tests prepare there, without the page.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

if (!process.env.VIGIE_STACK) throw new Error("VIGIE_STACK names no stack.json: `make test` sets it, or VIGIE_STACK=.local/stack.json");
export const stack = JSON.parse(await readFile(process.env.VIGIE_STACK, "utf8"));

export const ADMINISTRATOR = "marches@strasbourg.example.fr";
/** Entity of the demo that holds the agents of these tests. */
export const ENTITY = "ems-sig";
/** For what takes a second normally; a loaded machine is slow. */
export const PATIENCE = 60_000;

/** Waits until something is true, and returns it. */
export async function until(condition, what) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A call of the emulator, which checks no signature. */
async function aws(service, target, body) {
  const response = await fetch(stack.awsEndpoint, {
    method: "POST",
    headers: {
      "Content-Type": `application/x-amz-json-1.${service === "dynamodb" ? 0 : 1}`,
      "X-Amz-Target": target,
      Authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${stack.region}/${service}/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify(body),
  });
  const json = await response.json();
  if (!response.ok) throw Object.assign(new Error(`${target}: ${JSON.stringify(json)}`), { name: json.__type });
  return json;
}

const cognito = (operation, body) => aws("cognito-idp", `AWSCognitoIdentityProviderService.${operation}`, { UserPoolId: stack.userPoolId, ...body });

/** Makes a login with the demo's password. */
export async function makeLogin(email) {
  const attributes = [{ Name: "email", Value: email }, { Name: "email_verified", Value: "true" }];
  await cognito("AdminCreateUser", { Username: email, MessageAction: "SUPPRESS", UserAttributes: attributes });
  await cognito("AdminSetUserPassword", { Username: email, Password: stack.demoPassword, Permanent: true });
}

export async function token(email) {
  const parameters = { USERNAME: email, PASSWORD: stack.demoPassword };
  const answer = await cognito("AdminInitiateAuth", { ClientId: stack.clientId, AuthFlow: "ADMIN_USER_PASSWORD_AUTH", AuthParameters: parameters });
  return answer.AuthenticationResult.IdToken;
}

/** Calls the API for a login, or for nobody. */
export async function api(method, path, { login, body, headers } = {}) {
  const response = await fetch(stack.apiUrl + path, {
    method,
    headers: {
      ...(login && { Authorization: `Bearer ${await token(login)}` }),
      ...(body !== undefined && { "Content-Type": method === "PATCH" ? "application/merge-patch+json" : "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** The newest mail to an address with something in its subject or text. */
export function mail(to, has = "") {
  return until(async () => {
    const mails = await (await fetch(`${stack.mailsUrl}?to=${encodeURIComponent(to)}`)).json();
    return mails.findLast((found) => found.subject.includes(has) || found.text.includes(has));
  }, `a mail to ${to} with "${has}"`);
}

/** The address in a mail whose path begins so. */
export const linkIn = ({ text }, path) => {
  const found = new RegExp(`https?://[^\\s>]*${path}[^\\s>]*`).exec(text);
  if (!found) throw new Error(`no link to ${path} in: ${text}`);
  return found[0];
};

let made = 0;
const run = Date.now().toString(36);

/** An address that nobody has. */
export const freshAddress = (name = "agent") => `${name}.${run}.${++made}@navigateur.example.fr`;

/** Invites somebody. Their invitation waits in the inbox. */
export async function invite({ firstName = "Camille", lastName = "Essai", role = "agent", entity = ENTITY } = {}) {
  const email = freshAddress(role);
  const account = await api("POST", `/v1/entities/${entity}/agents`, { login: ADMINISTRATOR, body: { contact: { firstName, lastName, email }, role } });
  return { email, id: account.id, entity, name: `${firstName} ${lastName}` };
}

/** An entity of its own, whose list holds nobody else. */
export async function newEntity(name) {
  const entity = `ems-${freshAddress("e").split("@")[0].replaceAll(".", "-")}`;
  await api("PUT", `/v1/entities/${entity}`, { login: ADMINISTRATOR, body: { name, parentId: ENTITY } });
  return entity;
}

/** An agent of their own, signed up and confirmed. */
export async function newAgent(wanted) {
  const agent = await invite(wanted);
  const link = linkIn(await mail(agent.email, "Invitation"), "/invitation");
  await makeLogin(agent.email);
  await api("POST", "/v1/invitations", { login: agent.email, body: { token: new URL(link).searchParams.get("token") } });
  return agent;
}

/** Puts an event of the procurement portal on the bus. */
export async function send(detailType, detail) {
  const entry = { Source: "procurement", DetailType: detailType, Detail: JSON.stringify(detail), EventBusName: stack.busName };
  const answer = await aws("events", "AWSEvents.PutEvents", { Entries: [entry] });
  if (answer.FailedEntryCount) throw new Error(JSON.stringify(answer));
}

/** The name of a delivery, as the tags of its mail say it. */
function delivery(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) {
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(BigInt(Buffer.byteLength(part)));
    hash.update(size).update(part);
  }
  return hash.digest("base64url").slice(0, 22);
}
export const alertDelivery = (consultation, kind, key) => delivery("alert", consultation, kind, key);
/** Returns a test alert's delivery, by its key in the list. */
export const testDelivery = (key) => delivery("account", "test", ...key.split("+"));

/** SES says something of a mail, as a sample of its events has it: the emulator's SES says nothing. */
export async function sesSays(sample, agent, name) {
  const message = JSON.parse(await readFile(new URL(`../../../events/feedback/${sample}.json`, import.meta.url), "utf8"));
  const event = JSON.parse(message.Records[0].body);
  const { detail } = event;
  // By its mail's id a word is known from one about an earlier mail of the same delivery.
  const { Item } = await aws("dynamodb", "DynamoDB_20120810.GetItem", { TableName: stack.tableName, Key: { pk: { S: `ACCOUNT#${agent.id}` }, sk: { S: `DELIVERY#${name}` } } });
  if (Item?.messageId) detail.mail.messageId = Item.messageId.S;
  detail.mail = { ...detail.mail, timestamp: new Date().toISOString(), destination: [agent.email], tags: { account: [agent.id], delivery: [name] } };
  for (const [part, told] of Object.entries(detail)) if (part !== "mail" && told.timestamp) told.timestamp = new Date().toISOString();
  const entry = { Source: "local.ses", DetailType: event["detail-type"], Detail: JSON.stringify(detail), EventBusName: stack.busName };
  const answer = await aws("events", "AWSEvents.PutEvents", { Entries: [entry] });
  if (answer.FailedEntryCount) throw new Error(JSON.stringify(answer));
}

/** Lets an organisation look addresses up again, as an hour would. */
export async function forgetLookups(root) {
  for (const sk of ["LOOKUPS#tried", "LOOKUPS#imported"]) {
    await aws("dynamodb", "DynamoDB_20120810.DeleteItem", { TableName: stack.tableName, Key: { pk: { S: `ENTITY#${root}` }, sk: { S: sk } } });
  }
}

/** A consultation of an agent, starred for them by the rule `mine`. */
export async function consultation(agent, { title = "Fourniture de bornes de recharge", phase = "drafting", days = 20, deadline } = {}) {
  const number = `${run}-${++made}`;
  const saved = {
    consultationId: `c-${number}`,
    revision: 1,
    reference: `N-${number}`,
    title,
    organisation: "Eurométropole de Strasbourg",
    entityId: agent.entity,
    authorAccountId: agent.id,
    phase: "drafting",
    submissionDeadline: deadline ?? new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+Z$/, "Z"),
    guests: [],
    url: "https://marches.example.fr/consultation",
  };
  await send("ConsultationSaved", saved);
  const starred = async () => (await api("GET", `/v1/accounts/${agent.id}/favourites`, { login: agent.email })).items.some(({ consultationId }) => consultationId === saved.consultationId);
  await until(starred, "the star of the rule");
  if (phase !== "drafting") await send("ConsultationSaved", { ...saved, revision: 2, phase });
  return saved;
}
