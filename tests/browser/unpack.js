// Unpacks the browser below `node_modules`, once after `npm ci`: whole or not at all, since it is moved there when it is complete.

import { chmodSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const FOLDER = fileURLToPath(new URL("node_modules/.browser", import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const draft = `${FOLDER}.draft`;
  for (const earlier of [FOLDER, draft]) rmSync(earlier, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  // It unpacks into the temporary folder, and takes whatever lies there for itself.
  process.env.TMPDIR = draft;
  const { default: chromium } = await import("@sparticuz/chromium");
  chmodSync(await chromium.executablePath(), 0o755);
  renameSync(draft, FOLDER);
}
