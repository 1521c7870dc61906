// Promises of the page beyond the guide: keyboard, a phone, two tabs, a broken network, a sign-in that ends, hostile text.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { accessible, atTheIssuer, save, section, settled, signIn, signInAtTheIssuer, start, stop, visit } from "./person.js";
import { ADMINISTRATOR, api, consultation, newAgent, stack } from "./stack.js";

describe("the account page", () => {
  let agent, administrator;

  before(async () => {
    await start();
    agent = await newAgent({ firstName: "Paul", lastName: "Page" });
    administrator = await newAgent({ firstName: "Ada", lastName: "Admin", role: "administrator" });
    await consultation(agent);
  });
  after(stop);

  describe("sign-in", () => {
    test("a reload keeps it, another tab and the end of the tab do not", () =>
      visit(async (page, context) => {
        await signInAtTheIssuer(page, agent.email, "/alertes");
        await page.reload();
        await page.getByRole("group", { name: /question posée/ }).waitFor();
        const other = await context.newPage();
        await other.goto(`${stack.portalUrl}/alertes`);
        await other.getByRole("button", { name: "Me connecter" }).waitFor();
      }));

    test("it is renewed silently", () =>
      visit(async (page) => {
        await signInAtTheIssuer(page, agent.email, "/historique");
        await settled(page);
        const kept = () => page.evaluate(() => JSON.parse(sessionStorage.getItem("vigie.session")));
        const before = await kept();
        assert.ok(before.refresh);
        // At once, so that the page that goes renews nothing.
        await page.evaluate((session) => {
          sessionStorage.setItem("vigie.session", JSON.stringify({ ...session, expiresAt: 0 }));
          location.reload();
        }, before);
        await page.getByRole("heading", { name: "Mes données" }).waitFor();
        assert.ok((await kept()).expiresAt > Date.now());
      }));

    const unanswered = [
      ["does not answer in time", () => {}],
      ["cannot be reached", (route) => route.abort()],
      ["fails", (route) => route.fulfill({ status: 500, headers: { "Access-Control-Allow-Origin": "*" }, json: { error: "server_error" } })],
      ["is behind a proxy that fails", (route) => route.fulfill({ status: 502, contentType: "text/html", body: "<h1>Bad gateway</h1>" })],
    ];
    for (const [name, answer] of unanswered) {
      test(`an issuer that ${name} signs nobody out: what was typed stays and is saved later`, () =>
        visit(async (page, context) => {
          await page.clock.install();
          await signIn(page, agent.email, "/coordonnees");
          await page.getByLabel("Fonction").fill(`Essai ${name}`);
          // The API no longer takes the token, so that another one is needed now.
          await context.route("**/v1/accounts/*/contact", (route) => route.fulfill({ status: 401, json: { message: "Unauthorized" } }));
          await context.route("**/oauth2/token", answer);
          const asked = page.waitForRequest("**/oauth2/token");
          await page.getByRole("button", { name: "Enregistrer" }).click();
          await asked;
          await page.clock.fastForward(10_000);
          await page.getByText("Le service n’a pas répondu").waitFor();
          assert.equal(await page.getByRole("dialog").count(), 0, "signed out");
          assert.equal(await page.getByLabel("Fonction").inputValue(), `Essai ${name}`);
          await context.unrouteAll({ behavior: "ignoreErrors" });
          await save(page);
        }));
    }

    test("when it ends in the middle of typing, nothing typed is lost", () =>
      visit(async (page, context) => {
        await signInAtTheIssuer(page, agent.email, "/coordonnees");
        await page.getByLabel("Fonction").fill("Chargé de mission");
        await context.route("**/oauth2/token", (route) => route.fulfill({ status: 400, headers: { "Access-Control-Allow-Origin": "*" }, json: { error: "invalid_grant" } }));
        await context.route("**/v1/accounts/*/contact", (route) => route.fulfill({ status: 401, json: { message: "Unauthorized" } }));
        await page.getByRole("button", { name: "Enregistrer" }).click();
        await page.getByRole("dialog", { name: "Votre session a pris fin" }).waitFor();
        await accessible(page, "the end of the sign-in");
        await context.unrouteAll();
        await page.getByRole("button", { name: "Me reconnecter" }).click();
        await atTheIssuer(page, agent.email);
        await page.getByText("Ce que vous aviez saisi avant de vous reconnecter est revenu.").waitFor();
        assert.equal(await page.getByLabel("Fonction").inputValue(), "Chargé de mission");
        await save(page);
        assert.equal(await page.evaluate(() => Object.keys(sessionStorage).some((key) => key.startsWith("vigie.unsaved."))), false);
      }));

    test("signing out ends the issuer's session too", () =>
      visit(async (page) => {
        await signInAtTheIssuer(page, agent.email, "/alertes");
        await page.getByRole("button", { name: /^Menu de/ }).click();
        await page.getByRole("button", { name: "Me déconnecter" }).click();
        await page.getByRole("button", { name: "Me connecter" }).waitFor();
        assert.equal(await page.evaluate(() => sessionStorage.length), 0);
        await page.getByRole("button", { name: "Me connecter" }).click();
        await page.locator("input[name=password]").waitFor();
      }));

    test("an answer of the issuer that nobody here asked for is refused", () =>
      visit(async (page) => {
        await page.goto(`${stack.portalUrl}/?code=foreign&state=foreign`);
        await page.getByText("La connexion n’a pas abouti").waitFor();
        assert.equal(page.url(), `${stack.portalUrl}/`);
      }));
  });

  test("a whole story by keyboard alone", () =>
    visit(async (page) => {
      const until = async (name, key = "Tab") => {
        const passed = [];
        for (let step = 0; step < 150; step++) {
          await page.keyboard.press(key);
          const focused = await page.evaluate(() => {
            const at = document.activeElement;
            return at?.getAttribute("aria-label") || at?.labels?.[0]?.innerText || at?.innerText || at?.getAttribute("name") || "";
          });
          if (focused.trim().startsWith(name)) return;
          passed.push(focused.trim().slice(0, 20));
        }
        assert.fail(`${name} is not reached by ${key}: ${passed.slice(0, 60).join(" | ")}`);
      };
      await page.goto(`${stack.portalUrl}/alertes`);
      await page.getByRole("button", { name: "Me connecter" }).waitFor();
      await until("Me connecter");
      await page.keyboard.press("Enter");
      await atTheIssuer(page, agent.email);
      await page.getByRole("group", { name: /publication au BOAMP sur/ }).first().waitFor();
      await until("Aller au contenu");
      await until("Mes préférences Lieu");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.activeElement?.tagName === "H1");
      await page.getByRole("button", { name: "Détails/Éditer" }).waitFor();
      await until("Détails/Éditer");
      await page.keyboard.press("Enter");
      await page.locator("path[data-code='01']").waitFor();
      await until("Ain (01)");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press(" ");
      await until("Enregistrer ma sélection");
      await page.keyboard.press(" ");
      await until("Valider");
      await page.keyboard.press("Enter");
      await page.locator("[data-live]", { hasText: "Enregistré" }).waitFor({ state: "attached" });
      await page.waitForFunction(() => document.activeElement?.textContent === "Détails/Éditer");
      assert.deepEqual((await api("GET", `/v1/accounts/${agent.id}/places`, { login: agent.email })).places, ["74"]);
    }));

  test("a story on a phone of 360 × 740", () =>
    visit(
      async (page) => {
        await signIn(page, agent.email, "/coordonnees");
        await page.getByLabel("Fonction").fill("En déplacement");
        await save(page);
        for (const name of ["Mes alertes électroniques", "Mes favoris", "Mes préférences Lieu d’exécution", "Mes comptes associés", "Historique"]) {
          await section(page, name);
          await settled(page);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${name} scrolls sideways`);
        }
      },
      { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
    ));

  test("of two tabs that edit one account, the second is shown both sides and loses nothing", () =>
    visit(async (page, context) => {
      await signInAtTheIssuer(page, agent.email, "/coordonnees");
      await page.getByLabel("Fonction").fill("Ma saisie");
      await page.getByLabel("Ville").fill("Colmar");
      const other = await context.newPage();
      await other.goto(`${stack.portalUrl}/coordonnees`);
      await other.getByRole("button", { name: "Me connecter" }).click();
      // The issuer may know who it is, or ask again.
      await other.getByLabel("Fonction").or(other.locator("input[name=username]")).first().waitFor();
      if (await other.locator("input[name=username]").count()) await atTheIssuer(other, agent.email);
      await other.getByLabel("Fonction").fill("La leur");
      await other.getByLabel("Pays").fill("France");
      await save(other);
      await page.getByRole("button", { name: "Enregistrer" }).click();
      const conflict = page.getByRole("alert");
      await conflict.getByText("Ces coordonnées ont été modifiées entre-temps").waitFor();
      for (const value of ["Ma saisie", "La leur"]) await conflict.getByRole("cell", { name: value }).waitFor();
      await accessible(page, "the conflict");
      await page.getByRole("button", { name: "Garder ma saisie" }).click();
      assert.equal(await page.getByLabel("Pays").inputValue(), "France");
      await save(page);
      const { contact } = await api("GET", `/v1/accounts/${agent.id}`, { login: agent.email });
      assert.deepEqual([contact.jobTitle, contact.address.city, contact.address.country], ["Ma saisie", "Colmar", "France"]);
    }));

  test("offline in the middle of a save, what was typed stays and is saved later", () =>
    visit(async (page, context) => {
      await signIn(page, agent.email, "/coordonnees");
      await page.getByLabel("Fonction").fill("Sans réseau");
      await context.setOffline(true);
      await page.getByText("Vous êtes hors connexion").first().waitFor();
      await page.getByRole("button", { name: "Enregistrer" }).click();
      await page.getByText("Le service n’a pas répondu").waitFor();
      await accessible(page, "offline");
      assert.equal(await page.getByLabel("Fonction").inputValue(), "Sans réseau");
      await context.setOffline(false);
      await save(page);
    }));

  test("a section that cannot be read says so and can be asked again", () =>
    visit(async (page, context) => {
      await context.route("**/v1/accounts/*/deliveries*", (route) => route.fulfill({ status: 503, headers: { "Retry-After": "2" }, json: { type: "urn:vigie:problem:unavailable" } }));
      await signIn(page, agent.email, "/historique");
      await page.getByText("Service momentanément indisponible").waitFor();
      await accessible(page, "an error");
      await context.unrouteAll();
      await page.getByRole("button", { name: "Réessayer" }).click();
      await page.getByText("Aucune alerte ne vous a encore été envoyée.").waitFor();
    }));

  test("text from outside is text, whatever it is", async () => {
    const hostile = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script> javascript:alert(1) \u202Eesrever\u202C {{7*7}} ${"long ".repeat(980)}`;
    const victim = await newAgent({ firstName: "<b>Vic</b>", lastName: "{{time}}" });
    await api("PATCH", `/v1/accounts/${victim.id}/contact`, {
      login: victim.email,
      body: { jobTitle: '<img src=x onerror="alert(1)">', address: { street: "javascript:alert(1)", city: "<svg onload=alert(1)>" } },
      headers: { "If-Match": "*" },
    });
    await consultation(victim, { title: hostile });
    await visit(async (page) => {
      page.on("dialog", () => assert.fail("a dialog of a stranger"));
      await signIn(page, victim.email, "/coordonnees");
      assert.equal(await page.getByLabel("Fonction").inputValue(), '<img src=x onerror="alert(1)">');
      for (const [name, waits] of [["Mes favoris", ".list > li"], ["Historique", "h2"], ["Mes comptes associés", "h2"]]) {
        await section(page, name);
        await page.locator(waits).first().waitFor();
        await settled(page);
        assert.equal(await page.locator("main img, main script, main svg[onload], main b, [href^='javascript:']").count(), 0, name);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${name} scrolls sideways`);
        await page.waitForFunction(() => document.title.endsWith(" – Mon compte – Achats publics de Valfictif"));
      }
    });
  });

  describe("administration", () => {
    test("an agent is invited, given a right, and listed", () =>
      visit(async (page) => {
        await signIn(page, administrator.email, "/administration/agents");
        await page.getByLabel("Prénom").fill("Iris");
        await page.getByLabel("Nom", { exact: true }).fill("Invitée");
        await page.getByLabel("Adresse électronique").fill(`iris.${Date.now()}@navigateur.example.fr`);
        await page.getByRole("button", { name: "Inviter un agent" }).click();
        await page.locator("[data-live]", { hasText: "Invitation envoyée à iris." }).waitFor({ state: "attached" });
        // It is seen beside the button, also once the list has been read again, and whoever types goes on typing.
        await settled(page);
        await page.locator("section", { hasText: "Inviter un agent" }).getByText("Invitation envoyée à iris.").waitFor();
        assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Inviter un agent");
        // Others invite here meanwhile: the newest come last.
        const rights = page.getByRole("button", { name: "Droits et état : Iris Invitée" });
        await settled(page);
        while (!(await rights.count()) && (await page.locator(".more button").count())) {
          await page.locator(".more button").click().catch(() => null);
          await settled(page);
        }
        await rights.click();
        await page.getByRole("dialog", { name: "Iris Invitée" }).getByLabel("Invité permanent de son entité").check();
        await accessible(page, "rights");
        await save(page);
        await page.locator("li", { hasText: "Iris Invitée" }).getByText("Invité permanent de son entité").waitFor();
      }));

    test("« Qui recevrait cette alerte ? » names people and reasons", () =>
      visit(async (page) => {
        await signIn(page, ADMINISTRATOR, "/administration/destinataires/c-21-166157");
        await page.locator("li", { hasText: "Claire Martin" }).getByText("La recevrait").waitFor();
        await page.locator("li", { hasText: "Paul Roth" }).getByText("Non : compte désactivé").waitFor();
        // What is chosen and typed is that of the address: after a reload, after Back, and for the next search.
        await page.getByLabel("Alerte").selectOption("noticeRejected");
        await page.waitForURL(/\?kind=noticeRejected$/);
        await page.reload();
        await page.locator("li", { hasText: "Paul Roth" }).waitFor();
        assert.equal(await page.getByLabel("Alerte").inputValue(), "noticeRejected");
        const asked = page.getByRole("combobox", { name: "Consultation" });
        await asked.fill("c-21-165381");
        await page.getByRole("button", { name: "Chercher les destinataires" }).click();
        await page.waitForURL(/destinataires\/c-21-165381\?kind=noticeRejected$/);
        await page.goBack();
        await page.locator("li", { hasText: "Paul Roth" }).waitFor();
        assert.match(await asked.inputValue(), /^21-166157 – /);
        await page.goto(`${stack.portalUrl}/administration/destinataires/c-21-166157?kind=foo`);
        await page.locator("li", { hasText: "Claire Martin" }).getByText("La recevrait").waitFor();
        assert.equal(await page.getByLabel("Alerte").inputValue(), "tenderReceived");
      }));

    test("the entity that is chosen stays chosen from part to part", () =>
      visit(async (page) => {
        await signIn(page, ADMINISTRATOR, "/administration/entites");
        const choice = page.getByLabel("Entité concernée");
        await choice.locator("option[value='ems-sig']").waitFor({ state: "attached" });
        await choice.selectOption("ems-sig");
        const parts = page.getByRole("navigation", { name: "Parties de l’administration" });
        for (const part of ["À traiter", "Agents", "Importer des agents", "Adresses en échec", "Consultations non suivies", "Journal", "Entités"]) {
          await parts.getByRole("link", { name: part, exact: true }).click();
          await page.waitForURL(/\/ems-sig$/);
          assert.equal(await choice.inputValue(), "ems-sig", part);
          await page.waitForFunction((part) => document.title.startsWith(`${part} – Administration – Mon compte – `), part);
        }
        await parts.getByRole("link", { name: "Qui recevrait cette alerte ?" }).click();
        assert.equal(await page.getByRole("combobox", { name: "Consultation" }).inputValue(), "");
      }));

    test("the tree is asked for at once, however much lies in it, and is read from above", () =>
      visit(async (page) => {
        const asked = [];
        page.on("request", (request) => /\/v1\/entities\//.test(request.url()) && asked.push(new URL(request.url()).pathname));
        await signIn(page, ADMINISTRATOR, "/administration/agents");
        const choice = page.getByLabel("Entité concernée");
        await choice.locator("option[value='ems-sig']").waitFor({ state: "attached" });
        await settled(page);
        assert.deepEqual(asked.filter((path) => !/\/(agents|invitations)$/.test(path)), ["/v1/entities/ems/tree"]);
        // Each stands below the one that it lies in, one step further in.
        const shown = await choice.locator("option").evaluateAll((all) => all.map(({ value, textContent }) => [value, /^\u00a0*/.exec(textContent)[0].length / 2]));
        const depth = Object.fromEntries(shown);
        const above = (at) => shown.slice(0, at).findLast(([, depth]) => depth < shown[at][1])?.[0];
        assert.deepEqual([shown[0], depth["ems-numerique"], depth["ems-sig"]], [["ems", 0], 1, 2]);
        assert.equal(above(shown.findIndex(([id]) => id === "ems-sig")), "ems-numerique");
      }));

    test("a part that does not exist is said to be none, with a way on", () =>
      visit(async (page) => {
        for (const part of ["inconnu", "constructor", "toString"]) {
          await signIn(page, ADMINISTRATOR, `/administration/${part}`);
          await page.getByText("Cette page n’existe pas").waitFor();
          // Of whom to ask for help alone.
          assert.equal(await page.getByRole("heading", { level: 2 }).filter({ hasNotText: "Besoin de plus d’aide" }).count(), 0, part);
        }
        await accessible(page, "an unknown part");
        await page.getByRole("navigation", { name: "Parties de l’administration" }).getByRole("link", { name: "Entités" }).click();
        await page.getByRole("heading", { level: 3, name: "Renommer ou déplacer" }).waitFor();
      }));

    test("an entity is added, renamed and moved", () =>
      visit(async (page) => {
        await signIn(page, ADMINISTRATOR, "/administration/entites/ems-sig");
        const rest = `nav-${Date.now()}`;
        const add = page.locator("form", { hasText: "Ajouter une entité" });
        await add.getByLabel("Nom").fill("Cellule d’essai");
        // What it begins with is the organisation's, whichever entity it is added below.
        assert.equal(await add.getByText("ems-", { exact: true }).count(), 1);
        await add.getByLabel("Identifiant").fill(rest);
        await add.getByRole("button", { name: "Ajouter une entité" }).click();
        await page.getByRole("link", { name: "Cellule d’essai" }).click();
        await page.getByRole("heading", { level: 2, name: "Cellule d’essai" }).waitFor();
        const rename = page.locator("form", { hasText: "Renommer ou déplacer" });
        await rename.getByLabel("Nom").fill("Cellule renommée");
        await rename.getByLabel("Dépend de").selectOption("ems-numerique");
        await rename.getByRole("button", { name: "Enregistrer" }).click();
        await page.getByRole("heading", { level: 2, name: "Cellule renommée" }).waitFor();
        const moved = await api("GET", `/v1/entities/ems-${rest}`, { login: ADMINISTRATOR });
        assert.deepEqual([moved.name, moved.parentId], ["Cellule renommée", "ems-numerique"]);
      }));
  });

  // Those of the README are copied from there.
  test("pictures of every section", async () => {
    const folder = fileURLToPath(new URL("../../../target/pictures", import.meta.url));
    await mkdir(folder, { recursive: true });
    await visit(async (page) => {
      await signIn(page, "claire.martin@strasbourg.example.fr", "/");
      let bytes = 0;
      const shot = async (path, name, ready) => {
        await page.goto(stack.portalUrl + path);
        await settled(page);
        await ready?.();
        bytes += (await page.screenshot({ path: `${folder}/${name}.jpg`, type: "jpeg", quality: 70 })).length;
      };
      await shot("/coordonnees", "coordonnees");
      await shot("/alertes", "alertes");
      await shot("/favoris", "favoris");
      await shot("/lieux", "lieux", async () => {
        await page.getByRole("button", { name: "Détails/Éditer" }).click();
        await page.locator("path[data-code='67']").hover();
      });
      await page.setViewportSize({ width: 360, height: 740 });
      await shot("/alertes", "alertes-360");
      await shot("/favoris", "favoris-360");
      assert.ok(bytes <= 400 * 1024, `${bytes} bytes of pictures`);
    }, { viewport: { width: 1040, height: 700 } });
  });
});
