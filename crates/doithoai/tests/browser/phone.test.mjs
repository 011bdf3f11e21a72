// The phone page by itself, where the phone is a phone: short messages with what they cost, and calls, with and without
// JavaScript. The simulator runs alone (SIMULATOR_BIN, target/debug/examples/phone); the city's side is played from here.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { axe, fits, open, quiet, shot } from "./harness.mjs";
import { control } from "./vendor.mjs";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const PROGRAM = resolve(ROOT, process.env.SIMULATOR_BIN ?? "target/debug/examples/phone");

let browser, simulator, origin;
before(async () => {
  simulator = spawn(PROGRAM, ["127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  [origin] = await once(createInterface(simulator.stdout), "line");
  await control(origin, "PUT", "esms/accounts", { api_key: "KEY", secret_key: "SECRET", brandnames: ["1022"] });
  browser = await open({ city: false });
});
after(async () => {
  await browser?.close();
  simulator?.kill();
});

/** The city sends a short message. */
async function tell(phone, text) {
  const body = { ApiKey: "KEY", SecretKey: "SECRET", Phone: phone, Content: text, Brandname: "1022", SmsType: "2", RequestId: "" };
  const path = "/MainService.svc/json/SendMultipleMessage_V4_post_json/";
  const answer = await fetch(origin + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.equal((await answer.json()).CodeResult, "100");
}

async function takePhone(network, { width = 1280, scheme = "light", js = true } = {}) {
  const page = await browser.page(width, scheme, { baseURL: origin, js });
  await page.goto(`/?network=${network}`);
  if ((await page.locator(".start").count()) === 0) await page.locator("#h-ai").waitFor();
  await page.locator("#ten").fill("Cơ khí Đông Nam Việt");
  await page.locator("form[action='/phone/people'] button").click();
  await page.waitForURL(/[?&]person=\d+/);
  const shown = await page.locator("#h-ai + p").innerText();
  return Object.assign(page, { number: `84${shown.match(/0(\d{3}) (\d{3}) (\d{3})|0(\d+)/)[0].replace(/\D/g, "").slice(1)}` });
}

async function sound(page) {
  await axe(page);
  await fits(page);
  quiet(page);
}

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

test("a short message, and answers with their segments and price", async () => {
  const page = await takePhone("sms");
  await page.locator("#nt").fill("mat dien tu 6h sang");
  await press(page, "Gửi");
  await page.locator("#chat .me").getByText("mat dien").waitFor();
  await tell(page.number, "1022 da nhan. Ma 26 4071 923 5.");
  // The open page looks by itself.
  await page.locator("#chat").getByText("1 đoạn, 850 đồng").waitFor();
  await tell(page.number, `${"Thành phố đã tiếp nhận phản ánh. ".repeat(3)}Cảm ơn anh/chị.`);
  await page.locator("#chat").getByText("2 đoạn, 1.700 đồng").waitFor();
  await sound(page);
  await page.context().close();
});

test("a call is dialled, answered, passed on and hung up", async () => {
  const page = await takePhone("call");
  await press(page, "Xóa một số");
  await press(page, "2");
  await press(page, "Gọi 1022");
  await page.locator("#chat").getByText("Đang đổ chuông").waitFor();
  await sound(page);
  await press(page, "Máy 101, Trần Thị B");
  await page.locator("#chat").getByText("Đang nói chuyện với máy 101, Trần Thị B").waitFor();
  await press(page, "Máy 102, Lê Văn C");
  await page.locator("#chat").getByText("máy 102").waitFor();
  await sound(page);
  await press(page, "Gác máy");
  await page.locator("#chat").getByText(/Gọi 1022, đã nói/).waitFor();
  await page.context().close();
});

test("the city calls: an open page rings by itself", async () => {
  const page = await takePhone("call");
  const { id } = await control(origin, "POST", "pbx/calls", { hotline: "1022", extension: "101", person: page.number });
  await page.locator("#chat").getByText("Đang gọi đến máy này").waitFor();
  await press(page, "Nghe máy");
  await page.locator("#chat").getByText("Đang nói chuyện").waitFor();
  await control(origin, "POST", `pbx/calls/${id}/hang_up`, {});
  await page.locator("#chat").getByText(/1022 gọi đến, đã nói/).waitFor();
  await sound(page);
  await page.context().close();
});

test("without JavaScript the same is done by buttons and links", async () => {
  const page = await takePhone("call", { width: 360, js: false });
  await press(page, "Gọi 1022");
  await page.locator("#chat").getByText("Đang đổ chuông").waitFor();
  await press(page, "Không ai nghe, để lại lời nhắn");
  await page.locator("#chat").getByText("đã để lại lời nhắn").waitFor();
  await page.getByRole("link", { name: "SMS" }).click();
  await tell(page.number, "1022 da nhan loi nhan.");
  await page.getByRole("link", { name: "Xem tin mới" }).click();
  await page.locator("#chat").getByText("1 đoạn").waitFor();
  await sound(page);
  await page.context().close();
});

test("light and dark, narrow and wide", async () => {
  for (const network of ["sms", "call"]) {
    const page = await takePhone(network);
    const person = new URL(page.url()).searchParams.get("person");
    if (network === "call") {
      await press(page, "Gọi 1022");
      await press(page, "Gác máy");
    } else {
      await tell(page.number, "1022 da nhan. Ma 26 4071 923 5.");
    }
    await page.context().close();
    for (const width of [360, 1280]) {
      for (const scheme of ["light", "dark"]) {
        const page = await browser.page(width, scheme, { baseURL: origin });
        await page.goto(`/?network=${network}&person=${person}`);
        await sound(page);
        await shot(page, `phone-${network}-${width}-${scheme}`);
        await page.context().close();
      }
    }
  }
});
