// The hotline at the desk: the simulated exchange rings, the case is typed while one speaks, the recording is heard, who
// called in vain is called back.
//
// WRITE_IMAGES=1 writes the pictures of the README into docs/images (story.mjs).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { axe, keyboardOnly, quiet, shot } from "./harness.mjs";
import { openCity, sound } from "./city.mjs";
import { cardCame, exchangeOf, hears, until } from "./exchange.mjs";
import { picture, steps } from "./story.mjs";
import { awaited } from "./vendor.mjs";

const HOTLINE = "1022";
/** The first of them called before, as the demonstration has it. */
const KNOWN = { number: "84900000001", shown: "0900 000 001" };
const OTHER = { number: "84907654321", shown: "0907 654 321" };
const WORDS = "Công ty em nộp hồ sơ hoàn thuế giá trị gia tăng quý 3 từ tháng 10, đến nay chưa thấy trả lời.";

let city;
before(async () => { city = await openCity(); });
after(() => city?.close());

const exchange = () => exchangeOf(city, HOTLINE);
const rings = (person) => exchange().rings(person);
const act = (...what) => exchange().act(...what);

/** The call that the exchange places to a number; waits for it. */
const placed = (number) => awaited(city.phone, "pbx/calls", ({ calls }) => calls.find((call) => call.outgoing && call.person === number));

test("a call: card, case, code, recording", async (t) => {
  const step = steps(t);
  const operator = await city.officer("tiepnhan");
  let id, call, code;

  await step("the card of a ringing call opens on the page that is shown", async () => {
    await operator.goto("/console/q/screen");
    await operator.locator("#list").waitFor();
    const came = await cardCame(operator, KNOWN.shown);
    const begun = Date.now();
    id = await rings(KNOWN.number);
    t.diagnostic(`the card was on the page ${(await came()) - begun} ms after the call was placed`);
    const text = await operator.locator("#ringing .call").innerText();
    assert.ok(text.includes(KNOWN.shown) && text.includes("Có thể là") && text.includes("không chứng minh ai đang gọi"), text);
    await sound(operator);
    await shot(operator, "call-card-1280", { fullPage: false });
  });

  await step("one key opens the case form; field and agency are suggested while one types", async () => {
    await operator.keyboard.press("w");
    await operator.waitForURL("**/console/calls/*");
    call = new URL(operator.url()).pathname;
    assert.equal(await operator.evaluate(() => document.activeElement?.id), "text", "one may type at once");
    await operator.keyboard.type(WORDS.slice(0, 60));
    await act(id, "answer", { extension: "101" });
    await operator.locator("#call-state").getByText("Đang nói chuyện").waitFor();
    await operator.keyboard.type(WORDS.slice(60));
    await operator.locator("#guess").getByText("Thuế Thành phố Hồ Chí Minh").waitFor();
    assert.equal(await operator.locator("#text").inputValue(), WORDS, "what happens to the call disturbs nobody who types");
    await sound(operator);
    await picture(operator, "console-call");
    await shot(operator, "call-1280", { fullPage: false });
    await shot(operator, "call-1280-long");
  });

  await step("a number with a digit too few is said at its field, and nothing is lost", async () => {
    await operator.locator("#contact").fill("090000000");
    await operator.locator("#text").press("Control+Enter");
    await operator.locator("#contact-error").waitFor();
    assert.equal(await operator.locator("#text").inputValue(), WORDS);
    await axe(operator);
    operator.complaints = operator.complaints.filter((line) => !line.includes("422"));
    await operator.locator("#contact").fill("0900000001");
    await operator.locator("#name").fill("Nguyễn Thị Thử");
    await operator.locator("#text").press("Control+Enter");
  });

  await step("the code stands in large groups to be read out", async () => {
    const label = operator.locator(".readout .code");
    await label.waitFor();
    code = (await label.innerText()).replace(/\D/g, "");
    assert.match(code, /^\d{10}$/);
    assert.ok(await label.evaluate((node) => parseFloat(getComputedStyle(node).fontSize) >= 32));
    assert.equal(await operator.locator("#phone").count() + await operator.getByText("Chưa nối SMS").count(), 1);
    await sound(operator);
    await shot(operator, "call-code-1280", { fullPage: false });
  });

  await step("after the call its recording is in the case, and can be played", async () => {
    await act(id, "hang_up");
    await operator.locator("#call-state").getByText("Đã xong").waitFor();
    const audio = await until(operator, `/console/c/${code}`, ".flow audio");
    await hears(audio.first());
    await sound(operator);
    await shot(operator, "call-case-1280", { fullPage: false });
    await operator.reload();
    await operator.getByText("nghe ghi âm").first().waitFor();
    assert.ok(await operator.locator(".flow").innerText().then((text) => text.includes(WORDS)));
    quiet(operator);
  });
  await operator.context().close();
});

