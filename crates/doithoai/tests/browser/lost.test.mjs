// What goes wrong on the way: the connection is lost, a button is pressed twice, two tabs send at once, a session is
// forged, a link is old, a code is mistyped or guessed. Nothing is lost, nothing is doubled, and every answer is clear.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { quiet } from "./harness.mjs";
import { forgive, formKey, openCity, sound, spaced } from "./city.mjs";

const TEXT = "Từ tháng 9 chúng tôi nộp hồ sơ hoàn thuế xuất khẩu, đến nay chưa có thông báo nào.";

let city;
before(async () => { city = await openCity(); });
after(() => city?.close());

/** Fills the whole form at /gui, all but the pressing of the button. */
async function fill(page, text = TEXT) {
  await page.goto("/gui");
  await page.locator("#text").fill(text);
  await page.locator("#contact").fill("0909 123 456");
  await page.locator("input[name=visibility][value=agencies]").check();
  await page.locator("#consent").check();
}

const sendButton = (page) => page.locator("form[data-send] button.send");
const codeOf = (page) => new URL(page.url()).pathname.match(/^\/ho-so\/(\d{10})$/)[1];
const drafts = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("draft:")));

/** How many cases an operator finds by words that stand in one text only. */
async function casesWith(words, atLeast = 1) {
  const operator = await city.officer("tiepnhan");
  const end = Date.now() + 20_000;
  const found = operator.locator("[data-row]");
  do await operator.goto(`/console/search?q=${encodeURIComponent(words)}`);
  while ((await found.count()) < atLeast && Date.now() < end);
  const count = await found.count();
  await operator.context().close();
  return count;
}

/** A word that no other text has. */
const unique = () => `kho${Array.from({ length: 10 }, () => "bcdghklmnpqrstvx"[Math.floor(Math.random() * 16)]).join("")}`;

test("a lost connection loses no word: the draft stays, is sent once, and is gone afterwards", async () => {
  const page = await city.guest(360);
  const word = unique();
  await fill(page, `${TEXT} ${word}`);
  await page.context().setOffline(true);
  await sendButton(page).click();
  await page.getByText("Chưa gửi được vì mất mạng. Nội dung vẫn còn, bấm Gửi lại.").waitFor();
  assert.equal(await sendButton(page).innerText(), "Gửi lại");
  assert.match(await page.locator("#text").inputValue(), new RegExp(word));
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith("draft:")));

  // Even the tab may go: another one of the same browser brings the words back. Consent is given anew.
  await page.context().setOffline(false);
  const again = await page.context().newPage();
  await again.goto("/gui");
  await again.getByText("Đây là bản nháp anh/chị viết lúc trước").waitFor();
  assert.match(await again.locator("#text").inputValue(), new RegExp(word));
  assert.ok(await again.locator("input[name=visibility][value=agencies]").isChecked());
  assert.ok(!(await again.locator("#consent").isChecked()), "nobody consents by a draft");
  await again.close();

  await sendButton(page).click();
  await page.waitForURL(/\/ho-so\/\d{10}$/);
  assert.deepEqual(await drafts(page), [], "nothing of it stays in the browser");
  assert.equal(await casesWith(word), 1);
  page.complaints = page.complaints.filter((line) => !line.includes("ERR_INTERNET_DISCONNECTED"));
  await sound(page);
});

test("nothing of what was sent from the home page stays in the browser", async () => {
  const page = await city.guest(360);
  await page.goto("/");
  await page.locator("#text").fill(TEXT);
  await page.locator("#contact").fill("0909 123 456");
  await page.waitForFunction(() => localStorage.getItem("draft:gui"));
  await page.getByRole("button", { name: "Gửi", exact: true }).click();
  await page.locator("input[name=visibility][value=agencies]").check();
  await page.locator("#consent").check();
  await sendButton(page).click();
  await page.waitForURL(/\/ho-so\/\d{10}$/);
  assert.deepEqual(await drafts(page), []);
  await page.goto("/");
  assert.equal(await page.locator("#text").inputValue(), "");
});

test("a draft is forgotten after a week", async () => {
  const page = await city.guest(360);
  await page.goto("/gui");
  await page.locator("#text").fill(TEXT);
  await page.waitForFunction(() => localStorage.getItem("draft:gui"));
  await page.evaluate(() => {
    const draft = JSON.parse(localStorage.getItem("draft:gui"));
    localStorage.setItem("draft:gui", JSON.stringify({ ...draft, at: Date.now() - 8 * 24 * 3600 * 1000 }));
  });
  await page.reload();
  assert.equal(await page.locator("#text").inputValue(), "");
  assert.deepEqual(await drafts(page), []);
});

