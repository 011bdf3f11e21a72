// messaging-api-messenger against the simulator's Facebook.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import messenger from "messaging-api-messenger";

import { openWebhook, PICTURE, startSimulator } from "./simulator.mjs";

const { MessengerBatch, MessengerClient } = messenger;
const APP = "7654321";
const SECRET = "fb-client-app-secret";
const PAGE = "908070605040302";
const TOKEN = "EAACLIENTPAGETOKEN";

let simulator;
let webhook;
let client;

before(async () => {
  simulator = await startSimulator();
  webhook = await openWebhook();
  await simulator.control("POST", "facebook/apps", { id: APP, secret: SECRET });
  await simulator.control("POST", "facebook/pages", { id: PAGE, name: "1022 TP.HCM", app: APP, token: TOKEN });
  await simulator.control("PUT", `facebook/apps/${APP}/webhook`, { url: webhook.url, verify_token: "verify" });
  client = clientWith({});
});

after(async () => {
  await simulator?.stop();
  await webhook?.close();
});

/** Every call carries appsecret_proof, since the client has the app's secret. */
function clientWith(settings) {
  return new MessengerClient({
    accessToken: TOKEN,
    appId: APP,
    appSecret: SECRET,
    version: "25.0",
    origin: simulator.origin,
    ...settings,
  });
}

/** Somebody who has just written to the page. */
async function person(name = "Nguyễn Văn An") {
  const { id } = await simulator.control("POST", `facebook/pages/${PAGE}/people`, { name });
  await act(id, { kind: "text", text: "Mất điện từ 6 giờ sáng" });
  return { vendor: "facebook", id };
}

const act = (id, what) => simulator.control("POST", `facebook/pages/${PAGE}/people/${id}/acts`, what);

/** The webhook items of this kind that concern the person. */
async function told(id, kind) {
  await simulator.control("POST", "settle");
  const items = webhook.events.flatMap((event) => event.entry).flatMap((entry) => entry.messaging ?? []);
  return items.filter((item) => [item.sender.id, item.recipient.id].includes(id)).flatMap((item) => item[kind] ?? []);
}

const refused = (status, message) => (error) => {
  assert.equal(error.message, `Messenger API - ${message}`);
  assert.equal(error.response.status, status);
  return true;
};

test("the page, its token and its subscription are read", async () => {
  assert.deepEqual(await client.getPageInfo(), { id: PAGE, name: "1022 TP.HCM" });
  const token = await client.debugToken();
  assert.deepEqual([token.appId, token.isValid, token.profileId], [APP, true, PAGE]);
  const subscription = await client.getPageSubscription();
  assert.deepEqual([subscription.object, subscription.callbackUrl, subscription.active], ["page", webhook.url, true]);
});

test("a person's profile is read", async () => {
  const { id } = await person("Trần Thị Bình");
  const profile = await client.getUserProfile(id);
  assert.ok(profile.profilePic.startsWith("https://"));
  delete profile.profilePic;
  assert.deepEqual(profile, { id, name: "Trần Thị Bình", firstName: "Bình", lastName: "Trần Thị" });
});

test("a text with quick replies is sent, and one is tapped", async () => {
  const to = await person();
  const quickReplies = [{ contentType: "text", title: "Đúng", payload: "YES" }];
  const answer = await client.sendText(to.id, "Đã nhận: mất điện. Đúng không ạ?", { messagingType: "RESPONSE", quickReplies });
  assert.equal(answer.recipientId, to.id);

  const [sent, ...more] = await simulator.sent(to);
  assert.deepEqual(more, []);
  assert.deepEqual([sent.account, sent.kind, sent.message_id], [PAGE, "text", answer.messageId]);
  assert.deepEqual(sent.message, {
    text: "Đã nhận: mất điện. Đúng không ạ?",
    quick_replies: [{ content_type: "text", title: "Đúng", payload: "YES" }],
  });

  await act(to.id, { kind: "quick_reply", title: "Đúng", payload: "YES" });
  const messages = await told(to.id, "message");
  assert.ok(messages.some((message) => message.is_echo && message.mid === answer.messageId && message.app_id === Number(APP)));
  assert.deepEqual(messages.at(-1).quick_reply, { payload: "YES" });
});

test("templates with buttons are sent", async () => {
  const to = await person();
  const buttons = [
    { type: "postback", title: "Xem phản ánh", payload: "CASE" },
    { type: "web_url", title: "Trang thành phố", url: "https://example.org/" },
  ];
  await client.sendButtonTemplate(to.id, "Anh/chị cần gì ạ?", buttons);
  await client.sendGenericTemplate(to.id, [{ title: "26 4071 923 5", subtitle: "Đang xử lý", buttons: buttons.slice(0, 1) }]);
  const sent = await simulator.sent(to);
  assert.deepEqual(
    sent.map(({ kind, text, message }) => [kind, text, message.attachment.payload.template_type]),
    [
      ["template", "Anh/chị cần gì ạ?", "button"],
      ["template", "26 4071 923 5\nĐang xử lý", "generic"],
    ],
  );
  assert.deepEqual(sent[0].message.attachment.payload.buttons, buttons);
});

