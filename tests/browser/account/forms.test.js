// Every form of the page against everything that can go wrong while it saves: what was typed is never lost, and what the page says is true.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { atTheIssuer, settled, signIn, start, stop, visit } from "./person.js";
import { ADMINISTRATOR, ENTITY, api, freshAddress, newAgent, stack } from "./stack.js";

const run = Date.now().toString(36);
let turn = 0;
const day = (days) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris" }).format(Date.now() + days * 86_400_000);

/** Ways of typing something that is not there yet. Each returns what is typed then, and reads what is typed. */
const text = (label, value = () => `Essai ${++turn}`, exact = false) => {
  const at = (scope) => scope.getByLabel(label, { exact });
  return {
    type: async (scope) => {
      const typed = value();
      await at(scope).fill(typed);
      return typed;
    },
    read: (scope) => at(scope).inputValue(),
  };
};
const radio = (name) => {
  const of = (scope) => scope.getByRole("group", { name }).getByRole("radio");
  const read = (scope) => of(scope).evaluateAll((radios) => radios.find(({ checked }) => checked)?.value);
  return {
    type: async (scope) => {
      const values = await of(scope).evaluateAll((radios) => radios.map(({ value }) => value));
      const next = (values.indexOf(await read(scope)) + 1) % values.length;
      await of(scope).nth(next).check();
      return values[next];
    },
    read,
  };
};
const box = (locate) => ({
  type: async (scope) => {
    const wanted = !(await locate(scope).isChecked());
    await locate(scope).setChecked(wanted);
    return wanted;
  },
  read: (scope) => locate(scope).isChecked(),
});
const choice = (label) => ({
  type: async (scope) => {
    const select = scope.getByLabel(label);
    const values = await select.evaluate((element) => [...element.options].map(({ value }) => value).filter((value) => value && value !== element.value));
    await select.selectOption(values[0]);
    return values[0];
  },
  read: (scope) => scope.getByLabel(label).inputValue(),
});

const form = (name) => (page) => page.locator("main form", { hasText: name });
const whole = (page) => page.locator("main");
const window = (name) => (page) => page.getByRole("dialog", { name });

/** The forms of the page. `other` is typed while `field` is saved; one that is `versioned` is found saved where its
 * answer was lost; `answer` is given where the service sends a mail or keeps a tree; `begin` puts things back. */
