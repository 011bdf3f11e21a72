// Every page: nothing for axe to find, no sideways scrolling, no complaint, at 360 and 1280 px, in light and in dark; the
// portal without scripts and with the keyboard alone; and what a first visit weighs.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { COLOURS, keyboardOnly, quiet, weigh } from "./harness.mjs";
import { forgive, openCity, sound } from "./city.mjs";

const KIB = 1024;
const TEXT = "Công ty chúng tôi nộp hồ sơ hoàn thuế giá trị gia tăng từ tháng 9, đến nay chưa có kết quả.";
const WIDTHS = [360, 1280];

let city, own;
before(async () => {
  city = await openCity();
  // A sender with a case: the pages that a pass opens.
  const page = await city.guest();
  await page.goto("/gui");
  await page.locator("#text").fill(TEXT);
  await page.locator("#contact").fill("ketoan@lamkhue.example");
  await page.locator("input[name=visibility][value=public]").check();
  await page.locator("#consent").check();
  await page.locator("form[data-send] button.send").click();
  await page.waitForURL(/\/ho-so\/\d{10}$/);
  own = { code: page.url().split("/").at(-1), state: await page.context().storageState() };
  await page.context().close();
});
after(() => city?.close());

/** Looks at every address at both widths in both schemes. An address may come with its status; else it is 200. */
async function look(open, addresses) {
  for (const width of WIDTHS) {
    const page = await open(width, "light");
    for (const given of addresses) {
      const [path, status = 200] = Array.isArray(given) ? given : [given];
      await page.emulateMedia({ colorScheme: "light" });
      const answer = await page.goto(path);
      assert.equal(answer.status(), status, `${path} at ${width} px`);
      if (status !== 200) forgive(page, status);
      await sound(page);
      await page.emulateMedia({ colorScheme: "dark" });
      await sound(page, { only: COLOURS });
    }
    await page.context().close();
  }
}

/** The first address on a page that matches. */
const link = (page, pattern) =>
  page.locator("a[href]").evaluateAll((all, text) => all.map((a) => a.getAttribute("href")).find((to) => new RegExp(text).test(to)), pattern);

describe("every page is fit to be seen", () => {
  test("the portal", async () => {
    const page = await city.guest();
    await page.goto("/hoi-dap");
    const answer = await link(page, "^/hoi-dap/[0-9a-f]");
    const code = await city.report(TEXT);
    await look((width, scheme) => city.guest(width, scheme), [
      "/", "/gui", "/tra-cuu", "/hoi-dap", "/hoi-dap?q=thuế", "/hoi-dap?q=zzzzzz", answer, "/du-lieu-ca-nhan", "/tro-giup",
      `/ho-so/${code}`, `/ho-so/${code}/ma`, ["/ho-so/2600000000", 404], ["/l/abc", 404], ["/khong-co", 404], "/?lang=en", "/gui?lang=en",
    ]);
  });

  test("the portal for the sender of a case", async () => {
    await look((width, scheme) => city.guest(width, scheme, { storageState: own.state }), [
      `/ho-so/${own.code}`, `/ho-so/${own.code}/rut`, `/ho-so/${own.code}/thu-hoi`, `/ho-so/${own.code}/ma`,
    ]);
  });

  test("the form with everything wrong", async () => {
    for (const width of WIDTHS) {
      const page = await city.guest(width, "dark", { js: false });
      await page.goto("/gui");
      await page.locator("form[data-send]").evaluate((form) => (form.noValidate = true));
      await page.locator("#text").fill("ngắn");
      await page.locator("form[data-send] button.send").click();
      await page.locator(".errors").waitFor();
      forgive(page, 422);
      await sound(page);
      await page.context().close();
    }
  });

  for (const [login, queues] of [
    ["tiepnhan", ["screen", "returned", "agency", "waiting", "answered", "due-soon", "overdue", "all", "sealed"]],
    ["thue.nam", ["mine", "accept", "joint", "agency"]],
    ["thue.oanh", ["approve", "mine"]],
    ["lanhdao", ["returned", "overdue", "all"]],
    ["dulieu", ["all", "sealed"]],
  ]) {
    test(`the lists of ${login}`, async () => {
      await look((width, scheme) => city.officer(login, width, scheme), queues.map((queue) => `/console/q/${queue}`));
    });
  }

  test("the sign-in, the account, the search, and what one may not see", async () => {
    await look((width, scheme) => city.guest(width, scheme), ["/console/login"]);
    await look((width, scheme) => city.officer("tiepnhan", width, scheme), [
      "/console/account", "/console/account/second-factor", "/console/search", "/console/search?q=thuế", ["/admin", 403], ["/console/c/2600000000", 404],
    ]);
  });

  test("a case in each state, with each of its forms", async () => {
    const forms = async (login, code) => {
      const page = await city.officer(login);
      await page.goto(`/console/c/${code}`);
      const all = await page.locator(".tabs a[href*='k=']").evaluateAll((tabs) => tabs.map((tab) => tab.getAttribute("href")));
      await page.context().close();
      assert.ok(all.length > 0, `${login} has something to do on ${code}`);
      return [`/console/c/${code}`, ...all];
    };
    const [screen, waiting, routed, draft] = [await city.report(TEXT), await city.asked(TEXT), await city.routed(TEXT), await city.drafted(TEXT)];
    const working = await city.routed(TEXT);
    const nam = await city.officer("thue.nam");
    await nam.goto(`/console/c/${working}`);
    await nam.getByRole("button", { name: "Nhận hồ sơ" }).click();
    await nam.getByRole("link", { name: "Hỏi bổ sung" }).waitFor();
    await nam.goto("/console/q/answered");
    const answered = (await link(nam, "^/console/c/\\d{10}")).match(/\d{10}/)[0];
    for (const [login, code] of [
      ["tiepnhan", screen], ["tiepnhan", waiting], ["thue.nam", routed], ["thue.nam", working], ["thue.oanh", working], ["thue.oanh", draft], ["tiepnhan", answered],
    ]) {
      const addresses = await forms(login, code);
      await look((width, scheme) => city.officer(login, width, scheme), addresses);
    }
  });

  test("publishing, before and after the preview", async () => {
    for (const width of WIDTHS) {
      const page = await city.officer("tiepnhan", width, "dark");
      await page.goto("/console/q/answered");
      const cases = await page.locator("[data-row] a").evaluateAll((all) => all.map((a) => a.getAttribute("href").match(/\d{10}/)[0]));
      let found;
      for (const code of cases) {
        found = (await page.goto(`/console/c/${code}/publish`)).status() === 200;
        if (found) break;
      }
      assert.ok(found, "an answered case may be published");
      await sound(page);
      await page.locator("button[value=preview]").click();
      await page.locator("article h3").waitFor();
      forgive(page, 422);
      await sound(page);
      await page.context().close();
    }
  });

  test("the administration", async () => {
    const page = await city.officer("quantri");
    await page.goto("/admin");
    const kinds = await page.locator("nav a[href^='/admin/reference/']").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    assert.ok(kinds.length >= 8, `${kinds}`);
    const rows = [];
    for (const kind of kinds) {
      await page.goto(kind);
      rows.push(await link(page, "^/admin/reference/[a-z_-]+/edit\\?"));
    }
    await page.goto("/admin/officers");
    const officer = await link(page, "^/admin/officers/.");
    await look((width, scheme) => city.officer("quantri", width, scheme), [
      "/admin", "/admin/jobs", "/admin/channels", "/admin/channels/new", "/admin/channels/viber/new", "/admin/officers", officer, ...kinds, ...rows.filter(Boolean), `${kinds[0]}/edit`,
    ]);
  });
});

