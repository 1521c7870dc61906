// Every mail as its snapshot has it: valid HTML, nothing that mail programs drop without a stand-in, and readable by everybody, with and
// without its style sheet.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";

import { caniemail } from "caniemail";
import { HtmlValidate } from "html-validate";

import { launch } from "./chromium.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SNAPSHOTS = new URL("../../shared/mail/tests/mails/snapshots/", import.meta.url);

/** Everything of the recommended rules but what mail programs need otherwise than browsers. */
const VALID = new HtmlValidate({
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    // Mobile webmails drop style sheets; Outlook reads attributes better than styles, and needs its conditional comments.
    "no-inline-style": "off",
    "no-deprecated-attr": "off",
    "no-conditional-comment": "off",
    // Apostrophes where the data is JSON within JSON (block.rs).
    "attr-quotes": "off",
    "prefer-tbody": "off",
    // Programs rename elements that they do not know, `main` among them, and keep roles.
    "prefer-native-element": ["error", { exclude: ["main"] }],
  },
});

const CLIENTS = ["outlook.*", "gmail.*", "orange.*", "sfr.*", "free-fr.*", "apple-mail.*"];

/** Features that some of the programs lack, and why a mail is none the worse. Another one needs such a reason, or must not be used. */
const STANDS_IN = {
  "<style> element": "each element has its own style; the sheet only adds",
  "Type selector": "in the sheet only",
  "Class selector": "in the sheet only",
  "Descendant combinator": "in the sheet only",
  "@media": "small screens and dark mode: the mail is fluid, and light, without",
  "<body> element": "the outermost table has the same colours",
  "display:none": "the preheader has no height either",
  opacity: "the preheader has no height either",
  overflow: "the preheader is one pixel high at most",
  "word-break": "long words widen the table",
  "overflow-wrap": "long words widen the table",
  "border-radius": "a button with corners",
  "text-decoration": "a button whose label is underlined",
  "role attribute": "tables are read as tables, a line a row",
  "lang attribute": "the account's own language, as for all of the page",
  "aria-label attribute": "the heading before the table says the same",
};

const mails = readdirSync(SNAPSHOTS)
  .filter((name) => name.endsWith(".snap"))
  .map((name) => [name.replace(/^mails__|\.snap$/g, ""), readFileSync(new URL(name, SNAPSHOTS), "utf8")])
  .map(([name, snapshot]) => [name, snapshot.split("======== html\n")[1]]);

test("there are mails", () => {
  assert.ok(mails.length >= 30, `${mails.length}`);
  assert.deepEqual(mails.filter(([, html]) => !html?.startsWith("<!DOCTYPE html>")), []);
});

test("every mail is valid HTML", async () => {
  const found = [];
  for (const [name, html] of mails) {
    const { results } = await VALID.validateString(html);
    found.push(...results.flatMap(({ messages }) => messages).map((it) => `${name}:${it.line} ${it.ruleId}: ${it.message}`));
  }
  assert.deepEqual(found, []);
});

test("what a mail program lacks has a stand-in, and every stand-in is still needed", () => {
  const lacking = new Set();
  for (const [, html] of mails) {
    for (const issues of caniemail({ clients: CLIENTS, html }).issues.errors.values()) {
      for (const { title } of issues) lacking.add(title);
    }
  }
  assert.deepEqual([...lacking].sort(), Object.keys(STANDS_IN).sort());
});

describe("in a program that shows mails", () => {
  let browser;

  before(async () => {
    browser = await launch();
  });

  after(() => browser?.close());

  /** Shows each mail, with its style sheet or as programs show it that drop it; `look` returns what is wrong. */
  async function each(sheet, look, colorScheme = "light") {
    const context = await browser.newContext({ locale: "fr-FR", colorScheme, offline: true });
    try {
      const page = await context.newPage();
      const found = [];
      for (const [name, html] of mails) {
        await page.setContent(sheet ? html : html.replace(/<style>[^]*<\/style>/, ""));
        found.push(...(await look(page)).map((it) => `${name}: ${it}`));
      }
      assert.deepEqual(found, []);
    } finally {
      await context.close();
    }
  }

  async function violations(page) {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id} ${html.slice(0, 100)}`));
  }

  test("everybody can read it", () => each(true, violations));
  test("everybody can read it in the dark", () => each(true, violations, "dark"));
  test("everybody can read it without its style sheet", () => each(false, violations));

  test("it has one main part, and every table of data a name", () =>
    each(true, (page) =>
      page.evaluate(() => {
        const wrong = [];
        if (document.querySelectorAll("[role=main][lang=fr]").length !== 1) wrong.push("no main part");
        for (const table of document.querySelectorAll("table:not([role=presentation])")) {
          if (!table.getAttribute("aria-label")) wrong.push(`a table without a name: ${table.textContent.slice(0, 60)}`);
        }
        return wrong;
      }),
    ));

  test("its text looks the same without its style sheet", async () => {
    const looks = (page) =>
      page.evaluate(() =>
        [...document.querySelectorAll(".cell :is(h1, h2, p, th, td, li, a, ul, table)")].map((it) => {
          const { fontFamily, fontSize, fontWeight, lineHeight, color, padding, margin, textAlign, verticalAlign } = getComputedStyle(it);
          return [it.tagName, fontFamily, fontSize, fontWeight, lineHeight, color, padding, margin, textAlign, verticalAlign].join(" ");
        }),
      );
    const shown = { true: [], false: [] };
    const keep = (sheet) => async (page) => {
      shown[sheet].push(await looks(page));
      return [];
    };
    for (const sheet of [true, false]) await each(sheet, keep(sheet));
    for (const [i, [name]] of mails.entries()) assert.deepEqual(shown.false[i], shown.true[i], name);
  });
});
