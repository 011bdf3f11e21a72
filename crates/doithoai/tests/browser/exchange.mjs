// The other end of a hotline: the simulated exchange's handle, and what a test looks for on the desk.

import assert from "node:assert/strict";

import { control } from "./vendor.mjs";

/** The exchange of one hotline. */
export function exchangeOf(city, hotline) {
  const send = (method, path, body) => control(city.phone, method, `pbx/${path}`, body);
  return {
    /** Somebody calls; the id of the call. */
    rings: async (person) => (await send("POST", "calls", { hotline, person })).id,
    /** answer, hang_up, … */
    act: (id, name, with_ = {}) => send("POST", `calls/${id}/${name}`, with_),
    /** Adds the hotline to the exchange. */
    serves: (settings) => send("PUT", "hotlines", { number: hotline, ...settings }),
  };
}

/**
 * Looks out, on a page that stays open, for the card of a number; asked for before the call. What it answers waits for
 * the card and says when it came, by the page's own clock.
 */
export async function cardCame(page, shown) {
  const seen = await page.evaluateHandle((text) => {
    const seen = { at: 0 };
    const look = () => {
      if (!seen.at && document.querySelector("#ringing")?.textContent.includes(text)) seen.at = Date.now();
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    return seen;
  }, shown);
  return async () => {
    await page.locator("#ringing .call", { hasText: shown }).waitFor();
    const at = await seen.evaluate((seen) => seen.at);
    assert.ok(at > 0, "the page saw it come, and was not loaded again");
    return at;
  };
}

/** The sound is played, and goes on. */
export async function hears(audio) {
  const at = await audio.evaluate(
    (node) =>
      new Promise((done, failed) => {
        node.addEventListener("timeupdate", () => node.currentTime > 0 && done(node.currentTime));
        node.addEventListener("error", () => failed(new Error(`the sound cannot be played: ${node.error?.message}`)));
        node.muted = true;
        node.play().catch(failed);
      }),
  );
  assert.ok(at > 0);
}

/** Looks at a page again until it shows the element. */
export async function until(page, address, selector) {
  const found = page.locator(selector);
  const end = Date.now() + 20_000;
  do await page.goto(address);
  while ((await found.count()) === 0 && Date.now() < end);
  await found.first().waitFor();
  return found;
}
