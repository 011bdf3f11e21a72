// What a browser test stands on: a city started for it, a Chromium, and the house's measures of a page.
//
//   const stage = await open();                       // builds nothing: `make test` built the program before
//   after(() => stage.close());
//   const page = await stage.page(360, "dark", { js: false });
//   await page.goto(stage.base + "/");
//   await axe(page); await fits(page); quiet(page); await shot(page, "home-360-dark");
//
// Environment: DOITHOAI_BIN (target/debug/doithoai), CHROMIUM (/usr/bin/chromium), TEST_RESULTS (test-results),
// DOITHOAI_AT (address of a demo city that runs already, with this machine as its proxy: nothing is started), PHONE_AT
// (that city's phone page).

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import axeCore from "axe-core";
import { chromium } from "playwright-core";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const PROGRAM = resolve(ROOT, process.env.DOITHOAI_BIN ?? "target/debug/doithoai");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const RESULTS = resolve(ROOT, process.env.TEST_RESULTS ?? "test-results");

// Chromium calls home at every start unless told not to; as root it refuses its own sandbox.
const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

/** WCAG 2.2 A and AA, and what axe holds to be good practice. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** A city of its own and a browser. `city: false` starts only the browser; then `base` is the caller's matter. */
export async function open({ city = true, demo = true, args = [], env = {} } = {}) {
  const running = process.env.DOITHOAI_AT;
  const runs = { base: running, phone: process.env.PHONE_AT ?? "http://127.0.0.1:8023", stop: () => {} };
  const server = !city ? undefined : running && demo ? runs : await startCity({ demo, args, env });
  const browser = await startBrowser().catch(async (error) => {
    await server?.stop();
    throw error;
  });
  return {
    base: server?.base,
    phone: server?.phone,
    data: server?.data,
    log: () => server?.log?.() ?? "",
    browser,
    page: (width, scheme, options) => newPage(browser, width, scheme, options),
    close: async () => {
      await browser.close();
      await server?.stop();
    },
  };
}

/**
 * Starts the built program on a free port with a new data folder and waits until it is ready. `phone` is where the
 * demonstration's phone page is.
 */
export async function startCity({ demo = true, args = [], env = {}, program = PROGRAM } = {}) {
  statSync(program, { throwIfNoEntry: false }) ?? assert.fail(`${program} is not built: run \`cargo build\``);
  const data = mkdtempSync(join(tmpdir(), "doithoai-browser-"));
  const base = `http://127.0.0.1:${await freePort()}`;
  const phone = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    program,
    ["serve", "--data", data, "--listen", host(base), ...(demo ? ["--demo", "--vendors", host(phone), "--smsc", "127.0.0.1:0"] : []), ...args],
    // In the root of the repository, where the reference data are.
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (said = (said + text).slice(-100_000)));
  }
  const gone = new Promise((done) => child.once("exit", (code, signal) => done(signal ?? code)));
  const stop = async () => {
    const kill = setTimeout(() => child.kill("SIGKILL"), 10_000);
    child.kill("SIGTERM");
    await gone;
    clearTimeout(kill);
    rmSync(data, { recursive: true, force: true });
  };
  // It serves before its vendors are connected; then it prints where the phone is.
  const answers = async () => (await fetch(`${base}/readyz`).catch(() => undefined))?.ok && (!demo || said.includes(phone));
  const ready = await Promise.race([untilReady(answers), gone.then((code) => `it ended with ${code}`)]);
  if (ready !== true) {
    await stop();
    assert.fail(`the program did not get ready: ${ready}\n${said}`);
  }
  return { base, phone, data, log: () => said, stop };
}

const host = (address) => address.slice("http://".length);

async function untilReady(answers, seconds = 180) {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    if (await answers()) return true;
    await new Promise((next) => setTimeout(next, 25));
  }
  return `not within ${seconds} s`;
}

