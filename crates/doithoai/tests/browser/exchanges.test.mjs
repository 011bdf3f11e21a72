// Every exchange whose shape is shipped drives the desk: its administrator connects it, a call rings on the open screen, the
// case is typed during the call, the recording is heard in the case, a missed call is to be called back.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, test } from "node:test";

import { quiet } from "./harness.mjs";
import { openCity, sound } from "./city.mjs";
import { cardCame, exchangeOf, hears, until } from "./exchange.mjs";
import { steps } from "./story.mjs";

/** By its file in reference/cti: the hotline, and what this exchange calls its queue and how it writes numbers. */
const EXCHANGES = {
  zammad: { number: "19001001", queue: "hotro" },
  stringee: { number: "19001002", queue: "800" },
  omicall: { number: "19001003", queue: "800" },
  voicecloud: { number: "19001004", queue: "800", numbers: "national" },
  "3cx": { number: "19001005", queue: "800" },
};
const WORDS = "Công ty em nộp hồ sơ hoàn thuế giá trị gia tăng quý 3 từ tháng 10, đến nay chưa thấy trả lời.";

let city;
before(async () => { city = await openCity(); });
after(() => city?.close());

/** Connects the exchange by the administrator's form. */
async function connect(shape, { number, ...settings }) {
  const admin = await city.officer("quantri");
  await admin.goto("/admin/channels/hotline/new");
  await admin.locator("#address").fill(number);
  await admin.locator("#name").fill(`Đường dây ${number}`);
  await admin.locator("#shape").selectOption(shape);
  await admin.locator("main form button.go").first().click();
  const hook = admin.locator("#hook");
  await hook.waitFor();
  await admin.locator("#addresses").fill("127.0.0.1");
  await admin.locator("#recording_hosts").fill(new URL(city.phone).host);
  await admin.locator("main form button.go").first().click();
  await hook.waitFor();
  const { pathname } = new URL(await hook.innerText());
  const extensions = [{ number: "101", user: "Lê Thị Miên" }, { number: "102", user: "Trực ca 2" }];
  const exchange = exchangeOf(city, number);
  await exchange.serves({ provider: shape, webhook: city.base + pathname, extensions, recording_after_seconds: 0, ...settings });
  await admin.context().close();
  return exchange;
}

test("every shape that is shipped is tried", () => {
  const shipped = readdirSync(new URL("../../../../reference/cti", import.meta.url)).filter((name) => name.endsWith(".toml"));
  assert.deepEqual(shipped.map((name) => name.replace(".toml", "")).sort(), Object.keys(EXCHANGES).sort());
});

for (const [shape, settings] of Object.entries(EXCHANGES)) {
  test(shape, async (t) => {
    const step = steps(t);
    const exchange = await connect(shape, settings);
    const operator = await city.officer("tiepnhan");
    const last = settings.number.slice(-1);
    let id, code;

    await step("the card opens on the page that is shown", async () => {
      await operator.goto("/console/q/screen");
      await operator.locator("#list").waitFor();
      const came = await cardCame(operator, `0903 555 10${last}`);
      const begun = Date.now();
      id = await exchange.rings(`8490355510${last}`);
      t.diagnostic(`${shape}: the card was on the page ${(await came()) - begun} ms after the call was placed`);
      assert.ok((await operator.locator("#ringing .call").innerText()).includes(settings.number));
      await sound(operator);
    });

    await step("the case is typed during the call", async () => {
      await operator.keyboard.press("w");
      await operator.waitForURL("**/console/calls/*");
      await operator.locator("#text:focus").waitFor();
      await operator.keyboard.type(WORDS.slice(0, 40));
      await exchange.act(id, "answer", { extension: "101" });
      await operator.locator("#call-state").getByText("Đang nói chuyện").waitFor();
      await operator.keyboard.type(WORDS.slice(40));
      await operator.locator("#guess").getByText("Thuế Thành phố Hồ Chí Minh").waitFor();
      await operator.locator("#text").press("Control+Enter");
      const label = operator.locator(".readout .code");
      await label.waitFor();
      code = (await label.innerText()).replace(/\D/g, "");
      assert.equal(await operator.locator("#call-state").getByText("Đang nói chuyện").count(), 1, "they still speak");
    });

    await step("the recording is heard in the case", async () => {
      await exchange.act(id, "hang_up");
      await operator.locator("#call-state").getByText("Đã xong").waitFor();
      await hears((await until(operator, `/console/c/${code}`, ".flow audio")).first());
      const flow = await operator.locator(".flow").innerText();
      assert.ok(flow.includes(WORDS), flow);
    });

    await step("who called in vain is to be called back", async () => {
      await operator.goto("/console/calls");
      const missed = await exchange.rings(`8490355520${last}`);
      await operator.locator("#board .call").getByText(`0903 555 20${last}`).waitFor();
      await exchange.act(missed, "hang_up");
      await operator.locator("#board .backs tr", { hasText: `0903 555 20${last}` }).getByRole("button", { name: /Nhận gọi lại/ }).waitFor();
      assert.equal(await operator.locator("#board .call", { hasText: `0903 555 20${last}` }).count(), 0, "its card has gone");
      await sound(operator);
    });
    quiet(operator);
    await operator.context().close();
  });
}