describe("the portal without JavaScript", () => {
  test("home, the missing choices, 303, receipt", async () => {
    const page = await city.guest(360, "light", { js: false });
    await page.goto("/");
    await page.locator("#text").fill(TEXT);
    await page.locator("#contact").fill("0909 123 456");
    await page.getByRole("button", { name: "Gửi", exact: true }).click();
    await page.getByRole("heading", { name: "Còn một bước nữa" }).waitFor();
    await page.locator("input[name=visibility][value=agencies]").check();
    await page.locator("#consent").check();
    const statuses = [];
    page.on("response", (answer) => statuses.push(`${answer.request().method()} ${answer.status()}`));
    await page.locator("form[data-send] button.send").click();
    await page.waitForURL(/\/ho-so\/\d{10}$/);
    assert.deepEqual(statuses.slice(0, 2), ["POST 303", "GET 200"]);
    assert.match(await page.locator("main").innerText(), /Mã hồ sơ của anh\/chị/);
    forgive(page, 422);
    await sound(page);
    // And then: more to say, on the same page.
    await page.locator("#add textarea").fill("Bổ sung: số hồ sơ thuế 12/2026.");
    await page.getByRole("button", { name: "Gửi bổ sung" }).or(page.locator("#add button")).first().click();
    await page.getByText("số hồ sơ thuế 12/2026").waitFor();
  });

  test("a mistake keeps every word and every choice", async () => {
    const page = await city.guest(1280, "light", { js: false });
    await page.goto("/gui");
    await page.locator("form[data-send]").evaluate((form) => (form.noValidate = true));
    await page.locator("#text").fill(TEXT);
    await page.locator("#contact").fill("090912345");
    await page.locator("input[name=visibility][value=sender_hidden]").check();
    await page.locator("summary", { hasText: "Thêm thông tin" }).click();
    await page.locator("#tax_code").fill("9941001018");
    await page.locator("#name").fill("Nguyễn Văn An");
    await page.locator("form[data-send] button.send").click();
    const errors = await page.locator(".errors").innerText();
    assert.match(errors, /Chưa gửi được, còn 3 chỗ cần sửa/);
    assert.match(errors, /Số di động có 10 chữ số, anh\/chị đã nhập 9/);
    assert.match(errors, /Chữ số kiểm tra của mã số thuế không khớp/);
    assert.equal(await page.locator("#text").inputValue(), TEXT);
    assert.equal(await page.locator("#contact").inputValue(), "090912345");
    assert.equal(await page.locator("#name").inputValue(), "Nguyễn Văn An");
    assert.ok(await page.locator("input[name=visibility][value=sender_hidden]").isChecked());
    assert.ok(!(await page.locator("#consent").isChecked()), "consent is given anew");
    // Each mistake leads to its field.
    for (const to of await page.locator(".errors a").evaluateAll((all) => all.map((a) => a.getAttribute("href")))) {
      assert.equal(await page.locator(to).count(), 1, to);
    }
    forgive(page, 422);
    await sound(page);
  });

  test("look-up and search", async () => {
    const page = await city.guest(360, "light", { js: false });
    await page.goto("/");
    await page.locator("#code").fill(own.code);
    await page.getByRole("button", { name: "Xem", exact: true }).click();
    await page.waitForURL(`**/ho-so/${own.code}`);
    await page.goto("/hoi-dap");
    await page.locator("#q").fill("hoa don dien tu");
    await page.locator("form[role=search] button").click();
    await page.waitForURL(/\/hoi-dap\?q=/);
    assert.ok((await page.locator("a[href^='/hoi-dap/']").count()) > 0, "words without their marks find too");
    quiet(page);
  });
});

