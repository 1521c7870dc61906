// Agents from a spreadsheet, as an administrator of a large organisation drops it on the page.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, describe, test } from "node:test";

import { accessible, settled, signIn, start, stop, visit } from "./person.js";
import { api, forgetLookups, newAgent, stack } from "./stack.js";

const ROOT = "ems";
/** Mail domain of the administrator with whom the demo's organisation was provisioned. */
const OWN = "strasbourg.example.fr";
const stamp = Date.now().toString(36);

// A name has fewer than eight digits.
const row = (n, domain) => `Prénom ${n};Nom;import.${stamp}.${n}@${domain}`;
const file = (rows) => ({ name: "agents.csv", mimeType: "text/csv", buffer: Buffer.from(["prénom;nom;courriel", ...rows].join("\r\n")) });

describe("import", () => {
  let administrator;

  before(async () => {
    await start();
    // Of the whole organisation: who administers a part has half of its look-ups.
    administrator = await newAgent({ firstName: "Irène", lastName: "Import", role: "administrator", entity: ROOT });
  });
  beforeEach(() => forgetLookups(ROOT));
  after(stop);

  const open = (use) =>
    visit(async (page, context) => {
      await signIn(page, administrator.email, "/administration/import");
      await use(page, context);
    });
  const preview = async (page, rows) => {
    await page.getByLabel("Fichier CSV").setInputFiles(file(rows));
    await page.getByRole("button", { name: "Vérifier sans rien créer" }).click();
  };
  const summary = (page, text) => page.locator("main [role=status]", { hasText: text }).waitFor({ timeout: 300_000 });

  test("what is imported is stopped and gone on with, no row is lost and none is created twice", () =>
    open(async (page) => {
      const rows = Array.from({ length: 250 }, (_, n) => row(10_000 + n, OWN));
      await preview(page, [...rows, "Sans;Adresse;rien"]);
      await summary(page, "Sera créé : 250 · Refusé : 1");
      await page.getByRole("button", { name: "Créer 250 comptes" }).click();
      await page.getByRole("button", { name: "Arrêter" }).click();
      await page.getByText("Arrêté à mi-chemin").waitFor({ timeout: 120_000 });
      await page.getByRole("button", { name: /^Reprendre/ }).click();
      await summary(page, "Créé, invitation en route : 250 · Refusé : 1");
      // The same file again, as somebody does who is not sure.
      await preview(page, rows);
      await summary(page, "Existe déjà dans cette entité : 250");
      assert.equal(await page.getByRole("button", { name: /^Créer/ }).count(), 0);
      const { items } = await api("GET", `/v1/entities/${administrator.entity}/agents?limit=100`, { login: administrator.email });
      const addresses = items.map(({ contact }) => contact.email);
      assert.equal(new Set(addresses).size, addresses.length);
    }));

  test("what failed is taken away as a file with the reasons, corrected and dropped again", () =>
    open(async (page) => {
      await preview(page, [row(20_000, OWN), `Faux;Numéro;import.${stamp}.20001@${OWN.replace(".fr", "")} fr`]);
      await summary(page, "Sera créé : 1 · Refusé : 1");
      const waits = page.waitForEvent("download");
      await page.getByRole("button", { name: "Télécharger la ligne à corriger (CSV)" }).click();
      const text = await readFile(await (await waits).path(), "utf8");
      assert.match(text, /^\uFEFF"Prénom";"Nom";"Courriel";"Motif"\r\n"Faux";"Numéro";[^\r]*;"[^\r]+"\r\n$/);
      await page.getByLabel("Fichier CSV").setInputFiles({ name: "encore.csv", mimeType: "text/csv", buffer: Buffer.from(text.replace(/import[^"]*/, `import.${stamp}.20001@${OWN}`)) });
      await page.getByRole("button", { name: "Vérifier sans rien créer" }).click();
      await summary(page, "Sera créé : 1");
    }));

  test("strangers' addresses beyond the limit are waited for: it says until when, keeps its place and goes on", () =>
    open(async (page) => {
      await preview(page, Array.from({ length: 1100 }, (_, n) => row(n, "ailleurs.example.org")));
      await page.getByText("En pause : la limite de votre organisme est atteinte").waitFor({ timeout: 300_000 });
      await page.getByText(/La suite reprend d’elle-même à .*\d{1,2}\sh\s\d\d\s: laissez cet onglet ouvert/).first().waitFor();
      await page.getByText(/^1\s000 sur 1\s100 lignes/).waitFor();
      await accessible(page, "a pause");
      await forgetLookups(ROOT);
      await page.getByRole("button", { name: "Reprendre maintenant" }).click();
      await summary(page, /Sera créé\s: 1\s100/);
    }));

  test("a service that is away for a while is waited for, and it goes on by itself", () =>
    open(async (page, context) => {
      let refused = 0;
      await context.route("**/agents/import*", (route) => {
        refused += 1;
        if (refused === 1) return route.abort();
        return refused === 2 ? route.fulfill({ status: 503, headers: { "Retry-After": "1" }, json: { type: "urn:vigie:problem:unavailable" } }) : route.continue();
      });
      await preview(page, Array.from({ length: 3 }, (_, n) => row(30_000 + n, OWN)));
      await page.getByText("En pause : le service ne répond pas").waitFor();
      await summary(page, "Sera créé : 3");
      assert.ok(refused > 2);
      await settled(page);
    }));

  // The last one: its invitations keep the stack busy for a while, which is why `make test` only checks the file.
  test("a file of 5,000 rows is checked and imported in a sitting, and each row has a result", () =>
    open(async (page) => {
      const rows = Array.from({ length: 4998 }, (_, n) => row(n, OWN));
      await preview(page, [...rows, "Sans;Adresse;rien", "\"Deux\nlignes\";Nom;pas une adresse"]);
      await page.getByRole("progressbar").waitFor();
      await summary(page, /Sera créé\s: 4\s998 · Refusé\s: 2/);
      await page.getByRole("row", { name: /^5000/ }).getByRole("cell", { name: "Refusé", exact: true }).waitFor();
      await page.getByRole("row", { name: /^5001/ }).waitFor();
      await accessible(page, "a preview");
      if (process.env.LONG) {
        await page.getByRole("button", { name: /^Créer 4\s998 comptes$/ }).click();
        await summary(page, /Créé, invitation en route\s: 4\s998 · Refusé\s: 2/);
      }
      // One more is too many.
      await page.getByLabel("Fichier CSV").setInputFiles(file([...rows, ...rows.slice(0, 3)]));
      await page.getByText("Un fichier a au plus 5 000 lignes.").waitFor();
    }));
});
