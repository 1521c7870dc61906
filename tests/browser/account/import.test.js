// A spreadsheet's file as people save it: read by the service, with names and reasons before anything is created.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, describe, test } from "node:test";

import { accessible, signIn, start, stop, visit } from "./person.js";
import { api, forgetLookups, newAgent } from "./stack.js";

const OWN = "strasbourg.example.fr";
const stamp = Date.now().toString(36);
let made = 0;
const address = () => `lu.${stamp}.${++made}@${OWN}`;
const HEADER = "Prénom;Nom;Courriel";

describe("a file to import", () => {
  let administrator;

  before(async () => {
    await start();
    administrator = await newAgent({ firstName: "Irène", lastName: "Lecture", role: "administrator", entity: "ems" });
  });
  beforeEach(() => forgetLookups("ems"));
  after(stop);

  const open = (use, options) =>
    visit(async (page, context) => {
      await signIn(page, administrator.email, "/administration/import");
      await use(page, context);
    }, options);
  const drop = (page, content, name = "agents.csv") =>
    page.getByLabel("Fichier CSV").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.isBuffer(content) ? content : Buffer.from(content) });
  const summary = (page, text) => page.locator("main [role=status]", { hasText: text }).waitFor();
  const alert = (page, text) => page.locator("main [role=alert]", { hasText: text }).waitFor();
  const check = (page) => page.getByRole("button", { name: "Vérifier sans rien créer" }).click();
  const taken = async (page, name) => {
    const waits = page.waitForEvent("download");
    await page.getByRole("button", { name }).click();
    const download = await waits;
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
  };

  test("names are shown before anything is looked up or created, and a stray mark takes no row with it", () =>
    open(async (page, context) => {
      const asked = [];
      context.on("request", (request) => request.url().includes("/agents/import?") && asked.push(request.url()));
      const rows = Array.from({ length: 200 }, (_, n) => `Agent ${n};Derrière;${address()}`);
      await drop(page, [HEADER, `"Écran 24;Pouces;${address()}`, ...rows].join("\r\n"));
      await page.getByText("agents.csv : 201 lignes lues. Rien n’est encore créé.").first().waitFor();
      await summary(page, "Refusé : 1 · Lu, à vérifier : 200");
      await page.getByRole("row", { name: /^2 "Écran 24 Pouces .*Refusé Guillemet droit en trop/ }).waitFor();
      await page.getByRole("row", { name: /^3 Agent 0 Derrière/ }).waitFor();
      assert.deepEqual(asked, []);
      await accessible(page, "a file that was read");
      await check(page);
      await summary(page, "Sera créé : 200 · Refusé : 1");
    }));

  test("files are read as spreadsheets write them", () =>
    open(async (page) => {
      const lines = (end, row) => [HEADER, row, ""].join(end);
      const cases = {
        "sep=;": `sep=;\r\n${lines("\r\n", `Zoé;Été;${address()}`)}`,
        "CR only": lines("\r", `Zoé;Été;${address()}`),
        "Windows-1252": Buffer.from(lines("\r\n", `Zoé;Été;${address()}`), "latin1"),
        "UTF-16": Buffer.from(`\ufeff${lines("\r\n", `Zoé;Été;${address()}`)}`, "utf16le"),
        "UTF-8 with its mark": `\ufeff${lines("\n", `Zoé;Été;${address()}`)}`,
        "names over lines": `"Prénom";"Nom\nde famille";"Courriel"\nZoé;Été;${address()}\n`,
      };
      for (const [name, content] of Object.entries(cases)) {
        await drop(page, content, `${name}.csv`);
        await page.getByText(`${name}.csv : 1 ligne lue.`).first().waitFor();
        await page.getByRole("cell", { name: "Zoé Été", exact: true }).waitFor();
        await check(page);
        await summary(page, "Sera créé : 1");
      }
    }));

  test("a file that cannot be imported says why and what helps", () =>
    open(async (page) => {
      const row = `Zoé;Été;${address()}`;
      const cases = [
        ["", "Ce fichier est vide"],
        [HEADER, "pas de ligne sous son en-tête"],
        [`Prénom;Nom\nZoé;Été`, "Colonne manquante : Courriel. Ajoutez-la"],
        [`${HEADER};E-mail\n${row};x`, "Colonne en double : Courriel. Gardez-en une"],
        [`${HEADER};Matricule\n${row};12`, "Colonne inconnue : Matricule. Supprimez-la"],
        [`Prénom;"Nom;Courriel\n${row}`, "L’en-tête ne se lit pas"],
        [Buffer.from("PK\x03\x04\x14\0\x06\0", "latin1"), "Ce fichier est un classeur"],
        [Buffer.from(`Pr\x82nom;Nom;Mel\nRen\x82;Roy;${address()}\n`, "latin1"), "CSV (MS-DOS)"],
        [Buffer.from(`${HEADER}\n${row}`, "utf16le"), "n’est pas du texte"],
        [`${HEADER}\n${"Zoé;Été;rien\n".repeat(10_000)}`, "au plus 5 000 lignes"],
      ];
      for (const [content, text] of cases) {
        await drop(page, content);
        await alert(page, text);
        assert.equal(await page.getByRole("button", { name: "Vérifier sans rien créer" }).getAttribute("aria-disabled"), "true");
      }
      // The next one forgets it.
      await drop(page, `${HEADER}\n${row}`);
      await summary(page, "Lu, à vérifier : 1");
      assert.equal(await page.locator("main [role=alert]").count(), 0);
    }));

  test("each reason names the column, in French, and what helps", () =>
    open(async (page) => {
      const header = "Prénom;Nom;Courriel;Téléphone;Rôle;Code postal;";
      const good = address();
      const cases = [
        [`;Roy;${address()};;;;`, "Prénom : à remplir."],
        [`Ada;Roy;;;;;`, "Courriel : à remplir."],
        [`Ada;Roy;ada chez b.fr;;;;`, "Courriel : adresse non reconnue. Écrivez-la en entier"],
        [`Ada;Roy;ada@localhost;;;;`, "Courriel : adresse non reconnue."],
        [`Ada;Roy;hélène@${OWN};;;;`, "Courriel : accent ou caractère spécial avant le @."],
        [`Ada;Roy;${address()};12;;;`, "Téléphone : numéro non reconnu. Écrivez-le comme 03 88"],
        [`Ada;Roy;${address()};poste B;;;`, "Téléphone : numéro non reconnu."],
        [`Ada;Roy;${address()};;chef;;`, "Rôle : valeur inconnue. Écrivez agent ou administrateur"],
        [`"A\nda";Roy;${address()};;;;`, "Prénom : saut de ligne ou caractère invisible."],
        [`www.exemple.fr;Roy;${address()};;;;`, "Prénom : contient une adresse web."],
        [`Ada;0388609090;${address()};;;;`, "Nom : contient un numéro."],
        [`${"A".repeat(101)};Roy;${address()};;;;`, "Prénom : trop long."],
        [`=A1;Roy;${address()};;;;`, "Prénom : formule, ou erreur du tableur."],
        [`Ada;Roy;${address()};;;;x`, "Une cellule est remplie dans une colonne sans titre."],
        [`Ada;Roy;${good};;;;\nBis;Roy;${good};;;;`, "Courriel : même adresse qu’une ligne précédente."],
      ];
      await drop(page, [header, ...cases.map(([row]) => row)].join("\n"));
      await summary(page, `Refusé : ${cases.length}`);
      for (const [, text] of cases) await page.getByRole("cell", { name: new RegExp(text.replace(/[.?]/g, "\\$&")) }).first().waitFor();
      assert.equal(await page.getByText("valeur refusée").count(), 0);
      await drop(page, `${HEADER}\nAda;Roy;camille.rousseau@grandest.example.org`);
      await check(page);
      await page.getByRole("cell", { name: "Courriel : adresse déjà utilisée sur la plateforme. Indiquez une autre adresse." }).waitFor();
    }));

  test("a large file is read in parts that cut no row, whatever its characters", () =>
    open(async (page) => {
      const again = address();
      const row = (n) => `"Prénom ""${n}""";Grand;${n === 1 || n === 2499 ? again : address()};"${n} rue de l’Été\nBâtiment B, ${"é".repeat(20)}"`;
      const text = [`${HEADER};Adresse`, ...Array.from({ length: 2500 }, (_, n) => row(n))].join("\r\n");
      for (const [name, content] of [["utf8.csv", Buffer.from(text)], ["1252.csv", Buffer.from(text.replaceAll("’", "'"), "latin1")], ["16.csv", Buffer.from(`\ufeff${text}`, "utf16le")]]) {
        assert.ok(content.length > 3 * 64 * 1024);
        await drop(page, content, name);
        // The address that stands twice is found, though its rows are parts away from each other.
        await page.getByText(/\s: 2\s500 lignes lues/).first().waitFor();
        await summary(page, /^Refusé\s: 1 · Lu, à vérifier\s: 2\s499$/);
        await page.getByRole("row", { name: /^5000 .*même adresse/ }).waitFor();
      }
      await check(page);
      await summary(page, /Sera créé\s: 2\s499 · Refusé\s: 1/);
    }));

  test("a file is chosen again under the same name once it was corrected", () =>
    open(async (page) => {
      const input = page.getByLabel("Fichier CSV");
      const email = address();
      await drop(page, `${HEADER}\nZoé;Avant;rien`);
      await summary(page, "Refusé : 1");
      // A browser tells of a change only if there is one: pressing it forgets the name.
      const chooser = page.waitForEvent("filechooser");
      await input.click();
      await chooser;
      assert.equal(await input.inputValue(), "");
      await page.getByText("agents.csv : 1 ligne lue.").first().waitFor();
      await drop(page, `${HEADER}\nZoé;Après;${email}`);
      await page.getByRole("cell", { name: "Zoé Après" }).waitFor();
      await check(page);
      await page.getByRole("button", { name: "Créer 1 compte" }).click();
      await summary(page, "Créé, invitation en route : 1");
      // The button is gone, and the focus is not.
      assert.equal(await page.evaluate(() => document.activeElement === document.body), false);
    }));

  test("rows to correct come back as a French spreadsheet saves them", () =>
    open(async (page) => {
      const email = address();
      await drop(page, `Nom,Prénom,Mel,Téléphone,Code postal\n"Été; dit ""Zo""",Zoé,pas une adresse,0388609090,01000\nRoy,Ada,${address()},,\n`);
      await summary(page, "Refusé : 1 · Lu, à vérifier : 1");
      const { name, text } = await taken(page, "Télécharger la ligne à corriger (CSV)");
      assert.equal(name, "agents-a-corriger.csv");
      assert.match(text, /^\uFEFF"Nom";"Prénom";"Courriel";"Téléphone";"Code postal";"Motif"\r\n"Été; dit ""Zo""";"Zoé";"pas une adresse";"=""0388609090""";"=""01000""";"Courriel : adresse non reconnue\. [^\r]*"\r\n$/);
      // As Excel writes what it shows: Windows-1252, marks only where they are needed, a column emptied.
      const saved = `Nom;Prénom;Courriel;Téléphone;Code postal;Motif;\r\n"Été; dit ""Zo""";Zoé;${email};0388609090;01000;"Courriel : adresse non reconnue.";\r\n;;;;;reste;\r\n`;
      await drop(page, Buffer.from(saved, "latin1"), name);
      await page.getByText(`${name} : 1 ligne lue.`).first().waitFor();
      await check(page);
      await page.getByRole("button", { name: "Créer 1 compte" }).click();
      await summary(page, "Créé, invitation en route : 1");
      const { items } = await api("GET", "/v1/entities/ems/agents?limit=100", { login: administrator.email });
      const made = items.find(({ contact }) => contact.email === email);
      assert.deepEqual([made.contact.lastName, made.contact.phone, made.contact.address.postalCode], ['Été; dit "Zo"', "+33388609090", "01000"]);
    }));

  test("a file that is not done with is asked after, whichever way one leaves", () =>
    open(async (page) => {
      const asked = page.getByRole("dialog", { name: "Quitter sans enregistrer ?" });
      const unload = () => page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
      const stays = async (what) => {
        assert.equal(await unload(), true, what);
        await page.getByRole("link", { name: "Historique" }).click();
        await asked.getByText("Ce que vous avez saisi ou choisi dans cette section n’est pas enregistré.").waitFor();
        await asked.getByRole("button", { name: "Rester" }).click();
        await page.getByLabel("Entité concernée").selectOption("ems-sig");
        await asked.getByRole("button", { name: "Rester" }).click();
        assert.equal(await page.getByLabel("Entité concernée").inputValue(), "ems", what);
        await page.getByRole("button", { name: /^Menu de/ }).click();
        await page.getByRole("button", { name: "Me déconnecter", exact: true }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Rester" }).click();
        await page.keyboard.press("Escape");
      };
      await page.getByLabel("Entité concernée").locator("option[value='ems-sig']").waitFor({ state: "attached" });
      assert.equal(await unload(), false);
      await drop(page, `${HEADER}\nZoé;Garde;${address()}\nSans;Adresse;rien`);
      await summary(page, "Refusé : 1 · Lu, à vérifier : 1");
      await stays("read");
      await check(page);
      await summary(page, "Sera créé : 1 · Refusé : 1");
      await stays("checked");
      await page.getByRole("button", { name: "Créer 1 compte" }).click();
      await summary(page, "Créé, invitation en route : 1 · Refusé : 1");
      await stays("refused, and not taken away");
      // A session that ends does not keep it, and does not say so.
      await page.route("**/v1/entities/*/agents/import?*", (route) => route.fulfill({ status: 401, json: { message: "Unauthorized" } }));
      await page.route("**/oauth2/token", (route) => route.fulfill({ status: 400, headers: { "Access-Control-Allow-Origin": "*" }, json: { error: "invalid_grant" } }));
      await check(page);
      await page.getByRole("dialog", { name: "Votre session a pris fin" }).getByText("Le fichier que vous avez choisi, lui, n’est pas gardé").waitFor();
    }));

  test("what was created, or taken away to be corrected, holds nobody back", () =>
    open(async (page) => {
      const unload = () => page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
      await drop(page, `${HEADER}\nZoé;Libre;${address()}\nSans;Adresse;rien`);
      await check(page);
      await page.getByRole("button", { name: "Créer 1 compte" }).click();
      await summary(page, "Créé, invitation en route : 1 · Refusé : 1");
      assert.equal(await unload(), true);
      await taken(page, "Télécharger la ligne à corriger (CSV)");
      // The file is there a moment before the page knows it.
      await page.waitForFunction(() => dispatchEvent(new Event("beforeunload", { cancelable: true })));
      await page.getByRole("link", { name: "Historique" }).click();
      await page.getByRole("heading", { level: 1, name: "Historique" }).waitFor();
    }));

  test("the template has the columns that the service reads", () =>
    open(async (page) => {
      const { name, text } = await taken(page, "Télécharger un modèle (CSV)");
      await drop(page, text, name);
      await alert(page, "pas de ligne sous son en-tête");
      await drop(page, `${text}Mme;Zoé;Été;Acheteuse;${address()};03 88 60 90 90;03 88 60 90 91;1 rue A;67000;Strasbourg;France;agent\r\n`, name);
      await summary(page, "Lu, à vérifier : 1");
      await check(page);
      await summary(page, "Sera créé : 1");
    }, { viewport: { width: 360, height: 800 } }));
});
