// messaging-api-viber against the simulator's Viber.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import viber from "messaging-api-viber";

import { openWebhook, startSimulator } from "./simulator.mjs";

const { ViberClient } = viber;
const TOKEN = "44aaaa0000000002-0123456789abcdef-0123456789abcdef";

let simulator;
let webhook;
let client;

before(async () => {
  simulator = await startSimulator();
  webhook = await openWebhook();
  await simulator.control("POST", "viber/bots", { uri: "doithoai", name: "1022 TP.HCM", token: TOKEN });
  client = clientWith(TOKEN);
  await client.setWebhook(webhook.url);
});

after(async () => {
  await simulator?.stop();
  await webhook?.close();
});

function clientWith(accessToken) {
  return new ViberClient({ accessToken, sender: { name: "1022 TP.HCM" }, origin: simulator.origin });
}

/** Somebody who has opened the chat, and unless `silent` has written. */
async function person({ silent = false } = {}) {
  const { id } = await simulator.control("POST", "viber/bots/doithoai/people", { name: "Nguyễn Văn An" });
  if (!silent) {
    const acts = `viber/bots/doithoai/people/${encodeURIComponent(id)}/acts`;
    await simulator.control("POST", acts, { kind: "text", text: "Mất điện từ 6 giờ sáng" });
  }
  return { vendor: "viber", id };
}

const refused = (message) => ({ message: `Viber API - ${message}` });

test("a webhook is set where it is answered, and the account tells it", async () => {
  const eventTypes = ["delivered", "seen", "conversation_started"];
  const set = await client.setWebhook(webhook.url, { eventTypes });
  assert.deepEqual([set.status, set.statusMessage, set.eventTypes], [0, "ok", eventTypes]);
  assert.equal(webhook.events.at(-1).event, "webhook");
  const account = await client.getAccountInfo();
  assert.deepEqual([account.name, account.uri, account.webhook], ["1022 TP.HCM", "doithoai", webhook.url]);
  assert.deepEqual(account.eventTypes.toSorted(), eventTypes.toSorted());
  await assert.rejects(client.setWebhook("http://127.0.0.1:1/"), refused("invalidUrl"));
  assert.equal((await client.getAccountInfo()).webhook, webhook.url);
});

test("a text is sent, and its arrival told", async () => {
  const to = await person();
  const answer = await client.sendText(to.id, "Đã nhận: mất điện", { trackingData: "case-1" });
  const [sent, ...more] = await simulator.sent(to);
  assert.deepEqual(more, []);
  assert.deepEqual([sent.account, sent.kind, sent.text], ["doithoai", "text", "Đã nhận: mất điện"]);
  assert.deepEqual([sent.message.sender, sent.message.tracking_data], [{ name: "1022 TP.HCM" }, "case-1"]);
  // Tokens are above 2^53, which JavaScript rounds.
  assert.equal(answer.messageToken, Number(sent.message_id));

  await simulator.control("POST", "settle");
  const told = webhook.events.filter((event) => event.user_id === to.id);
  assert.deepEqual(told.map(({ event, message_token }) => [event, message_token]), [["delivered", answer.messageToken]]);
});

test("a keyboard is sent", async () => {
  const to = await person();
  const buttons = [{ columns: 3, rows: 1, actionType: "reply", actionBody: "YES", text: "Đúng" }];
  await client.sendText(to.id, "Đúng không ạ?", { keyboard: { type: "keyboard", buttons } });
  const [{ message }] = await simulator.sent(to);
  assert.deepEqual(message.keyboard, {
    Type: "keyboard",
    Buttons: [{ Columns: 3, Rows: 1, ActionType: "reply", ActionBody: "YES", Text: "Đúng" }],
  });
});

test("a picture, a file and a place are sent", async () => {
  const to = await person();
  await client.sendPicture(to.id, { text: "Trụ điện", media: "https://example.org/anh.jpg" });
  await client.sendFile(to.id, { media: "https://example.org/don.pdf", size: 10_000, fileName: "don.pdf" });
  await client.sendLocation(to.id, { lat: 10.77, lon: 106.69 });
  const sent = await simulator.sent(to);
  assert.deepEqual(sent.map(({ kind, text }) => [kind, text]), [["picture", "Trụ điện"], ["file", ""], ["location", ""]]);
  assert.equal(sent[0].message.media, "https://example.org/anh.jpg");
  assert.equal(sent[1].message.file_name, "don.pdf");
});

test("a person's details are read", async () => {
  const { id } = await person();
  const details = await client.getUserDetails(id);
  assert.deepEqual([details.id, details.name, details.language], [id, "Nguyễn Văn An", "vi"]);
  const status = await client.getOnlineStatus([id, "unknown="]);
  assert.deepEqual(status.map(({ onlineStatus }) => onlineStatus), [0, 4]);
});

test("a broadcast tells whom it did not reach", async () => {
  const to = await person();
  const answer = await client.broadcastText([to.id, "unknown="], "Cúp điện ngày mai");
  assert.deepEqual(answer.failedList, [{ receiver: "unknown=", status: 5, statusMessage: "receiverNotRegistered" }]);
  assert.deepEqual((await simulator.sent(to)).map(({ text }) => text), ["Cúp điện ngày mai"]);
});

test("a wrong token, a person unknown, one who has not written and too many calls are refused", async () => {
  const to = await person();
  await assert.rejects(clientWith("wrong").sendText(to.id, "a"), refused("invalidAuthToken"));
  await assert.rejects(client.sendText("unknown=", "a"), refused("receiverNotRegistered"));
  await assert.rejects(client.sendText((await person({ silent: true })).id, "a"), refused("receiverNotSubscribed"));
  await simulator.control("PUT", "viber/faults", { rules: [{ call: "send", fault: "too_many", times: 1 }] });
  await assert.rejects(client.sendText(to.id, "a"), refused("tooManyRequests"));
  assert.deepEqual(await simulator.sent(to), []);
});

test("without a webhook nothing is sent", async () => {
  const to = await person();
  await client.removeWebhook();
  await assert.rejects(client.sendText(to.id, "a"), refused("webhookNotSet"));
  await client.setWebhook(webhook.url);
  await client.sendText(to.id, "b");
  assert.deepEqual((await simulator.sent(to)).map(({ text }) => text), ["b"]);
});
