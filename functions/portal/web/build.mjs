// Bundles the pages into dist/, which the function embeds: assets with hashed names, each also in brotli and gzip, the pages' HTML,
// and files.rs, the table of all of them. The shell of pages without a script, which other functions fill, goes to the platform.
// The same sources give the same bytes.
//
//   node build.mjs            builds
//   node build.mjs --check    fails if dist/ is not what the sources build to

import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";

import * as esbuild from "esbuild";

import { setHtml, setSource } from "./typography.mjs";

const here = new URL("./", import.meta.url);
const dist = new URL("dist/", here);
/** Shell of the pages without a script. */
const SHELL = new URL("../../../shared/http/src/shell.html", here);
const check = process.argv.includes("--check");

const TYPES = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", svg: "image/svg+xml" };

/** Tenths of the map's unit are a fifth of a pixel; more digits only weigh. */
const roundedMap = {
  name: "rounded-map",
  setup(build) {
    build.onLoad({ filter: /france\.departments\/index\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      return { contents: source.replace(/-?\d+\.\d+/g, (number) => String(Number(Number(number).toFixed(1)))), loader: "js" };
    });
  },
};

/** Parts of the app that a view loads once it needs them. Each is built as if it imported all of the app, so that what they share stays in one
 * file: a first view needs no second one. */
const LATER = ["src/sections/admin-import.tsx", "src/sections/admin/journal.tsx", "src/ui/combobox.tsx", "src/sections/admin/defaults.tsx", "src/sections/admin/desk.tsx"].map((name) => fileURLToPath(new URL(name, here)));
const APP = fileURLToPath(new URL("src/app.tsx", here));

/** French typography of the page's own texts. */
const typography = {
  name: "typography",
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.tsx?$/ }, async ({ path }) => {
      const contents = setSource(await readFile(path, "utf8"), path);
      return { contents: LATER.includes(path) ? `${contents}\nimport ${JSON.stringify(APP)};` : contents, loader: path.endsWith("x") ? "tsx" : "ts" };
    });
  },
};

/** Reads a page's source. */
const page = async (name) => setHtml(await readFile(new URL(`pages/${name}.html`, here), "utf8"));

async function bundle() {
  const common = {
    absWorkingDir: fileURLToPath(here),
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    charset: "utf8",
    legalComments: "none",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    outdir: "dist",
    plugins: [roundedMap, typography],
    logLevel: "warning",
  };
  // Apart from each other: nothing is shared, so that a page needs one script.
  const builds = await Promise.all([
    esbuild.build({ ...common, entryPoints: ["src/app.tsx"], splitting: true }),
    esbuild.build({ ...common, entryPoints: ["src/landing.ts"] }),
    esbuild.build({ ...common, entryPoints: ["src/style.css"], loader: { ".svg": "dataurl" } }),
  ]);
  const files = new Map();
  for (const { outputFiles } of builds) for (const file of outputFiles) files.set(file.path.split("/").pop(), Buffer.from(file.contents));
  // It says nothing but where the app is.
  files.delete(hashed(files, "app", "js"));
  return files;
}

/** The name with its hash of what was called `name.extension`. */
function hashed(assets, name, extension) {
  const found = [...assets.keys()].filter((file) => file.startsWith(`${name}-`) && file.endsWith(`.${extension}`));
  if (found.length !== 1) throw new Error(`${name}.${extension}: ${found}`);
  return found[0];
}

/** Fills `{{name}}`; what is not given stays, for the function to fill. */
function fill(template, values) {
  return template.replace(/\{\{([\w-]+)\}\}/g, (whole, name) => values[name] ?? whole);
}

/** Names the pages of mailed links: all but those that hold others or stand for themselves. */
async function links() {
  const files = (await readdir(new URL("pages/", here))).filter((file) => file.endsWith(".html"));
  return files.map((file) => file.slice(0, -".html".length)).filter((name) => !["shell", "landing", "account", "plain"].includes(name)).sort();
}

