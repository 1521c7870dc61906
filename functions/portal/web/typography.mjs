// French typography of the page's own texts, by the one table that the mails are held to as well. Applied where texts are bundled:
// what comes from outside is put in later, and stays as it came.

import { readFileSync } from "node:fs";

import ts from "typescript";

const TABLE = new URL("../../../shared/typography.json", import.meta.url);
const RULES = JSON.parse(readFileSync(TABLE, "utf8")).map(({ find, put }) => [new RegExp(find, "g"), put]);

/** Returns a text of ours as it is to be read. */
export const set = (text) => RULES.reduce((made, [find, put]) => made.replace(find, put), text);

/** Returns a page with the texts between its tags set. */
export const setHtml = (html) => html.replace(/(?<=^|>)[^<]+(?=<|$)/g, set);

/** Returns a source with its texts set: in `texts/` all of them, elsewhere what stands between tags. */
export function setSource(source, path) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.ES2022, true, path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const catalogue = /\/src\/texts\//.test(path);
  const found = [];
  const isText = (node) =>
    ts.isJsxText(node) || (catalogue && (ts.isStringLiteral(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node) || ts.isNoSubstitutionTemplateLiteral(node)));
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
    if (isText(node)) found.push([node.getFullStart(), node.getEnd()]);
    ts.forEachChild(node, visit);
  };
  visit(file);
  let made = source;
  for (const [start, end] of found.reverse()) made = made.slice(0, start) + set(made.slice(start, end)) + made.slice(end);
  return made;
}
