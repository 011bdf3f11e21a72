// The hands of the desk: reception routes, an officer drafts, the leader approves.

import assert from "node:assert/strict";

import { keyboardOnly } from "./harness.mjs";

/** An answer about a tax refund, in its parts. */
export const ANSWER = {
  checked: "Hồ sơ hoàn thuế của công ty thuộc diện kiểm tra trước. Biên bản kiểm tra đã lập ngày 18/11, còn bước ký quyết định hoàn.",
  legal_basis: "Luật Quản lý thuế 38/2019/QH14, Điều 73 và Điều 75.",
  next_steps: "Quyết định hoàn thuế được ký trong 3 ngày làm việc tới. Tiền về tài khoản sau khi Kho bạc nhận lệnh.",
};

/** The row of a case in an open list. */
export const row = (page, code) => page.locator(`#case-${code}`);

/** Reception routes as proposed: by keyboard from the list, at most two keys once the case is open. */
export async function route(operator, code) {
  await operator.goto("/console/q/screen");
  const hand = keyboardOnly(operator);
  await hand.press(row(operator, code).locator("a"));
  await operator.waitForURL(`**/console/c/${code}?q=screen`);
  let keys = 0;
  const press = async (key) => { keys += 1; await operator.keyboard.press(key); };
  const proposed = await operator.locator("#lead option:checked").innerText();
  await press("c");
  await operator.waitForURL("**/console/q/screen?done=route*");
  assert.ok(keys <= 2);
  assert.equal(await row(operator, code).count(), 0, "the case has left the list");
  return proposed;
}

/** The agency's officer accepts and drafts; the page is left on the case. */
export async function draft(officer, code) {
  await officer.goto("/console/q/accept");
  await row(officer, code).locator("a").click();
  await officer.waitForURL(`**/console/c/${code}?q=accept`);
  await officer.keyboard.press("a");
  await officer.waitForURL("**/console/q/accept?done=accept*");
  await officer.goto(`/console/c/${code}`);
  await officer.keyboard.press("r");
  await officer.locator("#checked").fill(ANSWER.checked);
  await officer.locator("#legal_basis").fill(ANSWER.legal_basis);
  await officer.locator("#next_steps").fill(ANSWER.next_steps);
}

/** What was drafted goes to the leader. */
export async function submit(officer) {
  await officer.locator("#next_steps").press("Control+Enter");
  await officer.getByText("Đã dự thảo, chờ duyệt").first().waitFor();
}

/** The leader approves on a telephone: one touch opens the case, one approves. */
export async function approve(leader, code) {
  await leader.goto("/console/q/approve");
  await row(leader, code).locator("a").tap();
  await leader.waitForURL(`**/console/c/${code}?q=approve`);
  await leader.getByRole("button", { name: "Duyệt và gửi" }).tap();
  await leader.waitForURL("**/console/q/approve?done=approve*");
}
