// A business in a chat, played on the phone page of the simulated vendors: by Zalo, by Messenger and by a comment under the
// page's post, from the first words to the rating, while the desk works in the console.
//
// WRITE_IMAGES=1 writes the pictures of the README into docs/images (story.mjs).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { quiet } from "./harness.mjs";
import { openCity, PHOTO, sound } from "./city.mjs";
import { ANSWER, approve, draft, route, submit } from "./desk.mjs";
import { picture, steps } from "./story.mjs";

/** As people write on a phone. */
const TEXT = "cty em nop ho so hoan thue gtgt quy 3 tu thang 10, toi nay chua thay tra loi, von ket het";
const AGENCY = "Thuế Thành phố Hồ Chí Minh";
const CODE = /\b\d\d\s\d{4}\s\d{3}\s\d\b/;

let city;
before(async () => { city = await openCity(); });
after(() => city?.close());

/** Somebody new takes the phone and opens a network: zalo, messenger or post. */
async function takePhone(name, network, { width = 1280, scheme = "light", js = true } = {}) {
  const page = await city.page(width, scheme, { baseURL: city.phone, js });
  await page.goto(`/?network=${network}`);
  await page.locator("#ten").fill(name);
  await page.locator("form[action='/phone/people'] button").click();
  await page.waitForURL(/[?&]person=\d+/);
  return page;
}

const isOn = (page, network) => new URL(page.url()).searchParams.get("network") === network;

/** Writes a message, or a comment under the first post. */
async function write(page, text) {
  await page.locator("#nt").fill(text);
  await page.locator("#viet").getByRole("button", { name: "Gửi", exact: true }).click();
  await page.locator(isOn(page, "post") ? "#chat .comments" : "#chat .me").getByText(text).last().waitFor();
}

/** What the other side has said last in the chat that holds these words; waits for it, without scripts by looking again. */
async function hear(page, words) {
  const bubble = page.locator("#chat > li:not(.me):not(.t) .said").filter({ hasText: words }).last();
  if (page.withoutScripts) {
    for (let tries = 0; tries < 50 && (await bubble.count()) === 0; tries++) await page.getByRole("link", { name: "Xem tin mới" }).click();
  }
  return bubble.innerText();
}

/** The code in a text, as it is stored. */
const codeIn = (text) => text.match(CODE)[0].replace(/\s/g, "");

async function sendPhoto(page) {
  await page.getByText(/^Ảnh, số|^Gửi ảnh$/).first().click();
  await page.locator("#anh").setInputFiles(PHOTO);
  await page.getByRole("button", { name: "Gửi ảnh" }).click();
  await page.locator("#chat .me img").last().waitFor();
}

/** The officer's page of a case once it shows the element; what happens in a chat arrives by itself. */
async function onCase(officer, code, selector) {
  const found = officer.locator(selector);
  const end = Date.now() + 10_000;
  do await officer.goto(`/console/c/${code}`);
  while ((await found.count()) === 0 && Date.now() < end);
  await found.first().waitFor();
  return found;
}

/** The desk does its part, from reception to the leader. */
async function answer(code) {
  const officer = await city.officer("thue.nam");
  await draft(officer, code);
  await submit(officer);
  const leader = await city.officer("thue.oanh", 360);
  await approve(leader, code);
  await leader.context().close();
  return officer;
}

async function routeAsProposed(code) {
  const operator = await city.officer("tiepnhan");
  const proposed = await route(operator, code);
  quiet(operator);
  await operator.context().close();
  return proposed;
}

/** The case is closed, and the officer sees the sender's mark. */
async function closedWith(officer, code, mark) {
  await onCase(officer, code, `aside dd:text-is("${mark}")`);
  assert.match(await officer.locator(".head").innerText(), /Đã đóng/);
}

/** For a picture of the whole talk the phone is as long as the talk. */
const stretch = (page) => page.locator(".scroll").evaluate((part) => { part.style.height = "auto"; });

