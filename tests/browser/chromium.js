// The browser that the tests bring along (npm, @sparticuz/chromium: no root and no download), or another one that CHROMIUM names.

import { existsSync } from "node:fs";

import chromium from "@sparticuz/chromium";
import playwright from "playwright-core";

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
  const named = process.env.CHROMIUM;
  if (named && !existsSync(named)) throw new Error(`CHROMIUM names ${named}, which does not exist`);
  const executablePath = named || (await chromium.executablePath());
  return playwright.chromium.launch({ executablePath, args: FLAGS });
}
