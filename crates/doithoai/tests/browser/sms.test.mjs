// SMS at the desk: what a text costs is counted while it is written, with a script and without; the administrator's pages of
// a number and its routes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { quiet } from "./harness.mjs";
import { openCity, sound } from "./city.mjs";
import { route } from "./desk.mjs";
import { awaited, control } from "./vendor.mjs";

const TEXT = "cty em nop ho so hoan thue gtgt quy 3 tu thang 10, toi nay chua thay tra loi, von ket het";
const QUESTION = "Anh/chị vui lòng cho biết số biên nhận hồ sơ và ngày nộp. ";

let city;
before(async () => { city = await openCity(); });
after(() => city?.close());

/** Somebody texts 1022; answers what the telephone showed. */
async function text(from, words) {
  await control(city.phone, "POST", "smsc/mo", { from, to: "1022", text: words });
  return awaited(city.phone, `smsc/submits?to=${from}`, ({ submits }) => submits.at(-1)?.text);
}

/** A case that came by SMS and waits for its agency. */
async function routed(from) {
  const said = await text(from, TEXT);
  const code = said.match(/KQ (\d{10})/)[1];
  const operator = await city.officer("tiepnhan");
  await route(operator, code);
  await operator.context().close();
  return code;
}

/** The officer accepts and is asked a question of the sender's. */
async function asking(code, options) {
  const officer = await city.officer("thue.nam", 1280, "light", options);
  await officer.goto(`/console/c/${code}?k=accept`);
  await officer.locator("#compose button.go").first().click();
  await officer.waitForURL((url) => url.searchParams.get("k") !== "accept");
  await officer.goto(`/console/c/${code}?k=ask`);
  return officer;
}

test("the cost of an SMS is counted while it is written", async () => {
  const officer = await asking(await routed("84901230001"));
  const line = officer.locator("#sms-ask");
  assert.match(await line.innerText(), /SMS đi không dấu: 1 đoạn/);
  await officer.locator("#question").fill(QUESTION.repeat(6));
  await line.getByText("3 đoạn").waitFor();
  assert.match(await line.innerText(), /1\.050 đồng/);
  assert.equal(await officer.locator("#question").inputValue(), QUESTION.repeat(6), "what is typed stays");
  await sound(officer);
  quiet(officer);
  await officer.context().close();
});

test("without scripts a button counts", async () => {
  const officer = await asking(await routed("84901230002"), { js: false });
  await officer.locator("#question").fill(QUESTION.repeat(6));
  await officer.getByRole("button", { name: "Đếm lại" }).click();
  assert.match(await officer.locator("#sms-ask").innerText(), /3 đoạn/);
  assert.match(await officer.locator("#question").inputValue(), /^Anh\/chị vui lòng/);
  await officer.context().close();
});

test("a number and its routes are sound on every width", async () => {
  for (const width of [1280, 360]) {
    const admin = await city.officer("quantri", width);
    await admin.goto("/admin/channels");
    await admin.getByRole("link", { name: "SMS 1022 (thử)" }).click();
    await admin.locator("#routes .st.good").getByText("Đang nối").waitFor();
    await sound(admin);
    await admin.locator("#phone").fill("0901 230 009");
    await admin.getByRole("button", { name: "Thử", exact: true }).click();
    await admin.getByText("Đã xếp tin thử").waitFor();
    await admin.getByRole("link", { name: "Nhà mạng thử" }).click();
    await admin.locator("#system_id").waitFor();
    await sound(admin);
    await admin.goto("/admin/channels/sms/new");
    await sound(admin);
    quiet(admin);
    await admin.context().close();
  }
});
