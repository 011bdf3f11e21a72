// The npm package smpp, as a client of the simulator's SMSC.

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, afterEach, before, beforeEach, test } from "node:test";

import smpp from "smpp";

import { startSimulator } from "./simulator.mjs";

const ACCOUNT = { system_id: "public", password: "s3cret" };
const ROUTE = { ...ACCOUNT, short_codes: ["8088"] };
const AN = "84901234567";

let simulator, address;
before(async () => {
  simulator = await startSimulator();
  ({ address } = await simulator.control("GET", "smsc"));
  await route();
});
beforeEach(() => received());
afterEach(() => {
  for (const session of open) session.destroy();
  open.clear();
});
after(() => simulator?.stop());

/** Sessions of the test that runs. */
const open = new Set();

/** Sets how the account behaves. */
const route = (changes = {}) => simulator.control("PUT", "smsc/routes", { ...ROUTE, ...changes });
const faults = (body) => simulator.control("PUT", "smsc/routes/public/faults", body);
const counters = async () => (await simulator.control("GET", "smsc")).routes.find(({ route }) => route.system_id === "public").counters;

async function connect() {
  const session = smpp.connect({ url: `smpp://${address}` });
  open.add(session);
  await once(session, "connect");
  // What comes before a test asks for it waits here.
  const waiting = [];
  let wanted;
  session.on("deliver_sm", (pdu) => {
    waiting.push(pdu);
    wanted?.();
  });
  return {
    session,
    ask: (command, fields = {}) => new Promise((answered) => session[command](fields, answered)),
    /** The next deliver_sm, answered with this status. */
    async take(status = 0) {
      while (waiting.length === 0) await new Promise((come) => (wanted = come));
      const pdu = waiting.shift();
      session.send(pdu.response({ command_status: status }));
      return pdu;
    },
  };
}

async function bound(how = "bind_transceiver") {
  const client = await connect();
  const answer = await client.ask(how, ACCOUNT);
  assert.deepEqual([answer.command_status, answer.system_id], [smpp.ESME_ROK, "SMSC01"]);
  return client;
}

// Left to itself this client calls GSM text ASCII, data_coding 1.
const message = (text, more = {}) => ({ data_coding: 0, source_addr: "8088", destination_addr: AN, dest_addr_ton: 1, dest_addr_npi: 1, short_message: text, ...more });

/** Texts that stand on the handset, and forgets them. */
async function received() {
  const { last } = await simulator.control("GET", `smsc/sent?to=${AN}`);
  await simulator.control("DELETE", "smsc/sent");
  return last.map(({ text }) => text);
}

test("binds are checked, one at a time", async () => {
  const client = await connect();
  const status = async (command, fields) => (await client.ask(command, fields)).command_status;
  assert.equal(await status("submit_sm", message("a")), smpp.ESME_RINVBNDSTS);
  assert.equal(await status("bind_transceiver", { ...ACCOUNT, password: "wrong" }), smpp.ESME_RINVPASWD);
  assert.equal(await status("bind_transceiver", { ...ACCOUNT, system_id: "nobody" }), smpp.ESME_RINVSYSID);
  assert.equal(await status("bind_transceiver", ACCOUNT), smpp.ESME_ROK);
  assert.equal(await status("bind_receiver", ACCOUNT), smpp.ESME_RALYBND);
  assert.equal(await status("enquire_link"), smpp.ESME_ROK);
  const gone = once(client.session, "close");
  assert.equal(await status("unbind"), smpp.ESME_ROK);
  await gone;
});

test("GSM, UCS-2 and long texts reach the handset", async () => {
  const client = await bound();
  const send = async (fields) => assert.equal((await client.ask("submit_sm", fields)).command_status, smpp.ESME_ROK);
  await send(message("Da nhan @ 10€"));
  await send(message("Đã tiếp nhận phản ánh", { data_coding: 8 }));
  const long = "Thành phố đã tiếp nhận phản ánh của doanh nghiệp và sẽ trả lời trong ba ngày làm việc.";
  for (const [number, part] of [long.slice(0, 67), long.slice(67)].entries()) {
    const udh = Buffer.from([5, 0, 3, 42, 2, number + 1]);
    await send(message({ udh, message: part }, { data_coding: 8 }));
  }
  await send(message("", { message_payload: "x".repeat(400) }));
  assert.deepEqual(await received(), ["Da nhan @ 10€", "Đã tiếp nhận phản ánh", long, "x".repeat(400)]);
});

test("a receipt carries the id in the form that is set", async () => {
  await route({ ids: "decimal", receipts: { ids: "hex", shape: "seconds" } });
  const client = await bound();
  const { message_id } = await client.ask("submit_sm", message("Da nhan", { registered_delivery: 1 }));
  const receipt = await client.take();
  const hex = Number(message_id).toString(16).toUpperCase().padStart(8, "0");
  assert.equal(receipt.esm_class, smpp.ESM_CLASS.MC_DELIVERY_RECEIPT);
  assert.match(receipt.short_message.message, new RegExp(`^id:${hex} sub:001 dlvrd:001 submit date:\\d{12} done date:\\d{12} stat:DELIVRD err:000 text:Da nhan$`));
  assert.deepEqual([receipt.receipted_message_id, receipt.message_state], [hex, smpp.MESSAGE_STATE.DELIVERED]);
  assert.deepEqual([receipt.source_addr, receipt.destination_addr], [AN, "8088"]);
  await route();
});

test("messages of people, in parts, again when they were not taken", async () => {
  const client = await bound("bind_receiver");
  const write = (more) => simulator.control("POST", "smsc/mo", { from: AN, to: "8088", ...more });
  await write({ text: "HOTRO giay phep" });
  assert.equal((await client.take()).short_message.message, "HOTRO giay phep");
  const text = "Mất điện từ sáng. ".repeat(6);
  await write({ text, parts: [2, 1] });
  const parts = [await client.take(), await client.take()].map(({ short_message: { udh, message } }) => ({ number: udh[0].at(-1), message }));
  assert.deepEqual(parts.map(({ number }) => number), [2, 1]);
  assert.equal(parts[1].message + parts[0].message, text);
  await write({ text: "chao" });
  assert.equal((await client.take(0x64)).short_message.message, "chao");
  await simulator.control("POST", "settle");
  await simulator.control("POST", "clock", { advance_seconds: 5 });
  assert.equal((await client.take()).short_message.message, "chao");
});

test("the SMSC asks too, throttles, and leaves those who do not answer", async () => {
  await route({ enquire_every_ms: 30 });
  const client = await bound();
  await once(client.session, "enquire_link");
  // This client leaves the answer to its user; there is none, so the link ends.
  await once(client.session, "close");
  await route();
  const other = await bound();
  await faults({ per_second: 0 });
  assert.equal((await other.ask("submit_sm", message("a"))).command_status, smpp.ESME_RTHROTTLED);
  await faults({ rules: [{ call: "send", fault: { status: 0x14 }, times: 1 }] });
  assert.equal((await other.ask("submit_sm", message("a"))).command_status, smpp.ESME_RMSGQFUL);
  assert.deepEqual(await received(), []);
  // A reset is an error to this client, which then closes.
  other.session.on("error", ({ code }) => assert.equal(code, "ECONNRESET"));
  const gone = new Promise((closed) => other.session.once("close", closed));
  await simulator.control("POST", "smsc/routes/public/drop");
  await gone;
  assert.ok((await counters()).throttled >= 1);
});
