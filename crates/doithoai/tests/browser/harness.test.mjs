// The harness proves itself on a page served by node: each measure passes a good page and catches a planted fault.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { axe, fits, keyboardOnly, open, quiet, shot, startCity, weigh } from "./harness.mjs";

const STYLE = `body { font: 16px sans-serif; margin: 16px; background: #fff; color: #111 }
  @media (prefers-color-scheme: dark) { body { background: #111; color: #eee } a { color: #9cf } }
  :focus-visible { outline: 3px solid #06c }`.padEnd(8000, " ");
const page = (body, head = "") => `<!doctype html><html lang="vi"><head><title>Phản ánh</title>
  <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css">
  <link rel="icon" href="data:,">${head}</head><body><main><h1>Hẻm ngập nước</h1>${body}</main></body></html>`;
const GOOD = page(`<form action="/sent"><p><label>Nội dung <input name="text"></label></p>
  <p><button>Gửi</button></p></form><p id="script">không có JavaScript</p>`, `<script src="/app.js"></script>`);
const ANSWERS = {
  "/": ["text/html; charset=utf-8", GOOD],
  "/sent": ["text/html; charset=utf-8", page("<p>Đã nhận</p>")],
  "/faulty": ["text/html; charset=utf-8", page(`<p><input name="nameless"></p><p style="width: 5000px">rộng</p>`)],
  "/blind": ["text/html; charset=utf-8", page(`<p><a href="/" style="outline: 0">về</a></p>`)],
  "/style.css": ["text/css", STYLE],
  "/app.js": ["text/javascript", `addEventListener("DOMContentLoaded", () => (document.getElementById("script").textContent = "có"))`],
};

let stage, site, base, cookies;

before(async () => {
  site = createServer((request, response) => {
    cookies = request.headers.cookie;
    const [type, body] = ANSWERS[new URL(request.url, "http://x").pathname] ?? [];
    if (!type) return response.writeHead(404).end();
    response.writeHead(200, {
      "content-type": type,
      "content-encoding": "gzip",
      "content-security-policy": "default-src 'self'; img-src data:; style-src 'self' 'unsafe-inline'",
      "set-cookie": "__Host-link=1; Secure; HttpOnly; Path=/; SameSite=Lax",
    });
    response.end(gzipSync(body));
  });
  await new Promise((listening) => site.listen(0, "127.0.0.1", listening));
  base = `http://127.0.0.1:${site.address().port}`;
  stage = await open({ city: false });
});

after(async () => {
  await stage?.close();
  site?.closeAllConnections();
  site?.close();
});

test("a good page passes at both widths, in both schemes, with and without JavaScript", async () => {
  for (const width of [360, 1280]) {
    for (const scheme of ["light", "dark"]) {
      for (const js of [true, false]) {
        const at = await stage.page(width, scheme, { js });
        await at.goto(base);
        assert.equal(await at.locator("#script").innerText(), js ? "có" : "không có JavaScript");
        await axe(at);
        await fits(at);
        quiet(at);
        await at.goto(base);
        assert.equal(await at.locator("#script").innerText(), js ? "có" : "không có JavaScript", "after axe too");
        await at.context().close();
      }
    }
  }
});

test("a planted fault is caught", async () => {
  const at = await stage.page(360, "light");
  await at.goto(`${base}/faulty`);
  await assert.rejects(axe(at), /label/);
  await assert.rejects(fits(at), /px wide in a window of 360 px/);
  await at.evaluate(() => setTimeout(() => { throw new Error("planted"); }));
  await at.waitForEvent("pageerror").catch(() => {});
  assert.throws(() => quiet(at), /complains/);
});

test("a page is weighed compressed, with all that it loads", async () => {
  const at = await stage.page(1280, "light");
  const weight = await weigh(at, base);
  assert.equal(weight.requests, 3);
  assert.ok(weight.bytes > 300 && weight.bytes < 3000, `${weight.bytes} bytes for 9 kB that compress well`);
  assert.deepEqual(weight.fonts, { requests: 0, bytes: 0 });
});

test("a hand with only a keyboard fills in and sends, and a stop without a focus ring is caught", async () => {
  const at = await stage.page(1280, "light", { js: false });
  await at.goto(base);
  const hand = keyboardOnly(at);
  assert.equal((await hand.walk()).length, 2);
  await hand.type(at.getByLabel("Nội dung"), "nước ngập");
  await hand.press(at.getByRole("button", { name: "Gửi" }));
  await at.waitForURL(/sent\?text=n%C6%B0%E1%BB%9Bc/);
  await at.goto(`${base}/blind`);
  await assert.rejects(hand.walk(), /shows no focus/);
});

test("pictures are PNG files; a __Host- cookie comes back over plain HTTP on this machine", async () => {
  const at = await stage.page(360, "dark");
  await at.goto(base);
  const path = await shot(at, "harness-360-dark");
  assert.ok(statSync(path).size > 1000);
  assert.equal(readFileSync(path).subarray(1, 4).toString(), "PNG");
  await at.goto(`${base}/sent`);
  assert.match(cookies ?? "", /__Host-link=1/);
});

test("a program is awaited until it is ready, and one that ends says why", async () => {
  const folder = mkdtempSync(join(tmpdir(), "doithoai-harness-"));
  const program = join(folder, "program");
  const write = (body) => writeFileSync(program, `#!/usr/bin/env node\n${body}`, { mode: 0o755 });
  try {
    write(`const at = process.argv[process.argv.indexOf("--listen") + 1].split(":");
      let asked = 0;
      require("node:http").createServer((request, answer) => answer.writeHead(++asked < 3 ? 503 : 200).end()).listen(at[1], at[0]);`);
    const city = await startCity({ program, demo: false });
    assert.equal((await fetch(city.base)).status, 200);
    assert.ok(existsSync(city.data));
    await city.stop();
    assert.ok(!existsSync(city.data), "its folder is gone");
    await assert.rejects(fetch(city.base));

    write(`console.error("the disk is full"); process.exit(3)`);
    await assert.rejects(startCity({ program, demo: false }), /it ended with 3\nthe disk is full/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