const FORMS = [
  { name: "coordonnées", path: () => "/coordonnees", scope: whole, field: text("Fonction"), other: text("Ville"), button: "Enregistrer", call: ["PATCH", /\/contact$/], versioned: true },
  { name: "alertes", path: () => "/alertes", scope: whole, field: radio(/^Information de publication au BOAMP/), other: radio(/question posée/), button: "Enregistrer", call: ["PUT", /\/alerts$/], versioned: true },
  {
    name: "absence",
    path: () => "/alertes",
    scope: form("Dernier jour"),
    ready: async (scope) => (await scope.getByLabel("Premier jour").inputValue()) || scope.getByLabel("Premier jour").fill(day(0)),
    field: text("Dernier jour", () => day(1 + (++turn % 200))),
    other: text("Remplaçant"),
    button: "Enregistrer mon absence",
    call: ["PUT", /\/absence$/],
    versioned: true,
  },
  {
    name: "lieux",
    path: () => "/lieux",
    scope: window("Lieu d’exécution"),
    open: (page) => page.getByRole("button", { name: "Détails/Éditer" }).click(),
    ready: async (scope) => {
      await scope.getByLabel("Enregistrer ma sélection dans mes préférences").check();
      await scope.locator("details").evaluateAll((all) => all.forEach((each) => (each.open = true)));
    },
    field: box((scope) => scope.locator("input[name='place-25']")),
    other: box((scope) => scope.locator("input[name='place-67']")),
    button: "Valider",
    call: ["PUT", /\/accounts\/[^/]+\/places$/],
    versioned: true,
  },
  {
    name: "association",
    path: () => "/comptes",
    scope: whole,
    field: text("Adresse électronique du compte à associer", () => freshAddress("associe")),
    button: "Envoyer la demande",
    call: ["POST", /\/links$/],
    answer: { status: 202, json: {} },
    done: "La demande est partie.",
    sends: true,
  },
  {
    name: "invitation",
    administers: true,
    path: ({ entity }) => `/administration/agents/${entity}`,
    scope: form("Adresse électronique"),
    ready: async (scope) => {
      await scope.getByLabel("Nom", { exact: true }).fill("Invitée");
      await scope.getByLabel("Adresse électronique").fill(freshAddress("invitee"));
    },
    field: text("Prénom"),
    other: text("Nom", undefined, true),
    button: "Inviter un agent",
    call: ["POST", /\/agents$/],
    done: "Invitation envoyée à invitee.",
    sends: true,
  },
  {
    name: "choix proposés aux nouveaux agents",
    administers: true,
    path: ({ entity }) => `/administration/alertes/${entity}`,
    scope: whole,
    ready: (scope) => scope.getByLabel("Proposer des choix aux nouveaux agents").check(),
    field: radio(/^Information de publication au BOAMP/),
    other: radio(/question posée/),
    button: "Enregistrer",
    call: ["PUT", /\/defaults$/],
    versioned: true,
  },
  {
    name: "droits d’un agent",
    administers: true,
    path: ({ entity }) => `/administration/agents/${entity}`,
    open: (page) => page.getByRole("button", { name: "Droits et état : Fanny Formulaire" }).click(),
    scope: window("Fanny Formulaire"),
    field: box((scope) => scope.getByLabel("Invité permanent de son entité")),
    other: box((scope) => scope.getByLabel("Invité permanent transverse")),
    button: "Enregistrer",
    call: ["PATCH", /\/agents\/[^/]+$/],
  },
  {
    name: "nom d’une entité",
    administers: true,
    path: ({ entity }) => `/administration/entites/${entity}`,
    scope: form("Renommer ou déplacer"),
    field: text("Nom"),
    button: "Enregistrer",
    call: ["PUT", /\/entities\/[^/]+$/],
    versioned: true,
  },
  {
    name: "entité associée",
    administers: true,
    path: ({ entity }) => `/administration/entites/${entity}`,
    // What is linked can be chosen no more.
    begin: async ({ entity }) => {
      const { transverse } = await api("GET", `/v1/entities/${entity}`, { login: ADMINISTRATOR });
      for (const other of transverse) await api("DELETE", `/v1/entities/${entity}/transverse/${other}`, { login: ADMINISTRATOR });
    },
    scope: form("Entités associées transversalement"),
    field: choice("Associer une entité"),
    button: "Associer une entité",
    call: ["PUT", /\/transverse\/[^/]+$/],
    answer: { status: 204 },
    done: "est associée.",
    sends: true,
  },
  {
    name: "nouvelle entité",
    administers: true,
    path: ({ entity }) => `/administration/entites/${entity}`,
    scope: form("Ajouter une entité"),
    ready: (scope) => scope.getByLabel("Identifiant").fill(`neuve-${run}-${++turn}`),
    field: text("Nom"),
    other: text("Identifiant", () => `autre-${run}-${++turn}`),
    button: "Ajouter une entité",
    call: ["PUT", /\/entities\/[^/]+$/],
    done: "L’entité est créée.",
    sends: true,
  },
];

