// What officers see of each other: a new case stands in an open list at once, and of two who write on one case the second
// is told, with both texts in sight.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { quiet } from "./harness.mjs";
import { forgive, openCity, sound } from "./city.mjs";

const TEXT = "Chúng tôi vướng hồ sơ hoàn thuế giá trị gia tăng quý 3, hai tháng chưa có kết quả.";

let city;
before(async () => { city = await openCity(); });
after(() => city?.close());

test("a new case stands in a colleague's open list within two seconds, and what the hand was on stays", async () => {
  const colleague = await city.officer("tiepnhan");
  await colleague.goto("/console/q/screen");
  // A first case proves that the stream is open; the second is timed.
  const warm = await city.report(`${TEXT} Lần một.`);
  await colleague.locator(`#case-${warm}`).waitFor();
  await colleague.keyboard.press("j");
  const chosen = await colleague.locator("[data-row].cur").getAttribute("id");

  const code = await city.report(`${TEXT} Lần hai.`);
  const begun = Date.now();
  await colleague.locator(`#case-${code}`).waitFor({ timeout: 2000 });
  const took = Date.now() - begun;
  assert.ok(took < 2000, `${took} ms`);
  assert.equal(await colleague.locator("[data-row].cur").getAttribute("id"), chosen, "the chosen row stays chosen");
  await sound(colleague);

  // Routed by somebody else, it leaves the list by itself.
  const other = await city.officer("tiepnhan");
  await other.goto(`/console/c/${code}?q=screen`);
  await other.keyboard.press("c");
  await other.waitForURL("**/console/q/screen?done=route*");
  await colleague.locator(`#case-${code}`).waitFor({ state: "detached", timeout: 2000 });
  quiet(colleague);
});

test("of two officers on one case the second save is refused, and both texts stay in sight", async () => {
  const code = await city.routed(TEXT);
  const nam = await city.officer("thue.nam");
  await nam.goto(`/console/c/${code}`);
  await nam.getByRole("button", { name: "Nhận hồ sơ" }).click();
  await nam.getByRole("link", { name: "Trả lời" }).waitFor();
  const oanh = await city.officer("thue.oanh");

  // Both have the same version in front of them and write.
  await nam.goto(`/console/c/${code}?k=reply`);
  const mine = "Hồ sơ đã kiểm tra xong, còn chờ ký quyết định hoàn.";
  await nam.locator("#checked").fill(mine);
  await nam.locator("#legal_basis").fill("Luật Quản lý thuế 38/2019/QH14, Điều 75.");
  await nam.locator("#next_steps").fill("Ký quyết định trong 3 ngày làm việc.");
  await oanh.goto(`/console/c/${code}?k=extend`);
  const reason = "Cần xác minh thêm chứng từ của bên bán.";
  await oanh.locator("#reason").fill(reason);
  await oanh.locator("#until").fill("2027-03-01");
  await oanh.getByRole("button", { name: "Gia hạn" }).click();
  await oanh.waitForURL((url) => url.pathname === `/console/c/${code}` && !url.search);

  await nam.getByText("Có người vừa cập nhật hồ sơ này.").waitFor({ timeout: 2000 });
  assert.equal(await nam.locator("#checked").inputValue(), mine, "the notice takes nothing away");
  const [answer] = await Promise.all([
    nam.waitForResponse((response) => response.request().method() === "POST"),
    nam.locator("#checked").press("Control+Enter"),
  ]);
  assert.equal(answer.status(), 409);
  const conflict = nam.locator("section[role=alert]");
  await conflict.waitFor();
  const words = await conflict.innerText();
  assert.match(words, /Có người vừa sửa trước anh\/chị/);
  assert.ok(words.includes(reason), `what the other did: ${words}`);
  assert.ok(words.includes(mine), `what was written here: ${words}`);
  assert.equal(await nam.locator("#checked").inputValue(), mine, "and it stands in the form, to be sent again");
  forgive(nam, 409);
  await sound(nam);

  await nam.locator("#next_steps").press("Control+Enter");
  await nam.getByText("Đã dự thảo, chờ duyệt").first().waitFor();
});
