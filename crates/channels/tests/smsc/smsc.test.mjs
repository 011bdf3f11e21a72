// npm's smpp as a public SMSC: our session binds to it, sends to it, and is delivered to.
//
// Our side is the example `esme` of the crate (ESME_BIN, else target/debug/examples/esme): lines `NUMBER TEXT` go in, JSON
// comes out.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import smpp from "smpp";

import { concat, startSmsc } from "./smsc.mjs";

const PROGRAM = process.env.ESME_BIN ?? fileURLToPath(new URL("../../../../target/debug/examples/esme", import.meta.url));
const LONG =
  "Kính gửi anh/chị: Thành phố đã tiếp nhận phản ánh của doanh nghiệp về giấy phép kinh doanh, mã hồ sơ 26 4071 923 5. " +
  "Chi cục Thuế khu vực sẽ trả lời trong ba ngày làm việc, chậm nhất thứ Năm 12/02. Cần hỏi thêm, xin soạn KQ và mã hồ sơ 😀.";

/** Our side, bound. */
async function startEsme(port, { host = "127.0.0.1", password = "s3cret", root = [] } = {}) {
  const child = spawn(PROGRAM, [`${host}:${port}`, "doithoai", password, "1022", ...root], { stdio: ["pipe", "pipe", "pipe"] });
  await once(child, "spawn");
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  let complaint = "";
  child.stderr.on("data", (octets) => (complaint += octets));
  const ended = once(child, "close");
  return {
    /** The next thing it says. */
    says: async () => {
      const { value, done } = await lines.next();
      return done ? assert.fail(`it ended: ${complaint}`) : JSON.parse(value);
    },
    send: (number, text) => child.stdin.write(`${number} ${text}\n`),
    leave: async () => {
      child.stdin.end();
      const last = (await lines.next()).value;
      const [code] = await ended;
      return { last: last && JSON.parse(last), code, complaint };
    },
  };
}

/** A test with both sides, which are stopped whatever happens. */
const together = (name, play) =>
  test(name, async () => {
    const smsc = await startSmsc();
    try {
      const esme = await startEsme(smsc.port);
      assert.deepEqual(await esme.says(), { bound: true });
      await play(smsc, esme);
      assert.deepEqual(await esme.leave().then(({ last, code }) => [last, code]), [{ ended: "unbound" }, 0]);
    } finally {
      smsc.stop();
    }
  });

together("a long Vietnamese text arrives whole", async (smsc, esme) => {
  esme.send("84900000001", LONG);
  const ids = [];
  for (let part = 0; part < 4; part++) ids.push((await esme.says()).sent);
  assert.deepEqual(ids, ["00A1", "00A2", "00A3", "00A4"]);
  assert.equal(smsc.taken.map((pdu) => pdu.short_message.message).join(""), LONG);
  smsc.taken.forEach((pdu, place) => {
    assert.deepEqual([...concat(pdu).subarray(3)], [4, place + 1]);
    assert.deepEqual([pdu.data_coding, pdu.esm_class, pdu.registered_delivery], [8, 0x40, 1]);
    assert.deepEqual([pdu.source_addr, pdu.source_addr_npi, pdu.destination_addr, pdu.dest_addr_ton], ["1022", 1, "84900000001", 1]);
  });
});

together("a text without diacritics is one GSM message, its brackets too", async (smsc, esme) => {
  const text = `Ho so [26 4071 923 5] {da tiep nhan} @_$ ${"x".repeat(110)}`;
  esme.send("84900000001", text);
  assert.deepEqual(await esme.says(), { sent: "00A1" });
  const [{ short_message, data_coding, esm_class }] = smsc.taken;
  assert.deepEqual([data_coding, esm_class, short_message.udh], [0, 0, undefined]);
  assert.equal(short_message.message, text);
});

together("a refusal is told", async (smsc, esme) => {
  esme.send("84900000009", "x");
  assert.deepEqual(await esme.says(), { error: "throttled: 0x58 ESME_RTHROTTLED" });
});