/** What can go wrong, each from a page on which something is typed to one on which it is saved or still there. */
const FAILURES = {
  async "a slow answer"(at) {
    const release = await at.hold();
    await at.press();
    await at.scope.getByRole("button", { name: "Enregistrement…" }).waitFor();
    await at.button("Enregistrement…").click({ force: true });
    release();
    await at.isSaved();
    assert.equal(at.calls(), 1, "pressed again while it is on its way");
  },
  async "another sign-in (401)"(at) {
    await at.answers({ status: 401, json: { message: "Unauthorized" } });
    await at.page.route("**/oauth2/token", (route) => route.fulfill({ status: 400, headers: { "Access-Control-Allow-Origin": "*" }, json: { error: "invalid_grant" } }));
    await at.press();
    const dialog = at.page.getByRole("dialog", { name: "Votre session a pris fin" });
    await dialog.waitFor();
    for (let times = 0; times < 3; times++) await at.page.keyboard.press("Escape");
    await dialog.getByRole("button", { name: "Me reconnecter" }).waitFor();
    await at.page.unrouteAll();
    await dialog.getByRole("button", { name: "Me reconnecter" }).click();
    await atTheIssuer(at.page, at.email);
    await at.page.getByText("Ce que vous aviez saisi avant de vous reconnecter est revenu.").waitFor();
    await at.isTyped();
    await at.ready();
    await at.saves();
  },
  "somebody else was faster (409)": refused(409, "conflict", "Réessayez"),
  "it is stale, though nothing differs (412)": refused(412, "stale", /Réessayez|Modifié entre-temps/),
  "too many at once (429)": refused(429, "too-many-requests", "Trop de demandes à la fois"),
  "a failure of the service (500)": refused(500, "internal", "Une erreur est survenue"),
  "a refusal of what no field here is about (422)": refused(422, "invalid", "Le service n’accepte pas ce que vous envoyez", [{ field: "elsewhere", reason: "is required" }]),
  "a refusal that names nothing (422)": refused(422, "invalid", "Le service n’accepte pas ce que vous envoyez", []),
  async "nothing goes wrong"(at) {
    await at.press();
    await at.isSaved();
    await settled(at.page);
    // What is told to screen readers is seen as well, for as long as nothing else happens.
    if (at.done) await at.scope.locator(".save .state").getByText(at.done).waitFor();
    assert.notEqual(await at.page.evaluate(() => document.activeElement?.tagName), "BODY");
  },
  async "no network"(at) {
    await at.page.unrouteAll();
    await at.page.context().setOffline(true);
    await at.press();
    await at.scope.getByText("Le service n’a pas répondu").waitFor();
    await at.isTyped();
    await at.page.context().setOffline(false);
    await at.saves();
  },
  async "a lost answer"(at) {
    // The service has saved it, and nobody heard.
    await at.page.route(at.is, async (route) => {
      if (route.request().method() !== at.method) return route.fallback();
      const { pathname } = new URL(route.request().url());
      if (!at.given) await fetch(stack.apiUrl + pathname, { method: at.method, headers: await route.request().allHeaders(), body: route.request().postData() });
      return route.abort();
    });
    await at.press();
    await at.scope.getByText("Le service n’a pas répondu").waitFor();
    await at.isTyped();
    await at.page.unrouteAll();
    if (at.versioned) await at.saves();
  },
  async "a double click"(at) {
    await at.button().dblclick();
    await at.isSaved();
    await at.page.waitForLoadState("networkidle");
    assert.equal(at.calls(), 1);
    assert.equal(await at.page.getByText("Indiquez une valeur.").count(), 0);
  },
  async "something typed meanwhile"(at) {
    const release = await at.hold();
    await at.press();
    await at.scope.getByRole("button", { name: "Enregistrement…" }).waitFor();
    const typed = await at.other.type(at.scope);
    release();
    await at.isSaved();
    assert.equal(await at.other.read(at.scope), typed);
    await at.scope.getByText("1 modification non enregistrée").or(at.scope.getByText("Votre sélection n’est pas encore enregistrée.")).first().waitFor();
  },
  async "a reload"(at) {
    await at.page.reload();
    await at.page.getByText("Ce que vous aviez saisi est revenu.").waitFor();
    await at.isTyped();
    await at.ready();
    await at.saves();
    assert.deepEqual(await at.drafts(), []);
    assert.equal(await at.page.evaluate(() => localStorage.length), 0);
  },
};