/** A free TCP port of this machine. */
export function freePort() {
  return new Promise((found, failed) => {
    const probe = createServer().once("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

export function startBrowser() {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/**
 * A page in a context of its own (no cookies, empty cache). Width in CSS pixels, scheme "light" or "dark".
 * What the page complains of (script errors, refused by the policy, failed loads) gathers for `quiet`.
 */
export async function newPage(browser, width = 1280, scheme = "light", { js = true, locale = "vi-VN", ...rest } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 780 : 900 },
    colorScheme: scheme,
    javaScriptEnabled: js,
    hasTouch: width < 600,
    locale,
    timezoneId: "Asia/Ho_Chi_Minh",
    reducedMotion: "reduce",
    ...rest,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.withoutScripts = !js;
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(`script: ${error.message}`));
  page.on("console", (line) => line.type() === "error" && page.complaints.push(`console: ${line.text()}`));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText;
    // A page left while something was still loading is no fault.
    if (why !== "net::ERR_ABORTED") page.complaints.push(`load: ${request.url()} ${why}`);
  });
  return page;
}

/** Nothing was complained of since the page was made. */
export function quiet(page) {
  assert.deepEqual(page.complaints, [], `${page.url()} complains`);
}

/** What axe says of colours: all that another colour scheme of the same page can change. */
export const COLOURS = ["color-contrast", "link-in-text-block"];

/**
 * axe finds nothing, by all rules or by those named in `only`. Works on pages without JavaScript too. Answers axe's own
 * results.
 */
export async function axe(page, { exclude = [], only } = {}) {
  const wire = page.withoutScripts ? await page.context().newCDPSession(page) : undefined;
  // axe needs timers; the page's own scripts, passed over when it was read, stay out. The debugger forgets a
  // "disabled" only of a session that said it, hence twice.
  await wire?.send("Emulation.setScriptExecutionDisabled", { value: true });
  await wire?.send("Emulation.setScriptExecutionDisabled", { value: false });
  // Evaluated by the debugger, not added as an element: the page's content policy stays in force.
  await page.evaluate(axeCore.source);
  const found = await page.evaluate(
    ([runOnly, excluded]) => globalThis.axe.run({ exclude: excluded }, { runOnly, resultTypes: ["violations"] }),
    [only ? { type: "rule", values: only } : { type: "tag", values: RULES }, exclude],
  );
  await wire?.send("Emulation.setScriptExecutionDisabled", { value: true });
  const words = found.violations.map(
    (rule) => `${rule.id} (${rule.impact}): ${rule.help}\n${rule.nodes.map((node) => `    ${node.target}  ${node.html}`).join("\n")}`,
  );
  assert.equal(found.violations.length, 0, `axe at ${page.url()}:\n${words.join("\n")}`);
  assert.ok(found.passes.length > 0, "axe looked at nothing");
  return found;
}

/** The page is no wider than its window: nobody scrolls sideways. */
export async function fits(page) {
  const [wide, window_] = await page.evaluate(() => [document.scrollingElement.scrollWidth, innerWidth]);
  assert.ok(wide <= window_, `${page.url()} is ${wide} px wide in a window of ${window_} px`);
}

/** A picture of the whole page in test-results/NAME.png; answers its path. */
export async function shot(page, name, { fullPage = true } = {}) {
  mkdirSync(RESULTS, { recursive: true });
  const path = join(RESULTS, `${name}.png`);
  await page.evaluate(() => document.fonts.ready.then(() => true)).catch(() => {});
  await page.screenshot({ path, fullPage });
  return path;
}

/**
 * Loads the address as a first visit and counts what came: requests and bytes on the wire (compressed bodies and
 * headers) of everything but fonts, and of the fonts. Meant for a page that has loaded nothing before. Push streams
 * count as a request; their bytes only until the page was loaded.
 */
export async function weigh(page, url) {
  const wire = await page.context().newCDPSession(page);
  const loads = new Map();
  await wire.send("Network.enable");
  await wire.send("Network.setCacheDisabled", { cacheDisabled: false });
  wire.on("Network.requestWillBeSent", ({ requestId, request, type }) => {
    if (!request.url.startsWith("data:")) loads.set(requestId, { url: request.url, type, bytes: 0 });
  });
  wire.on("Network.dataReceived", ({ requestId, encodedDataLength }) => {
    const load = loads.get(requestId);
    if (load) load.bytes += encodedDataLength;
  });
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const load = loads.get(requestId);
    if (load) load.bytes = encodedDataLength;
  });
  await page.goto(url, { waitUntil: "load" });
  await page.evaluate(() => document.fonts.ready.then(() => true)).catch(() => {});
  await wire.detach();
  const sum = (list) => ({ requests: list.length, bytes: list.reduce((total, load) => total + load.bytes, 0) });
  const all = [...loads.values()];
  const isFont = (load) => load.type === "Font";
  return { ...sum(all.filter((load) => !isFont(load))), fonts: sum(all.filter(isFont)), loads: all };
}

/** A hand that has only a keyboard. */
export function keyboardOnly(page) {
  const focused = () =>
    page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return null;
      const style = getComputedStyle(at);
      const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
      const box = at.getBoundingClientRect();
      return { tag: at.localName, text: (at.innerText || at.value || at.name || at.ariaLabel || "").trim().slice(0, 60), ring, seen: box.width > 0 && box.height > 0 };
    });
  const isAt = (locator) => locator.evaluate((element) => element === document.activeElement);
  return {
    /** Presses Tab until the focus stands on the element, which must then show that it has it. */
    async reach(locator, { most = 80, back = false } = {}) {
      for (let step = 0; step <= most; step++) {
        if (await isAt(locator)) {
          const at = await focused();
          assert.ok(at.ring, `${at.tag} "${at.text}" does not show its focus`);
          return at;
        }
        await page.keyboard.press(back ? "Shift+Tab" : "Tab");
      }
      assert.fail(`${most} times Tab did not reach ${locator}`);
    },
    /** Reaches the element and presses a key there. */
    async press(locator, key = "Enter") {
      await this.reach(locator);
      await page.keyboard.press(key);
    },
    /** Reaches a field and types. */
    async type(locator, text) {
      await this.reach(locator);
      await page.keyboard.insertText(text);
    },
    /** Every stop of one walk through the page: each is seen and shows its focus, and none holds the focus for ever. */
    async walk({ most = 300 } = {}) {
      const stops = [];
      await page.evaluate(() => document.activeElement?.blur());
      for (let step = 0; step < most; step++) {
        await page.keyboard.press("Tab");
        const at = await focused();
        if (!at) return stops;
        assert.ok(at.seen && at.ring, `stop ${step + 1}, ${at.tag} "${at.text}": ${at.seen ? "shows no focus" : "is not to be seen"}`);
        stops.push(at);
      }
      assert.fail(`the focus never left the page in ${most} steps`);
    },
  };
}