for (const js of [true, false]) {
  test(`a double click makes one case ${js ? "with" : "without"} JavaScript`, async () => {
    const page = await city.guest(1280, "light", { js });
    const word = unique();
    await fill(page, `${TEXT} ${word}`);
    await sendButton(page).dblclick({ noWaitAfter: true });
    await page.waitForURL(/\/ho-so\/\d{10}$/);
    assert.equal(await casesWith(word), 1);
    quiet(page);
  });
}

test("two tabs that send the same form at once make one case, and both see it", async () => {
  const page = await city.guest();
  const word = unique();
  await fill(page, `${TEXT} ${word}`);
  const key = await page.locator("[name=form_key]").inputValue();
  const twin = await page.context().newPage();
  await fill(twin, `${TEXT} ${word}`);
  // A duplicated tab has the same form, key and all.
  await twin.locator("[name=form_key]").evaluate((field, value) => (field.value = value), key);
  await Promise.all([sendButton(page).click(), sendButton(twin).click()]);
  await Promise.all([page, twin].map((tab) => tab.waitForURL(/\/ho-so\/\d{10}$/)));
  assert.equal(codeOf(page), codeOf(twin));
  for (const tab of [page, twin]) await tab.getByText(word).first().waitFor();
  assert.equal(await casesWith(word), 1);
});

test("a forged session leads to the sign-in page and opens nothing", async () => {
  for (const token of ["forged", "A".repeat(22), "A".repeat(43), "0".repeat(64), "%00", "../../x"]) {
    const page = await city.guest();
    await page.context().addCookies([{ name: "session", value: token, url: city.base }]);
    for (const path of ["/console", "/console/q/all", "/admin", "/console/account"]) {
      await page.goto(path);
      assert.equal(new URL(page.url()).pathname, "/console/login", `${token} at ${path}`);
    }
    const stream = await page.request.get("/console/q/all/live", { headers: { "hx-request": "true" }, maxRedirects: 0 });
    assert.equal(stream.status(), 401);
    const act = await page.request.post("/console/c/2640719235/note", { form: { note: "x" }, maxRedirects: 0 });
    assert.equal(act.status(), 303);
    assert.equal(act.headers().location, "/console/login");
    await page.context().close();
  }
});

test("a secret link works without showing the secret; a foreign, a mistyped and a revoked one say what to do", async () => {
  const sender = await city.guest(360);
  await fill(sender);
  await sendButton(sender).click();
  await sender.waitForURL(/\/ho-so\/\d{10}$/);
  const code = codeOf(sender);
  await sender.getByRole("button", { name: "Tạo liên kết riêng" }).click();
  const link = new URL(await sender.locator("#link").inputValue());
  await sound(sender);

  const other = await city.guest(360);
  const seen = [];
  other.on("response", (answer) => seen.push(answer));
  await other.goto(link.pathname);
  assert.equal(new URL(other.url()).pathname, `/ho-so/${code}`, "the address keeps no secret");
  assert.equal(seen[0].headers()["referrer-policy"], "no-referrer");
  await other.getByText(TEXT).first().waitFor();
  // Opened from a page of ours, the address of the link is told to nobody.
  assert.equal(await other.evaluate(() => document.referrer), "");

  const token = link.pathname.split("/").at(-1);
  const flipped = token.slice(0, -3) + (token.at(-3) === "A" ? "B" : "A") + token.slice(-2);
  for (const wrong of [flipped, "A".repeat(token.length), "x", "%F0%9F%94%91"]) {
    const stranger = await city.guest(360);
    const answer = await stranger.goto(`/l/${wrong}`);
    assert.equal(answer.status(), 404);
    await stranger.getByRole("heading", { name: "Liên kết này không còn dùng được" }).waitFor();
    assert.match(await stranger.locator("main").innerText(), /nhập mã hồ sơ, rồi nhận mã một lần/);
    assert.ok(!(await stranger.content()).includes(token.slice(0, 12)), "the page does not carry the secret on");
    forgive(stranger, 404);
    await sound(stranger);
    await stranger.context().close();
  }

  // Revoked by the sender: the same clear page for the next one who comes with it.
  await sender.goto(`/ho-so/${code}/thu-hoi`);
  await sender.locator("main form button.go").click();
  await sender.waitForURL(`**/ho-so/${code}`);
  const late = await city.guest(360);
  assert.equal((await late.goto(link.pathname)).status(), 404);
  await late.getByRole("heading", { name: "Liên kết này không còn dùng được" }).waitFor();
  // What was opened by it is closed too.
  await other.reload();
  assert.equal(await other.getByText(TEXT).count(), 0, "a revoked link's cookie opens nothing");
});