together("a message in parts that come in any order", async (smsc, esme) => {
  const parts = ["Đường Nguyễn Huệ ", "ngập từ sáng, ", "xe không vào được."];
  for (const part of [3, 1, 2, 1]) {
    const udh = Buffer.from([5, 0, 3, 0x2a, 3, part]);
    const answer = await smsc.deliver({ esm_class: 0x40, data_coding: 8, short_message: { udh, message: parts[part - 1] } });
    assert.equal(answer.command_status, 0);
    if (part === 2) break;
  }
  const { message, parts: count } = await esme.says();
  assert.deepEqual([message.text, message.sender_id, message.recipient_id, count], [parts.join(""), "84900000001", "1022", 3]);
});

together("a message by itself, by header of 16 bits, by parameters", async (smsc, esme) => {
  await smsc.deliver({ short_message: "HOTRO giay phep {1}" });
  assert.equal((await esme.says()).message.text, "HOTRO giay phep {1}");
  for (const part of [1, 2]) {
    const udh = Buffer.from([6, 8, 4, 0xbe, 0xef, 2, part]);
    await smsc.deliver({ esm_class: 0x40, short_message: { udh, message: `phan ${part} ` } });
  }
  assert.equal((await esme.says()).message.text, "phan 1 phan 2 ");
  for (const part of [1, 2]) {
    const sar = { sar_msg_ref_num: 0x1234, sar_total_segments: 2, sar_segment_seqnum: part };
    await smsc.deliver({ ...sar, short_message: `doan ${part} ` });
  }
  assert.equal((await esme.says()).message.text, "doan 1 doan 2 ");
  await smsc.deliver({ message_payload: "Xin chào" });
  assert.equal((await esme.says()).message.text, "Xin chào");
});

together("what became of our messages", async (smsc, esme) => {
  esme.send("84900000001", "Ho so");
  const { sent } = await esme.says();
  const text = `id:${sent} sub:001 dlvrd:001 submit date:2609230809 done date:2609230810 stat:DELIVRD err:000 text:Ho so`;
  const answer = await smsc.deliver({ esm_class: 4, destination_addr: "1022", short_message: text });
  assert.equal(answer.command_status, 0);
  const told = await esme.says();
  assert.deepEqual([told.receipt.id, told.receipt.stat, told.event.event_kind], [sent, "DELIVRD", "delivery_receipt"]);
  await smsc.deliver({ esm_class: 4, short_message: "", receipted_message_id: sent, message_state: 5 });
  assert.deepEqual((await esme.says()).event.event_kind, "failed");
});

together("the SMSC may ask, and say what we do not know", async (smsc) => {
  const session = await smsc.session;
  const asked = () => new Promise((resolve) => session.enquire_link(resolve));
  assert.equal((await asked()).command, "enquire_link_resp");
  const nack = once(session, "generic_nack");
  session.query_sm({ message_id: "1" });
  assert.equal((await nack)[0].command_status, smpp.ESME_RINVCMDID);
  assert.equal((await asked()).command_status, 0);
});

test("a wrong password is no reason to try again", async () => {
  const smsc = await startSmsc();
  try {
    const { code, complaint } = await (await startEsme(smsc.port, { password: "wrong" })).leave();
    assert.equal(code, 1);
    assert.match(complaint, /Misconfigured\("0x0E ESME_RINVPASWD"\)/);
  } finally {
    smsc.stop();
  }
});

/** A certificate for localhost in a folder of its own. */
function certificate() {
  const folder = mkdtempSync(join(tmpdir(), "smsc-"));
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(folder, name));
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject, "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  return { key: readFileSync(key), cert: readFileSync(cert), file: cert, remove: () => rmSync(folder, { recursive: true }) };
}

test("over TLS, with a certificate that is trusted, and not with another", async () => {
  const [ours, other] = [certificate(), certificate()];
  const smsc = await startSmsc({ key: ours.key, cert: ours.cert });
  smsc.onError(() => {});
  try {
    const esme = await startEsme(smsc.port, { host: "localhost", root: [ours.file] });
    assert.deepEqual(await esme.says(), { bound: true });
    esme.send("84900000001", "Ho so");
    assert.deepEqual(await esme.says(), { sent: "00A1" });
    assert.deepEqual((await esme.leave()).last, { ended: "unbound" });
    const refused = await startEsme(smsc.port, { host: "localhost", root: [other.file] });
    const { code, complaint } = await refused.leave();
    assert.equal(code, 1);
    assert.match(complaint, /Misconfigured\("certificate refused/);
  } finally {
    smsc.stop();
    ours.remove();
    other.remove();
  }
});
