// The simulated vendors behind the phone page: how a test tells them what happens, and asks what reached them.

import assert from "node:assert/strict";

/** Asks the control interface of the simulator that stands at `origin`; answers what it answers. */
export async function control(origin, method, path, body) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${origin}/control/${path}`, { method, headers, body: body && JSON.stringify(body) });
  assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`);
  return answer.json();
}

/** The same again until what it answers is `enough`, which answers what was waited for. */
export async function awaited(origin, path, enough) {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const found = enough(await control(origin, "GET", path));
    if (found) return found;
    await new Promise((soon) => setTimeout(soon, 50));
  }
  return assert.fail(`nothing came to ${path}`);
}