test("a picture is sent by address, with the call, and by an upload made before", async () => {
  const to = await person();
  await client.sendImage(to.id, "https://example.org/anh.png");
  await client.sendImage(to.id, PICTURE, { filename: "anh.gif" });
  const { attachmentId } = await client.uploadImage(PICTURE, { filename: "anh.gif", isReusable: true });
  await client.sendImage(to.id, { attachmentId });

  const sent = await simulator.sent(to);
  assert.deepEqual(sent.map(({ kind }) => kind), ["image", "image", "image"]);
  assert.equal(sent[2].message.attachment.payload.attachment_id, attachmentId);
  const echoes = (await told(to.id, "message")).filter((message) => message.is_echo);
  const [byAddress, ...uploaded] = echoes.map((echo) => echo.attachments[0].payload.url);
  assert.equal(byAddress, "https://example.org/anh.png");
  for (const url of uploaded) {
    assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), PICTURE);
  }
  assert.equal(uploaded.length, 2);
});

test("a batch sends as its parts would", async () => {
  const [an, binh] = [await person(), await person("Trần Thị Bình")];
  const parts = [MessengerBatch.sendText(an.id, "một"), MessengerBatch.sendText("1", "hai"), MessengerBatch.sendText(binh.id, "ba")];
  const answers = await client.sendBatch(parts);
  assert.deepEqual(answers.map(({ code }) => code), [200, 400, 200]);
  assert.deepEqual([answers[0].body.recipientId, answers[1].body.error.code], [an.id, 100]);
  assert.equal((await simulator.sent(an))[0].message_id, answers[0].body.messageId);
  assert.deepEqual((await simulator.sent(binh)).map(({ text }) => text), ["ba"]);
});

test("typing is shown and what was read is marked, and neither is a message", async () => {
  const to = await person();
  assert.deepEqual(await client.typingOn(to.id), { recipientId: to.id });
  assert.deepEqual(await client.markSeen(to.id), { recipientId: to.id });
  assert.deepEqual(await simulator.sent(to), []);
});

test("a comment is answered privately, once", async () => {
  const to = await person();
  const post = await simulator.control("POST", `facebook/pages/${PAGE}/posts`, { text: "Anh/chị đang vướng việc gì?" });
  const comment = await act(to.id, { kind: "comment", post: post.id, text: "đường ngập" });
  const answer = await client.sendText({ commentId: comment.id }, "Đã nhận, mã gửi qua tin nhắn");
  assert.equal(answer.recipientId, to.id);
  const again = client.sendText({ commentId: comment.id }, "lần nữa");
  await assert.rejects(again, refused(400, "10900 OAuthException (#10900) Activity already replied to"));
  assert.deepEqual((await simulator.sent(to)).map(({ text }) => text), ["Đã nhận, mã gửi qua tin nhắn"]);
});

test("Get Started, greeting and menu are set, read and taken away", async () => {
  assert.deepEqual(await client.setGetStarted("START"), { result: "success" });
  await client.setGreeting("Cổng phản ánh của thành phố");
  await client.setPersistentMenu([{ type: "postback", title: "Tra cứu", payload: "LOOK_UP" }]);
  assert.equal((await client.getGetStarted()).payload, "START");
  assert.deepEqual(await client.getGreeting(), [{ locale: "default", text: "Cổng phản ánh của thành phố" }]);
  const [menu] = await client.getPersistentMenu();
  assert.deepEqual(menu.callToActions, [{ type: "postback", title: "Tra cứu", payload: "LOOK_UP" }]);
  await client.deletePersistentMenu();
  assert.equal(await client.getPersistentMenu(), null);
});

test("a wrong token, a wrong proof and a person unknown are refused", async () => {
  const to = await person();
  const wrongToken = clientWith({ accessToken: "EAAWRONG" });
  await assert.rejects(wrongToken.sendText(to.id, "a"), refused(401, "190 OAuthException Invalid OAuth access token."));
  const wrongProof = clientWith({ appSecret: "another" });
  const message = "100 GraphMethodException Invalid appsecret_proof provided in the API argument";
  await assert.rejects(wrongProof.sendText(to.id, "a"), refused(400, message));
  await assert.rejects(client.sendText("1", "a"), refused(400, "100 OAuthException (#100) No matching user found"));
  assert.deepEqual(await simulator.sent(to), []);
});

test("too many calls and an answer that is lost are told apart", async () => {
  const to = await person();
  const rules = ["too_many", "lost_reply"].map((fault) => ({ call: "send", fault, times: 1 }));
  await simulator.control("PUT", "facebook/faults", { rules });
  const tooMany = refused(429, "613 OAuthException (#613) Calls to this api have exceeded the rate limit.");
  await assert.rejects(client.sendText(to.id, "một"), tooMany);
  await assert.rejects(client.sendText(to.id, "hai"), (error) => error.response === undefined);
  assert.deepEqual((await simulator.sent(to)).map(({ text, answered }) => [text, answered]), [["hai", false]]);
});

test("after a day only a human may answer", async () => {
  const to = await person();
  await simulator.control("POST", "clock", { advance_seconds: 25 * 3600 });
  const outside = refused(400, "10 OAuthException (#10) This message is sent outside of allowed window.");
  await assert.rejects(client.sendText(to.id, "muộn", { messagingType: "RESPONSE" }), outside);
  await client.sendText(to.id, "Cán bộ trả lời", { tag: "HUMAN_AGENT" });
  assert.deepEqual((await simulator.sent(to)).map(({ text }) => text), ["Cán bộ trả lời"]);
});
