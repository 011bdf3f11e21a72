// A test that tells a story: steps that follow each other, and its pictures for the README.

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { withPalette } from "./png.mjs";

const IMAGES = fileURLToPath(new URL("../../../../docs/images/", import.meta.url));

/** A picture for the README, only with WRITE_IMAGES=1: what stands in the window, or the whole page. */
export async function picture(page, name, options = {}) {
  if (process.env.WRITE_IMAGES !== "1") return;
  mkdirSync(IMAGES, { recursive: true });
  await page.evaluate(() => document.fonts.ready.then(() => true));
  writeFileSync(`${IMAGES}${name}.png`, withPalette(await page.screenshot(options)));
}

/** The steps of one test: after one that failed the rest say nothing. */
export function steps(t) {
  let broken = false;
  return (name, work) => t.test(name, { skip: broken }, async () => {
    broken = true;
    await work();
    broken = false;
  });
}