test("a code is understood with spaces, dots, hyphens and DT; an unknown one is answered like a wrong one", async () => {
  const code = await city.report(TEXT);
  const dotted = spaced(code).replaceAll(" ", ".");
  for (const typed of [code, spaced(code), dotted, `DT ${spaced(code)}`, `dt${code}`, `DT-${spaced(code).replaceAll(" ", "-")}`, ` ${code} `]) {
    const page = await city.guest(360);
    await page.goto("/tra-cuu");
    await page.locator("#code").fill(typed);
    await page.getByRole("button", { name: "Xem", exact: true }).click();
    await page.waitForURL(`**/ho-so/${code}`);
    // The spaces in a code hold it together on one line.
    const words = (await page.locator("main").innerText()).replaceAll("\u00a0", " ");
    assert.ok(words.includes(spaced(code)), `${typed}: ${words}`);
    assert.ok(!words.includes(TEXT), "a code alone shows no text");
    await page.context().close();
  }

  const answers = [];
  // One digit wrong, so that the check digit fails; and codes whose check digit is right for nobody's case.
  const wrong = code.slice(0, 9) + ((Number(code[9]) + 1) % 10);
  for (const typed of [wrong, await unknownCode(code)]) {
    const page = await city.guest(360);
    await page.goto("/tra-cuu");
    await page.locator("#code").fill(typed);
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.status() === 404),
      page.getByRole("button", { name: "Xem", exact: true }).click(),
    ]);
    await page.getByText("Không tìm thấy hồ sơ").waitFor();
    answers.push({ status: answer.status(), words: (await page.locator("main").innerText()).replaceAll(typed, "") });
    forgive(page, 404);
    await sound(page);
    await page.context().close();
  }
  assert.deepEqual(answers[0], answers[1]);

  const page = await city.guest(360);
  await page.goto("/tra-cuu");
  await page.locator("#code").fill("12345");
  await page.getByRole("button", { name: "Xem", exact: true }).click();
  await page.getByText("Mã hồ sơ có 10 chữ số, anh/chị đã nhập 5.").waitFor();
});

/** A code whose check digit is right and which nobody has: the same year, another number, the one digit of ten that agrees. */
async function unknownCode(code) {
  const number = 2_000_000 + ((Number(code.slice(2, 9)) - 2_000_000 + 3_141_593) % 8_000_000);
  for (let digit = 0; digit < 10; digit++) {
    const typed = `${code.slice(0, 2)}${number}${digit}`;
    const answer = await fetch(`${city.base}/tra-cuu`, {
      method: "POST",
      redirect: "manual",
      headers: { "x-forwarded-for": city.address(), accept: "text/html" },
      body: new URLSearchParams({ code: typed }),
    });
    if (answer.status === 303) return typed;
  }
  return assert.fail(`no digit is right after ${number}`);
}

test("whoever guesses codes is told to wait, in words and in Retry-After", async () => {
  const page = await city.guest(360);
  let answer;
  for (let tries = 0; tries < 60 && answer?.status() !== 429; tries++) {
    answer = await page.goto(`/ho-so/26${String(tries).padStart(8, "0")}`);
  }
  assert.equal(answer.status(), 429);
  assert.match(answer.headers()["retry-after"], /^[1-9]\d*$/);
  await page.getByRole("heading", { name: "Anh/chị thao tác hơi nhanh" }).waitFor();
  forgive(page, 404);
  forgive(page, 429);
  await sound(page);
  // Somebody else is not held up by it.
  assert.equal((await (await city.guest()).goto("/tra-cuu")).status(), 200);
  const code = await city.report(TEXT);
  assert.equal((await (await city.guest()).goto(`/ho-so/${code}`)).status(), 200);
});

test("forms sent too fast wait, and the words stay on the page", async () => {
  const from = city.address();
  const post = () => fetch(`${city.base}/gui`, {
    method: "POST",
    redirect: "manual",
    headers: { "x-forwarded-for": from, accept: "text/html" },
    body: new URLSearchParams({ text: "quá ngắn", form_key: formKey() }),
  });
  let status = 0;
  for (let tries = 0; tries < 60 && status !== 429; tries++) status = (await post()).status;
  assert.equal(status, 429);
  const page = await city.guest(360, "light", { from });
  await fill(page);
  await sendButton(page).click();
  await page.getByText("Anh/chị thao tác hơi nhanh").waitFor();
  assert.equal(await page.locator("#text").inputValue(), TEXT);
  assert.ok(await page.locator("#consent").isChecked());
});
