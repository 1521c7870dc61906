// The browser that the tests bring along (npm, @sparticuz/chromium: no root and no download), or another one that CHROMIUM names.

import { existsSync } from "node:fs";
import { join } from "node:path";

import playwright from "playwright-core";

import { FOLDER } from "./unpack.js";

/** Keeps it from calling home, and lets it start as root in a container. */
const FLAGS = [
  "--no-sandbox",
  "--headless=shell",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts it. That there is none is a failure: pages that nobody tried are not tested. */
export async function launch() {
  const executablePath = process.env.CHROMIUM || join(FOLDER, "chromium");
  if (!existsSync(executablePath)) throw new Error(`there is no browser at ${executablePath}: \`make setup\` brings one`);
  return playwright.chromium.launch({ executablePath, args: FLAGS });
}
