// Takes a picture of every view in both themes and widths, into target/pictures/views.
//
//   VIGIE_STACK=.local/stack.json node pictures.js

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { signIn, start, stop, visit } from "./account/person.js";
import { ADMINISTRATOR, stack } from "./account/stack.js";
import { ADMINISTRATION, OPEN, open, PERSONAL } from "./account/views.js";

const FOLDER = fileURLToPath(new URL("../../target/pictures/views/", import.meta.url));
const WIDTHS = [1280, 360];

async function take(page, views) {
  for (const view of views) {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width > 400 ? 900 : 740 });
      await open(page, stack.portalUrl, view);
      // A window lies over what is in sight, and over nothing else.
      const fullPage = !(await page.locator("dialog").count());
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: `${FOLDER}${view[0]}-${width}-${colorScheme}.png`, fullPage });
      }
    }
  }
}

await mkdir(FOLDER, { recursive: true });
await start();
try {
  await visit((page) => take(page, OPEN));
  await visit(async (page) => {
    await signIn(page, "claire.martin@strasbourg.example.fr");
    await take(page, PERSONAL);
  });
  await visit(async (page) => {
    await signIn(page, ADMINISTRATOR);
    await take(page, ADMINISTRATION);
  });
} finally {
  await stop();
}
console.log(`pictures in ${FOLDER}`);