test("the phone page before anybody has taken it", async () => {
  for (const width of [360, 1280]) {
    for (const scheme of ["light", "dark"]) {
      const page = await city.page(width, scheme, { baseURL: city.phone });
      await page.goto("/");
      await page.getByRole("heading", { name: "Điện thoại thử" }).waitFor();
      await sound(page);
      await page.context().close();
    }
  }
});

test("on Zalo: one message, code, agency, due date, a photo, the answer, five stars", async (t) => {
  const step = steps(t);
  const phone = await takePhone("Cơ khí Đông Nam Việt", "zalo");
  let code, officer;

  await step("one message without diacritics brings the code, the field and the proposed agency", async () => {
    await write(phone, TEXT);
    const receipt = await hear(phone, "Mã hồ sơ");
    code = codeIn(receipt);
    assert.match(receipt, /Lĩnh vực dự kiến: Thuế, hóa đơn, hoàn thuế/);
    assert.ok(receipt.includes(`Cơ quan dự kiến trả lời: ${AGENCY}`), receipt);
    assert.match(receipt, /xác nhận chậm nhất .*\d\d\/\d\d/, "when a person reads it");
    assert.equal(await phone.locator("#chat > li:not(.me):not(.t):not(.choices)").count(), 1, "one answer to one message");
  });

  await step("reception routes it: agency and due date", async () => {
    assert.equal(await routeAsProposed(code), AGENCY);
    assert.match(await hear(phone, "trả lời, chậm nhất"), new RegExp(`${AGENCY} trả lời, chậm nhất thứ \\S+ \\d\\d/\\d\\d`));
  });

  await step("a photo from the phone is in the case", async () => {
    await sendPhoto(phone);
    officer = await city.officer("thue.nam");
    const files = await onCase(officer, code, ".flow .files a");
    assert.equal(await files.count(), 1);
    const file = await officer.request.get(await files.getAttribute("href"));
    assert.deepEqual([file.status(), file.headers()["content-type"]], [200, "image/jpeg"]);
  });

  await step("the composer says how long and how often one may still write", async () => {
    await draft(officer, code);
    assert.match(await officer.locator("#compose").innerText(), /Zalo/);
    await sound(officer);
    await picture(officer, "console-chat-case");
    await submit(officer);
    assert.equal(await phone.getByText(ANSWER.checked).count(), 0, "the sender sees no draft");
  });

  await step("approved, the answer is in the chat", async () => {
    const leader = await city.officer("thue.oanh", 360);
    await approve(leader, code);
    await leader.context().close();
    const said = await hear(phone, ANSWER.checked);
    for (const part of Object.values(ANSWER)) assert.ok(said.includes(part), part);
  });

  await step("five stars close the case", async () => {
    await write(phone, "5 sao");
    await hear(phone, "Cảm ơn anh/chị đã đánh giá");
    await closedWith(officer, code, "Rất tốt");
    await sound(officer);
    await sound(phone);
  });

  await step("the whole talk, on a wide and on a narrow screen, light and dark", async () => {
    for (const width of [360, 1280]) {
      for (const scheme of ["light", "dark"]) {
        const page = await city.page(width, scheme, { baseURL: city.phone });
        await page.goto(phone.url());
        await page.locator("summary").click();
        await sound(page);
        await page.locator("summary").click();
        await stretch(page);
        if (scheme === "light") await picture(page, width === 360 ? "chat-zalo-360" : "chat-zalo", { fullPage: true });
        await page.context().close();
      }
    }
  });
});

