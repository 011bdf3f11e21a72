// The main job in a real browser: a business writes, reception routes, the agency drafts, its leader approves, the sender
// reads, is not content and has it reopened; and a published answer is found by the next one who asks.
//
// WRITE_IMAGES=1 writes the pictures of the README into docs/images (story.mjs).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { axe, fits, quiet } from "./harness.mjs";
import { forgive, openCity, PHOTO, sound, spaced } from "./city.mjs";
import { ANSWER, approve, draft, route, row, submit } from "./desk.mjs";
import { picture, steps } from "./story.mjs";

const TEXT =
  "Công ty chúng tôi nộp hồ sơ hoàn thuế giá trị gia tăng đợt xuất khẩu quý 3 từ ngày 12/10, đã bổ sung một lần theo yêu cầu. " +
  "Đến nay chưa có thông báo chấp nhận hay từ chối, tiền hàng đang kẹt hơn một tỷ đồng. Xin cho biết hồ sơ đang ở khâu nào.";

let city;
before(async () => { city = await openCity(); });
after(() => city?.close());

test("the home page on a telephone", async () => {
  const page = await city.guest(360);
  await page.goto("/");
  await sound(page);
  await picture(page, "portal-home-360", { fullPage: true });
});

test("a business writes, the right agency answers, the business reads the answer and has it reopened", async (t) => {
  const step = steps(t);
  const business = await city.guest(1280);
  let code;

  await step("one box, one contact, a photo; the field and the agency are guessed while typing", async () => {
    await business.goto("/");
    await sound(business);
    await picture(business, "portal-home");
    await business.getByRole("textbox", { name: "Anh/chị đang vướng việc gì?" }).pressSequentially(TEXT.slice(0, 60));
    await business.locator("#text").fill(TEXT);
    await business.locator("#guess b").first().waitFor();
    assert.match(await business.locator("#guess").innerText(), /Thuế Thành phố Hồ Chí Minh/);
    await business.locator("#contact").fill("ketoan@lamkhue.example");
    await business.locator("#files").setInputFiles(PHOTO);
    assert.match(await business.locator("#chosen").innerText(), /bien-nhan\.jpg/);
    await business.getByRole("button", { name: "Gửi", exact: true }).click();
    await business.getByRole("heading", { name: "Còn một bước nữa" }).waitFor();
  });

  await step("then only what is missing", async () => {
    assert.match(await business.locator("#attach").innerText(), /bien-nhan\.jpg/, "the photo need not be chosen again");
    assert.equal(await business.locator("input[name=visibility]:checked, input[name=consent]:checked").count(), 0, "nothing is pre-ticked");
    forgive(business, 422);
    await sound(business);
    await business.locator("input[name=visibility][value=public]").check();
    await business.locator("#consent").check();
    await business.getByRole("button", { name: "Gửi đến Thành phố" }).click();
    await business.waitForURL(/\/ho-so\/\d{10}$/);
    code = new URL(business.url()).pathname.split("/").at(-1);
  });

  await step("the receipt gives the code, the proposed agency and when it will be confirmed", async () => {
    const words = await business.locator("main").innerText();
    assert.ok(words.includes(spaced(code)), words);
    assert.match(words, /Cơ quan trả lời \(dự kiến\)\s+Thuế Thành phố Hồ Chí Minh/);
    assert.match(words, /Xác nhận cơ quan và ngày trả lời trước/);
    assert.match(words, /bien-nhan\.jpg/);
    await sound(business);
    await picture(business, "receipt");
  });

  await step("reception confirms the proposal with one key", async () => {
    const operator = await city.officer("tiepnhan");
    await operator.goto("/console/q/screen");
    await row(operator, code).waitFor();
    await sound(operator);
    await picture(operator, "console-queue");
    assert.equal(await route(operator, code), "Thuế Thành phố Hồ Chí Minh");
    quiet(operator);
    await operator.context().close();
  });

  await step("the sender sees agency, due date and why it is that day", async () => {
    await business.reload();
    const words = await business.locator("main").innerText();
    assert.match(words, /Cơ quan trả lời\s+Thuế Thành phố Hồ Chí Minh/);
    assert.match(words, /Trả lời chậm nhất\s+thứ \S+ \d\d\/\d\d/);
    assert.match(words, /Vì sao là ngày này\?/);
    assert.match(words, /Căn cứ: /);
    await sound(business);
  });

  const officer = await city.officer("thue.nam");
  await step("the officer accepts, drafts in four parts and cannot approve the own draft", async () => {
    await draft(officer, code);
    await axe(officer);
    await fits(officer);
    await picture(officer, "console-case");
    await submit(officer);
    assert.equal(await officer.getByRole("button", { name: "Duyệt và gửi" }).count(), 0, "no button to approve");
    await officer.goto(`/console/c/${code}?k=approve`);
    assert.equal(await officer.getByRole("button", { name: "Duyệt và gửi" }).count(), 0, "nor by its address");
    const version = await officer.locator("[name=version]").first().inputValue();
    const answer = await officer.request.post(`/console/c/${code}/do/approve`, { form: { version, seen: "0", q: "" } });
    assert.ok([403, 422].includes(answer.status()), `approving the own draft: ${answer.status()}`);
    await business.reload();
    assert.ok(!(await business.locator("main").innerText()).includes(ANSWER.checked), "the sender sees no draft");
    quiet(officer);
  });

  await step("the leader approves on a telephone with two touches", async () => {
    const leader = await city.officer("thue.oanh", 360);
    await approve(leader, code);
    await sound(leader);
    await leader.context().close();
  });

  await step("the sender reads the answer at the same address", async () => {
    await business.reload();
    const words = await business.locator("main").innerText();
    for (const part of Object.values(ANSWER)) assert.ok(words.includes(part), part);
    assert.match(words, /Thuế Thành phố Hồ Chí Minh/);
    assert.match(words, /Đã trả lời\s+\d\d\/\d\d/);
    await sound(business);
    await picture(business, "answer");
  });

  await step("not content, with a reason: the case is open again at the agency", async () => {
    await business.getByText("Chưa đạt", { exact: true }).click();
    await business.getByRole("button", { name: "Gửi đánh giá" }).click();
    await business.locator(".errors").waitFor();
    forgive(business, 422);
    assert.match(await business.locator(".errors").innerText(), /Ghi điều gì chưa đạt/);
    assert.ok(await business.getByRole("radio", { name: "Chưa đạt", exact: true }).isChecked(), "the mark is kept");
    await business.locator("#comment").fill("Chưa nói rõ ngày nào tiền về tài khoản.");
    await business.getByRole("button", { name: "Gửi đánh giá" }).click();
    await business.locator("#rate").waitFor({ state: "detached" });
    await officer.goto(`/console/c/${code}`);
    const words = await officer.locator("main").innerText();
    assert.match(words, /Đang xử lý/);
    assert.match(words + (await officer.locator("aside").innerText()), /Chưa nói rõ ngày nào tiền về tài khoản/);
    await sound(officer);
  });
  quiet(business);
});