async function pages(assets) {
  const shell = await page("shell");
  const landing = await page("landing");
  const icon = (await readFile(new URL("pages/icon.svg", here), "utf8")).trim();
  const common = {
    style: `/assets/${hashed(assets, "style", "css").replace(/\.css$/, "{{colours}}.css")}`,
    icon: `data:image/svg+xml;base64,${Buffer.from(icon).toString("base64")}`,
  };
  const scripted = (name) =>
    `  <meta name="vigie-sign-in" content="{{sign-in}}">\n  <script type="module" src="/assets/${hashed(assets, name, "js")}"></script>\n`;
  const made = new Map();
  const account = await page("account");
  made.set("account", fill(shell, { ...common, head: scripted("chunk"), title: "Mon compte", page: "account", body: account.trim() }));
  for (const name of await links()) {
    const source = await page(name);
    const parts = Object.fromEntries([...source.matchAll(/<!-- (\w+) -->\n([\s\S]*?)(?=\n<!-- |\s*$)/g)].map(([, name, text]) => [name, text]));
    const body = fill(landing.trim(), parts);
    made.set(name, fill(shell, { ...common, head: scripted("landing"), title: parts.heading, page: name, body }));
  }
  const plain = await page("plain");
  made.set(SHELL, fill(shell, { ...common, head: "", title: "{{heading}}", page: "plain", body: plain.trim() }));
  return made;
}

function table(assets, made) {
  const lines = ["// Made by build.mjs.", "", "const ASSETS: &[Asset] = &["];
  const style = hashed(assets, "style", "css");
  for (const name of [...assets.keys()].filter((name) => name !== style).sort()) {
    const type = TYPES[name.split(".").pop()];
    lines.push(
      "    Asset {",
      `        name: "${name}",`,
      `        content_type: "${type}",`,
      `        plain: include_bytes!("${name}"),`,
      `        brotli: include_bytes!("${name}.br"),`,
      `        gzip: include_bytes!("${name}.gz"),`,
      "    },",
    );
  }
  lines.push(
    "];",
    "",
    "const STYLE: StyleFile = StyleFile {",
    `    name: "${style.replace(/\.css$/, "")}",`,
    `    plain: include_bytes!("${style}"),`,
    `    brotli: include_bytes!("${style}.br"),`,
    "};",
  );
  lines.push("", "const PAGES: &[PageFile] = &[");
  for (const name of made.keys()) lines.push(`    ("${name}", include_str!("${name}.html")),`);
  lines.push("];", "");
  return lines.join("\n");
}

/** The style sheet's stream stays open at the boundary of a byte: the function puts the operator's colours behind it (RFC 7932, 9.2). */
const ending = (name) => ({ finishFlush: name.endsWith(".css") ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_FINISH });
const brotli = (bytes, name) =>
  brotliCompressSync(bytes, { ...ending(name), params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
const gzip = (bytes) => gzipSync(bytes, { level: 9 });

const stale = [];

/** Writes what differs and nothing else, so that cargo builds nothing anew. `same` says if what is there does. */
async function put(name, bytes, same = (found) => found.equals(bytes)) {
  const found = await readFile(new URL(name, dist)).catch(() => null);
  if (found && same(found)) return;
  stale.push(String(name));
  if (!check) await writeFile(new URL(name, dist), bytes);
}

/** Returns true if compressed bytes hold the content: another version of the compressor may have made them. */
const holds = (unpack, bytes) => (found) => {
  try {
    return unpack(found).equals(bytes);
  } catch {
    return false;
  }
};

const assets = await bundle();
const made = await pages(assets);
await put(SHELL, Buffer.from(made.get(SHELL)));
made.delete(SHELL);
await mkdir(dist, { recursive: true });
const wanted = new Set(["files.rs"]);
for (const [name, bytes] of assets) {
  await put(name, bytes);
  await put(`${name}.br`, brotli(bytes, name), holds((found) => brotliDecompressSync(found, ending(name)), bytes));
  for (const form of ["", ".br"]) wanted.add(name + form);
  if (name.endsWith(".css")) continue;
  wanted.add(`${name}.gz`);
  await put(`${name}.gz`, gzip(bytes), holds(gunzipSync, bytes));
}
for (const [name, html] of made) {
  wanted.add(`${name}.html`);
  await put(`${name}.html`, Buffer.from(html));
}
await put("files.rs", Buffer.from(table(assets, made)));
for (const name of await readdir(dist)) {
  if (wanted.has(name)) continue;
  stale.push(name);
  if (!check) await rm(new URL(name, dist));
}
if (check && stale.length) {
  console.error(`dist/ is not what the sources build to (npm run build):\n  ${stale.join("\n  ")}`);
  process.exit(1);
}
if (!check) {
  for (const [name, bytes] of assets) {
    console.log(`${String(bytes.length).padStart(8)} B  ${String(brotli(bytes, name).length).padStart(7)} B brotli  ${name}`);
  }
}