test("on Messenger: the same, and a button for what is asked", async (t) => {
  const step = steps(t);
  const phone = await takePhone("Nhựa Bình Thạnh", "messenger", { width: 360 });
  let code, officer;

  await step("code and proposed agency", async () => {
    await write(phone, TEXT);
    const receipt = await hear(phone, "Mã hồ sơ");
    code = codeIn(receipt);
    assert.ok(receipt.includes(AGENCY), receipt);
    await phone.locator("#chat").getByRole("button", { name: "Bỏ qua" }).click();
    await hear(phone, "vẫn được xử lý như thường");
    await sound(phone);
  });

  await step("agency and due date, a photo, the answer", async () => {
    assert.equal(await routeAsProposed(code), AGENCY);
    assert.ok((await hear(phone, "trả lời, chậm nhất")).includes(AGENCY));
    await sendPhoto(phone);
    officer = await city.officer("thue.nam");
    assert.equal(await (await onCase(officer, code, ".flow .files a")).count(), 1);
    await officer.context().close();
    officer = await answer(code);
    const said = await hear(phone, ANSWER.checked);
    for (const part of Object.values(ANSWER)) assert.ok(said.includes(part), part);
  });

  await step("four stars by a button close the case", async () => {
    await phone.locator("#chat").getByRole("button", { name: /^4/ }).click();
    await hear(phone, "Cảm ơn anh/chị đã đánh giá");
    await closedWith(officer, code, "Đạt");
    await sound(phone);
  });
});

test("by a comment: in public only that it was received, everything else in the chat", async (t) => {
  const step = steps(t);
  const phone = await takePhone("Mộc Gia Phát", "post");
  const post = phone.url();
  let code, officer;
  const ofPage = phone.locator("#chat .of-page .said");

  await step("the page answers in public without the code", async () => {
    await write(phone, TEXT);
    await ofPage.first().waitFor();
    assert.match(await ofPage.first().innerText(), /đã nhận/);
    await phone.getByRole("link", { name: "Có 1 tin nhắn riêng ở Messenger" }).waitFor();
    assert.doesNotMatch(await phone.locator("#chat").innerText(), CODE, "no code in public");
    await sound(phone);
    await picture(phone, "chat-comment");
  });

  await step("the code is in the one private message", async () => {
    await phone.getByRole("link", { name: "Có 1 tin nhắn riêng ở Messenger" }).click();
    const receipt = await hear(phone, "Mã hồ sơ");
    code = codeIn(receipt);
    assert.ok(receipt.includes(AGENCY), receipt);
    await sound(phone);
  });

  await step("answered there, the chat is open: agency and due date, then the answer", async () => {
    await write(phone, "OK");
    assert.equal(await routeAsProposed(code), AGENCY);
    assert.ok((await hear(phone, "trả lời, chậm nhất")).includes(AGENCY));
    officer = await answer(code);
    const said = await hear(phone, ANSWER.checked);
    for (const part of Object.values(ANSWER)) assert.ok(said.includes(part), part);
  });

  await step("five stars; in public nothing was added", async () => {
    await write(phone, "5 sao");
    await hear(phone, "Cảm ơn anh/chị đã đánh giá");
    await closedWith(officer, code, "Rất tốt");
    await phone.goto(post);
    assert.equal(await ofPage.count(), 1);
    assert.doesNotMatch(await phone.locator("#chat").innerText(), CODE);
    quiet(phone);
  });

  await step("the wall and the chat on a wide and on a narrow screen, light and dark", async () => {
    for (const network of ["post", "messenger"]) {
      for (const width of [360, 1280]) {
        for (const scheme of ["light", "dark"]) {
          const page = await city.page(width, scheme, { baseURL: city.phone });
          await page.goto(post.replace("network=post", `network=${network}`));
          await sound(page);
          await page.context().close();
        }
      }
    }
  });
});

test("without JavaScript the phone does all the same", async () => {
  const phone = await takePhone("Sơn Thủ Đức", "zalo", { width: 360, js: false });
  await write(phone, TEXT);
  const code = codeIn(await hear(phone, "Mã hồ sơ"));
  await sound(phone);
  await phone.locator("#chat").getByRole("button", { name: "Không đúng" }).click();
  await hear(phone, "chọn giúp lĩnh vực");
  await write(phone, "1");
  await hear(phone, "Đã ghi");
  await sendPhoto(phone);
  const operator = await city.officer("tiepnhan");
  assert.equal(await (await onCase(operator, code, ".flow .files a")).count(), 1);
  await phone.getByRole("link", { name: "Bình luận" }).click();
  await write(phone, TEXT);
  quiet(phone);
});
