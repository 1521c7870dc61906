// Criteria of RGAA that axe does not see, on every view: the focus, the space between letters, the code, the titles.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { HtmlValidate } from "html-validate";

import { settled, signIn, start, stop, visit } from "./person.js";
import { ADMINISTRATOR, stack } from "./stack.js";
import { ADMINISTRATION, OPEN, open, PERSONAL } from "./views.js";

/** What a reader may ask for (10.12). */
const SPACED = "* { line-height: 1.5em !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }";
/** The rules of HTML and ARIA, without those of taste. */
const VALID = new HtmlValidate({
  extends: ["html-validate:standard"],
  rules: Object.fromEntries(["no-trailing-whitespace", "no-inline-style", "void-style", "attribute-boolean-style", "attribute-empty-style", "doctype-style", "no-implicit-button-type", "prefer-native-element", "long-title", "tel-non-breaking", "svg-focusable"].map((rule) => [rule, "off"])),
});
const DESK = { width: 1200, height: 900 };

/** Looks at every view: those of nobody, of an agent, and of an administrator. */
async function everywhere(look) {
  const each = async (page, views) => {
    for (const view of views) {
      await page.setViewportSize(DESK);
      await open(page, stack.portalUrl, view);
      await look(page, view[0]);
    }
  };
  await visit((page) => each(page, OPEN));
  await visit(async (page) => {
    await signIn(page, "claire.martin@strasbourg.example.fr");
    await each(page, [...PERSONAL, ["consultation", "/favoris/c-21-166157"]]);
  });
  await visit(async (page) => {
    await signIn(page, ADMINISTRATOR);
    await each(page, ADMINISTRATION);
  });
}

/** 10.7, 12.9: whatever has the focus by Tab is seen to have it, and Tab leads out again. */
async function focused(page, name) {
  let first;
  for (let n = 0; ; n++) {
    assert.ok(n < 200, `${name}: Tab leads nowhere`);
    await page.keyboard.press("Tab");
    const found = await page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return null;
      const { outlineStyle, outlineWidth, strokeWidth } = getComputedStyle(at);
      const { top, bottom } = at.getBoundingClientRect();
      const isShown = at instanceof SVGElement ? parseFloat(strokeWidth) >= 3 : outlineStyle !== "none" && parseFloat(outlineWidth) >= 3;
      return { what: at.outerHTML.slice(0, 200), isShown, inSight: bottom > 0 && top < innerHeight };
    });
    // A window goes on at its beginning.
    if (!found || found.what === first) return;
    first ??= found.what;
    assert.deepEqual([found.isShown, found.inSight], [true, true], `${name}: ${found.what}`);
  }
}

/** 10.12: with more space between letters, words and lines nothing scrolls sideways, and no name breaks. */
async function spaced(page, name) {
  await page.evaluate((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
  }, SPACED);
  for (const width of [DESK.width, 640, 320]) {
    await page.setViewportSize({ ...DESK, width });
    await settled(page);
    const found = await page.evaluate(() => {
      const range = document.createRange();
      const ends = (head) => {
        range.selectNodeContents(head);
        const { left, right } = range.getBoundingClientRect();
        return [left, right];
      };
      return {
        sideways: document.documentElement.scrollWidth - innerWidth,
        brand: document.querySelector(".brand").getBoundingClientRect().height,
        heads: [...document.querySelectorAll(".choices-mode")].filter((head) => head.getClientRects().length).map(ends),
      };
    });
    assert.ok(found.sideways <= 0, `${name} at ${width}: ${found.sideways}`);
    assert.ok(found.brand < 100, `${name} at ${width}: the operator's name is ${found.brand} high`);
    for (const [n, [, right]] of found.heads.entries()) assert.ok(!found.heads[n + 1] || right < found.heads[n + 1][0], `${name}: heads touch`);
  }
}

/** 8.2: the code is valid. */
async function valid(page, name) {
  const html = `<!doctype html>${await page.evaluate(() => document.documentElement.outerHTML)}`;
  const { results } = await VALID.validateString(html);
  assert.deepEqual(results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId}: ${message}`)), [], name);
}

describe("what axe does not see", () => {
  before(start);
  after(stop);

  test("on every view the focus is seen and leads out, spaced text has room, the code is valid, and the title is its own", async () => {
    const titles = new Map();
    // A window or a menu is over its page.
    const over = ["carte", "menu", "droits"];
    await everywhere(async (page, name) => {
      const title = await page.title();
      if (!over.includes(name)) assert.equal(titles.get(title), undefined, `${name}: ${title}`);
      titles.set(title, name);
      await valid(page, name);
      await focused(page, name);
      await spaced(page, name);
    });
  });
});