describe("the portal with the keyboard alone", () => {
  test("from the address bar to the receipt", async () => {
    const page = await city.guest(1280);
    await page.goto("/");
    const hand = keyboardOnly(page);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip", "the first stop leads to the content");
    await hand.type(page.locator("#text"), TEXT);
    await hand.type(page.locator("#contact"), "ketoan@lamkhue.example");
    await hand.press(page.getByRole("button", { name: "Gửi", exact: true }));
    await page.getByRole("heading", { name: "Còn một bước nữa" }).waitFor();
    await hand.press(page.locator("input[name=visibility]").first(), "Space");
    assert.equal(await page.locator("input[name=visibility]:checked").count(), 1);
    await hand.press(page.locator("#consent"), "Space");
    await hand.press(page.locator("form[data-send] button.send"));
    await page.waitForURL(/\/ho-so\/\d{10}$/);
  });

  for (const path of ["/", "/gui", "/tra-cuu", "/hoi-dap", "/du-lieu-ca-nhan", "/tro-giup"]) {
    test(`every stop on ${path} is seen and shows its focus`, async () => {
      for (const width of WIDTHS) {
        const page = await city.guest(width);
        await page.goto(path);
        const stops = await keyboardOnly(page).walk();
        assert.ok(stops.length > 5, `${stops.length} stops`);
        await page.context().close();
      }
    });
  }

  test("every stop on the own case is seen and shows its focus", async () => {
    const page = await city.guest(1280, "light", { storageState: own.state });
    await page.goto(`/ho-so/${own.code}`);
    assert.ok((await keyboardOnly(page).walk()).length > 10);
  });
});

describe("what a first visit weighs", () => {
  const check = (name, found, most) => {
    const { requests, bytes, fonts } = found;
    console.log(`${name}: ${(bytes / KIB).toFixed(1)} KiB in ${requests} requests, fonts ${(fonts.bytes / KIB).toFixed(1)} KiB`);
    assert.ok(requests <= most.requests, `${name}: ${requests} requests\n${found.loads.map((load) => load.url).join("\n")}`);
    assert.ok(bytes <= most.kib * KIB, `${name}: ${bytes} bytes`);
    assert.ok(fonts.requests > 0 && fonts.bytes <= 70 * KIB, `${name}: fonts of ${fonts.bytes} bytes`);
  };

  for (const path of ["/", "/gui", "/tra-cuu", "/hoi-dap", "/tro-giup"]) {
    test(`${path}: at most 30 KiB in 3 requests`, async () => {
      check(path, await weigh(await city.guest(), `${city.base}${path}`), { requests: 3, kib: 30 });
    });
  }
  test("the receipt: at most 30 KiB in 3 requests", async () => {
    const page = await city.guest(360, "light", { storageState: own.state });
    check("receipt", await weigh(page, `${city.base}/ho-so/${own.code}`), { requests: 3, kib: 30 });
  });
  for (const path of ["/console/q/all", "/console/q/screen"]) {
    test(`${path}: at most 100 KiB in 6 requests`, async () => {
      check(path, await weigh(await city.officer("tiepnhan"), `${city.base}${path}`), { requests: 6, kib: 100 });
    });
  }
  test("a case in the console: at most 100 KiB in 6 requests", async () => {
    const page = await city.officer("tiepnhan");
    check("case", await weigh(page, `${city.base}/console/c/${own.code}`), { requests: 6, kib: 100 });
  });
});