test("an answer is published after its preview and found by the next one who asks", async (t) => {
  const step = steps(t);
  const publisher = await city.officer("tiepnhan");
  const code = await city.report(`${TEXT} Liên hệ kế toán: 0909 123 456.`);
  await route(publisher, code);
  const officer = await city.officer("thue.nam");
  await draft(officer, code);
  await submit(officer);
  await approve(await city.officer("thue.oanh", 360), code);
  const title = `Hoàn thuế xuất khẩu quý 3, hồ sơ ${Date.now().toString(36)}`;

  await step("the publisher sees what readers will see before it goes", async () => {
    await publisher.goto(`/console/c/${code}`);
    await publisher.keyboard.press("p");
    await publisher.waitForURL(`**/console/c/${code}/publish`);
    assert.ok(!(await publisher.locator("#question").inputValue()).includes("0909 123 456"), "the number is blacked out already");
    assert.equal(await publisher.locator("button[value=publish]").count(), 0, "nothing goes without a look");
    await publisher.locator("#title").fill(title);
    await publisher.getByRole("button", { name: "Xem trước" }).click();
    await publisher.locator("article h3").waitFor();
    assert.equal(await publisher.locator("article h3").innerText(), title);
    await sound(publisher);
    for (const check of await publisher.locator("[name=check]").all()) await check.check();
    await publisher.getByRole("button", { name: "Công khai", exact: true }).click();
    await publisher.waitForURL("**/console/q/answered?done=publish*");
  });

  await step("the list shows it and the search finds it within seconds", async () => {
    const reader = await city.guest(360);
    await reader.goto("/hoi-dap");
    await reader.getByRole("link", { name: title }).waitFor();
    const end = Date.now() + 5000;
    const hit = reader.getByRole("link", { name: title });
    do await reader.goto(`/hoi-dap?q=${encodeURIComponent("hoan thue xuat khau")}`);
    while ((await hit.count()) === 0 && Date.now() < end);
    await hit.click();
    await reader.getByRole("heading", { level: 1, name: title }).waitFor();
    const words = await reader.locator("main").innerText();
    assert.ok(words.includes(ANSWER.checked) && !words.includes("0909 123 456"), words);
    await sound(reader);
  });
});
