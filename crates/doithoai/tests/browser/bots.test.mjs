// A bot of Telegram is connected by an administrator, step by step, on a wide screen and on a telephone, with scripts and
// without; then somebody writes to it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { forgive, openCity, sound } from "./city.mjs";
import { quiet } from "./harness.mjs";
import { awaited, control } from "./vendor.mjs";

const TEXT = "cty em nop ho so hoan thue gtgt quy 3 tu thang 10, toi nay chua thay tra loi, von ket het";

let city;
before(async () => { city = await openCity(); });
after(() => city?.close());

/** Tells the simulated vendor something; answers what it answers. */
const tell = (path, body) => control(city.phone, "POST", `telegram/${path}`, body);

/** What the bot said first to a chat. */
const hear = (chat) => awaited(city.phone, `telegram/sent?to=${chat}`, ({ last }) => last[0]?.text);

for (const [width, scheme, js, id] of [[1280, "light", true, "123456781"], [360, "dark", false, "123456782"]]) {
  test(`a bot is connected at ${width} px, ${js ? "with" : "without"} scripts`, async () => {
    const token = `${id}:AADemoDemoDemoDemoDemoDemoDemoDemoDe`;
    await tell("bots", { token, name: "1022 TP.HCM", username: "tongdai1022_bot" });
    const admin = await city.officer("quantri", width, scheme, { js });
    await admin.goto("/admin/channels");
    await sound(admin);
    await admin.getByRole("link", { name: "Kết nối bot Telegram" }).click();
    await admin.getByText("Nhà mạng ở Việt Nam đang chặn Telegram").waitFor();
    assert.equal(await admin.locator("[name=enabled]").isChecked(), false, "off until somebody decides");
    await sound(admin);

    // What is wrong is said at its field.
    await admin.locator("#address").fill("@tongdai1022_bot");
    await admin.locator("#name").fill("Bot Telegram 1022");
    await admin.getByRole("button", { name: "Lưu và sang bước sau" }).click();
    await admin.locator("#address-error").waitFor();
    forgive(admin, 422);
    await sound(admin);
    await admin.locator("#address").fill(id);
    await admin.getByRole("button", { name: "Lưu và sang bước sau" }).click();
    await admin.getByRole("heading", { name: "Bước 2. Token" }).waitFor();
    await admin.getByRole("button", { name: "Kết nối", exact: true }).click();
    await admin.locator("#test").getByText("Chưa có token. Dán ở bước 2").waitFor();
    await sound(admin);

    await admin.locator("#access_token").fill(token);
    await admin.locator("[name=enabled]").check();
    await admin.getByText("Thiết lập thêm").click();
    await admin.locator("#base").fill(city.phone);
    await admin.getByRole("button", { name: "Lưu", exact: true }).click();
    await admin.getByText("Đã lưu. Để trống thì giữ nguyên").waitFor();
    await admin.getByRole("button", { name: "Kết nối", exact: true }).click();
    await admin.getByText("1022 TP.HCM (@tongdai1022_bot)").waitFor();
    await admin.locator("#test").getByText("Đăng ký địa chỉ nhận").waitFor();
    assert.ok(!(await admin.content()).includes(token), "the token never comes back");
    await sound(admin);

    // Somebody writes, and the page tells of it.
    const person = await tell(`bots/${id}/people`, { name: "Trần Thị B" });
    await tell(`bots/${id}/people/${person.id}/acts`, { kind: "text", text: TEXT });
    assert.match(await hear(person.id), /\d\d\s\d{4}\s\d{3}\s\d/);
    await admin.goto("/admin/channels");
    await admin.getByRole("link", { name: "Bot Telegram 1022" }).last().click();
    await admin.getByText("vừa xong").first().waitFor();
    await sound(admin);
    quiet(admin);
    await admin.context().close();
  });
}