/** A refusal: said beside the button, and pressing again saves. */
function refused(status, problem, says, errors) {
  return async (at) => {
    await at.answers({ status, headers: { "Retry-After": "7" }, json: { type: `urn:vigie:problem:${problem}`, title: "", status, detail: "", errors } });
    await at.press();
    await at.scope.getByRole("alert").filter({ hasText: says }).waitFor();
    await at.isTyped();
    await at.page.unrouteAll();
    await at.saves();
  };
}

describe("every form", () => {
  let agent, administrator, entity;

  before(async () => {
    await start();
    agent = await newAgent({ firstName: "Félix", lastName: "Formulaire" });
    entity = `ems-formulaires-${run}`;
    await api("PUT", `/v1/entities/${entity}`, { login: ADMINISTRATOR, body: { name: "Formulaires", parentId: ENTITY } });
    // Another one to choose than the one that is being linked.
    await api("PUT", `/v1/entities/${entity}-voisine`, { login: ADMINISTRATOR, body: { name: "Voisine", parentId: ENTITY } });
    administrator = await newAgent({ firstName: "Agathe", lastName: "Formulaire", role: "administrator" });
    await newAgent({ firstName: "Fanny", lastName: "Formulaire", entity });
  });
  after(stop);

  for (const tried of FORMS) {
    test(tried.name, (t) =>
      visit(async (page) => {
        const { email } = tried.administers ? administrator : agent;
        await signIn(page, email);
        for (const [failure, happens] of Object.entries(FAILURES)) await t.test(failure, () => tryOut(page, email, tried, happens));
      }));
  }

  async function tryOut(page, email, tried, happens) {
    const [method, path] = tried.call;
    const is = (url) => path.test(url.pathname);
    let calls = 0;
    const count = (request) => void (request.method() === method && is(new URL(request.url())) && (calls += 1));
    await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith("vigie.unsaved.")).forEach((key) => sessionStorage.removeItem(key)));
    await tried.begin?.({ entity });
    await page.goto(stack.portalUrl + tried.path({ entity }));
    await settled(page);
    const given = () => tried.answer && page.route(is, (route) => (route.request().method() === method ? route.fulfill(tried.answer) : route.fallback()));
    await given();
    await tried.open?.(page);
    const scope = tried.scope(page);
    await tried.ready?.(scope);
    const typed = await tried.field.type(scope);
    page.on("request", count);
    const at = {
      page,
      email,
      scope,
      is,
      method,
      given: tried.answer,
      done: tried.done,
      versioned: tried.versioned,
      other: tried.other ?? tried.field,
      calls: () => calls,
      button: (name = tried.button) => scope.getByRole("button", { name, exact: true }),
      press: (name) => at.button(name).click(),
      ready: () => tried.ready?.(scope),
      answers: (answer) => page.route(is, (route) => (route.request().method() === method ? route.fulfill(answer) : route.fallback())),
      /** Keeps the answer back until it is released. */
      hold: async () => {
        let release;
        const released = new Promise((resolve) => (release = resolve));
        await page.route(is, async (route) => {
          if (route.request().method() === method) await released;
          return route.fallback();
        });
        return release;
      },
      isTyped: async () => assert.equal(await tried.field.read(scope), typed, "what was typed is lost"),
      isSaved: () => page.locator("[data-live]", { hasText: tried.done ?? "Enregistré à" }).waitFor({ state: "attached" }),
      saves: async () => {
        await given();
        await at.press();
        await at.isSaved();
      },
      drafts: () => page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith("vigie.unsaved."))),
    };
    try {
      await happens(at);
    } finally {
      page.off("request", count);
      await page.context().setOffline(false);
      await page.unrouteAll({ behavior: "ignoreErrors" });
    }
  }
});