test("who called in vain is called back, with a keyboard alone", async () => {
  const operator = await city.officer("tiepnhan");
  await operator.goto("/console/calls");
  const id = await rings(OTHER.number);
  await operator.locator("#board .call").getByText(OTHER.shown).waitFor();
  await act(id, "hang_up");
  const task = operator.locator("#board .backs tr", { hasText: OTHER.shown });
  await task.waitFor();
  await sound(operator);
  await shot(operator, "call-board-1280");
  const hand = keyboardOnly(operator);
  await hand.press(task.getByRole("button", { name: /Nhận gọi lại/ }));
  await task.getByRole("button", { name: "Gọi", exact: true }).waitFor();
  await sound(operator);
  await shot(operator, "call-board-claimed-1280");
  await hand.press(task.getByRole("button", { name: "Gọi", exact: true }));
  const out = await placed(OTHER.number);
  assert.equal(out.extension, "101", "the officer's own telephone");
  await act(out.id, "answer");
  await task.waitFor({ state: "detached" });
  await act(out.id, "hang_up");
  quiet(operator);
  await operator.context().close();
});

test("the pages of the calls at every width, in the light and in the dark", async () => {
  const id = await rings(KNOWN.number);
  for (const width of [360, 1280]) {
    for (const scheme of ["light", "dark"]) {
      const page = await city.officer("tiepnhan", width, scheme);
      await page.goto("/console/q/all");
      await page.locator("#ringing .call").first().waitFor();
      await sound(page);
      await shot(page, `call-card-${width}-${scheme}`, { fullPage: false });
      await page.goto("/console/calls");
      await page.locator("#board .call").first().waitFor();
      await sound(page);
      await shot(page, `calls-${width}-${scheme}`);
      await page.goto("/console/calls/log");
      await page.locator("#list tr a").first().waitFor();
      await sound(page);
      await shot(page, `call-log-${width}-${scheme}`);
      await page.locator("#list tr a").first().click();
      await page.locator("#write").waitFor();
      await sound(page);
      await shot(page, `call-page-${width}-${scheme}`);
      await page.context().close();
      const admin = await city.officer("quantri", width, scheme);
      await admin.goto("/admin/channels");
      await admin.getByRole("link", { name: /Đường dây nóng 1022/ }).click();
      await admin.locator("#hook").waitFor();
      await sound(admin);
      await admin.locator("#sample").fill('{"event":"newCall","callId":"7","from":"0901234567","to":"1022","direction":"in"}');
      await admin.getByRole("button", { name: "Thử đọc" }).click();
      await admin.getByText("Cuộc gọi mới").waitFor();
      await sound(admin);
      await shot(admin, `admin-hotline-${width}-${scheme}`);
      await admin.context().close();
    }
  }
  await act(id, "hang_up");
});

test("everything works without scripts", async () => {
  const operator = await city.officer("tiepnhan", 1280, "light", { js: false });
  const id = await rings("84908123456");
  await until(operator, "/console/calls", "#board .call");
  await axe(operator);
  await operator.locator("#board .call", { hasText: "0908 123 456" }).getByRole("link", { name: /Ghi hồ sơ/ }).click();
  await operator.locator("#text").fill(WORDS);
  await operator.getByRole("button", { name: "Gợi ý lĩnh vực" }).click();
  await operator.getByText("Thuế Thành phố Hồ Chí Minh").first().waitFor();
  await axe(operator);
  await operator.getByRole("button", { name: /Lưu hồ sơ/ }).click();
  await operator.locator(".readout .code").waitFor();
  await axe(operator);
  await act(id, "hang_up");
  await operator.context().close();
});
