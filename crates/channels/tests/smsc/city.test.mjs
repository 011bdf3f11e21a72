// A business with any telephone, through a public SMSC: npm's smpp is linked by the administrator's form to a city that
// runs; report, receipt, answer, status and what became of each message.
//
// Needs the built program and a Chromium, as the tests in crates/doithoai/tests/browser say.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openCity } from "../../../doithoai/tests/browser/city.mjs";
import { approve, draft, route, submit } from "../../../doithoai/tests/browser/desk.mjs";
import { until } from "../../../doithoai/tests/browser/exchange.mjs";
import { steps } from "../../../doithoai/tests/browser/story.mjs";
import { concat, startSmsc } from "./smsc.mjs";

const [CODE, PHONE] = ["8088", "84905551022"];
/** As people write on an old telephone: three parts. */
const REPORT =
  "Cong ty em nop ho so hoan thue GTGT hang xuat khau quy IV tu ngay 15/12, den nay qua 40 ngay van chua co tra loi. " +
  "Em da goi dien 3 lan, can bo noi cho. Von bi ket het, khong co tien tra luong cho 60 cong nhan va tien mua nguyen lieu. " +
  "Xin cho biet ho so dang o dau, thieu giay to gi, bao gio co ket qua, ai la nguoi giai quyet de em lien he.";

let city, smsc;
before(async () => {
  smsc = await startSmsc();
  city = await openCity();
});
after(async () => {
  await city?.close();
  smsc?.stop();
});

/** Somebody texts the city: the parts of a message in the order in which they come, and the SMSC hears that each is kept. */
async function text(...parts) {
  for (const part of parts) {
    const answer = await smsc.deliver({ source_addr: PHONE, destination_addr: CODE, ...part });
    assert.equal(answer.command_status, 0);
  }
}

/** The telephone's inbox: whole messages, each with its PDUs in their order. */
function inbox() {
  const whole = new Map();
  for (const pdu of smsc.taken.filter((pdu) => pdu.destination_addr === PHONE)) {
    const [, , ref, count = 1, part = 1] = concat(pdu) ?? [0, 0, `whole ${pdu.sequence_number}`];
    const message = whole.get(ref) ?? { count, pdus: [] };
    message.pdus[part - 1] = pdu;
    whole.set(ref, message);
  }
  const complete = [...whole.values()].filter(({ count, pdus }) => pdus.filter(Boolean).length === count);
  return complete.map(({ pdus }) => ({ pdus, text: pdus.map((pdu) => pdu.short_message.message).join("") }));
}

/** The message that comes with these words. */
async function hears(words) {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((soon) => setTimeout(soon, 25))) {
    const found = inbox().find(({ text }) => text.includes(words));
    if (found) return found;
  }
  return assert.fail(`"${words}" never came: ${JSON.stringify(inbox().map(({ text }) => text))}`);
}

/** The handset has it: one receipt for each part. */
async function arrived({ pdus }) {
  for (const pdu of pdus) {
    const id = smsc.idOf(pdu);
    const receipt = `id:${id} sub:001 dlvrd:001 submit date:2609230809 done date:2609230810 stat:DELIVRD err:000 text:`;
    await text({ esm_class: 4, short_message: receipt });
  }
}

/** The officer's page of the case says so many times that a message has arrived. */
async function shown(officer, code, times) {
  await until(officer, `/console/c/${code}`, `.flow li:has-text("Đã tới") >> nth=${times - 1}`);
}

test("the city's SMS through a public SMSC", async (t) => {
  const step = steps(t);
  const operator = await city.officer("tiepnhan");
  let code, receipt;

  await step("the administrator links the number", async () => {
    const admin = await city.officer("quantri");
    await admin.goto("/admin/channels/sms/new");
    await admin.locator("#address").fill(CODE);
    await admin.locator("#name").fill("SMS 8088");
    await admin.locator("main form button.go").click();
    await admin.getByRole("link", { name: "Thêm đường SMPP" }).click();
    const fields = { route_name: "npm smpp", host: "127.0.0.1", port: String(smsc.port), system_id: "doithoai", password: "s3cret" };
    for (const [name, value] of Object.entries(fields)) await admin.locator(`#${name}`).fill(value);
    await admin.locator("main form button.go").first().click();
    await admin.locator("#routes").waitFor();
    await smsc.session;
    await until(admin, new URL(admin.url()).pathname, "#routes .st.good");
    await admin.context().close();
  });

  await step("three parts out of order are one case, and the receipt is one segment", async () => {
    const size = 153;
    const part = (number) => {
      const udh = Buffer.from([5, 0, 3, 0x2a, 3, number]);
      return { esm_class: 0x40, short_message: { udh, message: REPORT.slice((number - 1) * size, number * size) } };
    };
    assert.equal(Math.ceil(REPORT.length / size), 3);
    await text(part(3), part(1));
    assert.deepEqual(inbox(), [], "two parts are no message");
    // The last one twice: the SMSC did not hear the first answer.
    await text(part(2), part(2));
    receipt = await hears("1022 da nhan");
    code = receipt.text.match(/KQ (\d{10})/)[1];
    assert.equal(receipt.pdus.length, 1);
    assert.ok(receipt.text.length <= 160);
    assert.deepEqual([receipt.pdus[0].source_addr, receipt.pdus[0].data_coding, receipt.pdus[0].registered_delivery], [CODE, 0, 1]);
    await operator.goto(`/console/c/${code}`);
    assert.ok((await operator.locator(".flow").innerText()).includes(REPORT), "joined in their order");
  });

  await step("what the handset says of it is shown", async () => {
    assert.equal(await operator.locator(".flow").getByText("Đã tới").count(), 0);
    await arrived(receipt);
    await shown(operator, code, 1);
  });

  await step("the agency's answer arrives", async () => {
    await route(operator, code);
    await arrived(await hears("cham nhat"));
    const officer = await city.officer("thue.nam");
    await draft(officer, code);
    await submit(officer);
    const leader = await city.officer("thue.oanh", 360);
    await approve(leader, code);
    const answer = await hears(`DG ${code}`);
    assert.match(answer.text, /Quyet dinh hoan thue duoc ky trong 3 ngay lam viec toi/);
    assert.ok(answer.pdus.length > 1);
    await arrived(answer);
    await shown(officer, code, 2);
    await Promise.all([officer, leader].map((page) => page.context().close()));
  });

  await step("KQ and the code tell where it stands", async () => {
    const before = inbox().length;
    await text({ short_message: `kq ${code}` });
    for (const end = Date.now() + 20_000; inbox().length === before && Date.now() < end; ) await new Promise((soon) => setTimeout(soon, 25));
    const status = inbox().at(-1);
    assert.ok(status.text.replace(/\s/g, "").includes(code), status.text);
    assert.match(status.text, /tra loi/i);
    assert.equal(inbox().filter(({ text }) => text.includes("1022 da nhan")).length, 1, "one report, one case");
  });

  await operator.context().close();
});
