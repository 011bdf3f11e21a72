"""python-telegram-bot against the simulator's Telegram."""

import asyncio
import json
import os
import unittest
from datetime import timedelta

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters, Update
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from simulator import PICTURE, Simulator, Webhook

# Spans of time as the client's next version gives them; without it every one makes a warning.
os.environ["PTB_TIMEDELTA"] = "true"

TOKEN = "123456789:AAClientTestTokenOfTheSimulator0000"


class TelegramTest(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.simulator = Simulator()
        cls.addClassCleanup(cls.simulator.stop)
        bot = {"token": TOKEN, "name": "1022 TP.HCM", "username": "doithoai_bot"}
        cls.id = cls.simulator.control("POST", "telegram/bots", bot)["id"]

    async def asyncSetUp(self):
        # Otherwise the loop, which unittest has debug, reports every step that took 0.1 s.
        asyncio.get_running_loop().slow_callback_duration = 60
        self.bot = await self.client(TOKEN)
        self.addAsyncCleanup(self.bot.delete_webhook)

    async def client(self, token):
        origin = self.simulator.origin
        bot = Bot(token, base_url=f"{origin}/bot", base_file_url=f"{origin}/file/bot")
        self.addAsyncCleanup(bot.shutdown)
        # Asks getMe.
        await bot.initialize()
        return bot

    def person(self, started=True):
        """The chat of somebody who has pressed Start."""
        person = self.simulator.control("POST", f"telegram/bots/{self.id}/people", {"name": "Nguyễn Văn An"})["id"]
        if started:
            self.act(person, kind="start")
        return person

    def act(self, person, **what):
        return self.simulator.control("POST", f"telegram/bots/{self.id}/people/{person}/acts", what)["id"]

    async def updates(self, person):
        """What is new of this chat, which is confirmed by asking for what follows it."""
        updates = await self.bot.get_updates(timeout=0)
        if updates:
            await self.bot.get_updates(offset=updates[-1].update_id + 1, timeout=0)
        return [update for update in updates if update.effective_chat.id == person]

    async def test_the_bot_reads_itself(self):
        me = await self.bot.get_me()
        self.assertEqual((str(me.id), me.first_name, me.username, me.is_bot), (self.id, "1022 TP.HCM", "doithoai_bot", True))

    async def test_a_webhook_is_set_and_gets_updates_with_the_secret(self):
        webhook = Webhook()
        self.addCleanup(webhook.close)
        self.assertTrue(await self.bot.set_webhook(webhook.url, secret_token="secret-1", allowed_updates=["message"]))
        info = await self.bot.get_webhook_info()
        self.assertEqual((info.url, info.allowed_updates, info.has_custom_certificate), (webhook.url, ("message",), False))
        with self.assertRaises(Conflict):
            await self.bot.get_updates(timeout=0)
        with self.assertRaisesRegex(BadRequest, "https url"):
            await self.bot.set_webhook("http://example.org/")

        person = self.person(started=False)
        self.act(person, kind="text", text="Mất điện từ 6 giờ sáng")
        self.simulator.control("POST", "settle")
        updates = [(headers, Update.de_json(json.loads(body), self.bot)) for headers, body in webhook.posts]
        [(headers, update)] = [(headers, update) for headers, update in updates if update.effective_chat.id == person]
        self.assertEqual(headers["x-telegram-bot-api-secret-token"], "secret-1")
        self.assertEqual((update.message.text, update.effective_user.first_name), ("Mất điện từ 6 giờ sáng", "Nguyễn Văn An"))

        await self.bot.delete_webhook()
        self.assertEqual((await self.bot.get_webhook_info()).url, "")

    async def test_a_text_with_buttons_answers_a_message_and_one_is_pressed(self):
        person = self.person()
        asked = self.act(person, kind="text", text="Đường ngập")
        buttons = InlineKeyboardMarkup([[InlineKeyboardButton("Đúng", callback_data="yes")]])
        reply = ReplyParameters(asked)
        answer = await self.bot.send_message(person, "Đúng không ạ?", reply_markup=buttons, reply_parameters=reply)
        self.assertEqual((answer.text, answer.chat.id, answer.from_user.username), ("Đúng không ạ?", person, "doithoai_bot"))
        self.assertEqual(answer.reply_to_message.text, "Đường ngập")
        self.assertEqual(answer.reply_markup, buttons)
        [sent] = self.simulator.sent("telegram", person)
        self.assertEqual((sent["account"], sent["kind"], sent["text"]), (self.id, "text", "Đúng không ạ?"))
        self.assertEqual(sent["message_id"], str(answer.message_id))
        self.assertEqual(sent["message"]["reply_markup"]["inline_keyboard"], [[{"text": "Đúng", "callback_data": "yes"}]])

        self.act(person, kind="callback", message=answer.message_id, data="yes")
        [*_, pressed] = await self.updates(person)
        self.assertEqual((pressed.callback_query.data, pressed.callback_query.message.message_id), ("yes", answer.message_id))
        self.assertTrue(await pressed.callback_query.answer("Cảm ơn"))
        edited = await answer.edit_text("Đã nhận")
        self.assertEqual((edited.message_id, edited.text), (answer.message_id, "Đã nhận"))
        with self.assertRaisesRegex(BadRequest, "not modified"):
            await answer.edit_text("Đã nhận")
        self.assertTrue(await answer.delete())

    async def test_a_picture_is_sent_and_one_is_fetched(self):
        person = self.person()
        answer = await self.bot.send_photo(person, PICTURE, caption="Trụ điện")
        self.assertEqual(answer.caption, "Trụ điện")
        again = await self.bot.send_photo(person, answer.photo[-1].file_id)
        self.assertEqual(again.photo[-1].file_id, answer.photo[-1].file_id)
        document = await self.bot.send_document(person, PICTURE, filename="anh.gif")
        await self.bot.send_voice(person, b"OggS")
        await self.bot.send_video(person, b"ftyp")
        sent = self.simulator.sent("telegram", person)
        self.assertEqual([one["kind"] for one in sent], ["photo", "photo", "document", "voice", "video"])
        self.assertEqual([one["text"] for one in sent], ["Trụ điện", "", "", "", ""])
        for uploaded in (answer.photo[-1], document.document):
            self.assertEqual(await (await uploaded.get_file()).download_as_bytearray(), PICTURE)

        self.act(person, kind="photo", caption="Đây ạ")
        [*_, update] = await self.updates(person)
        self.assertEqual(update.message.caption, "Đây ạ")
        photo = await update.message.photo[-1].get_file()
        self.assertEqual((await photo.download_as_bytearray())[:6], b"GIF89a")

    async def test_a_contact_and_a_place_come_and_a_place_is_sent(self):
        person = self.person()
        self.act(person, kind="contact", phone="+84900000000")
        self.act(person, kind="location", latitude=10.77, longitude=106.69)
        contact, place = (await self.updates(person))[-2:]
        self.assertEqual((contact.message.contact.phone_number, contact.message.contact.user_id), ("+84900000000", person))
        self.assertEqual((place.message.location.latitude, place.message.location.longitude), (10.77, 106.69))
        answer = await self.bot.send_location(person, 10.77, 106.69)
        self.assertEqual(answer.location.latitude, 10.77)
        self.assertTrue(await self.bot.send_chat_action(person, "typing"))
        self.assertEqual([one["kind"] for one in self.simulator.sent("telegram", person)], ["location"])

    async def test_errors(self):
        person = self.person()
        with self.assertRaises(InvalidToken):
            await self.client("123456789:wrong")
        with self.assertRaisesRegex(BadRequest, "Chat not found"):
            await self.bot.send_message(1, "a")
        with self.assertRaisesRegex(BadRequest, "too long"):
            await self.bot.send_message(person, "a" * 4_097)
        with self.assertRaisesRegex(Forbidden, "initiate"):
            await self.bot.send_message(self.person(started=False), "a")
        self.act(person, kind="block")
        with self.assertRaisesRegex(Forbidden, "blocked"):
            await self.bot.send_message(person, "a")
        self.assertEqual(self.simulator.sent("telegram", person), [])

    async def test_too_many_calls_and_an_answer_that_is_lost_are_told_apart(self):
        person = self.person()
        rules = [{"call": "send", "fault": fault, "times": 1} for fault in ("too_many", "lost_reply")]
        self.simulator.control("PUT", "telegram/faults", {"rules": rules})
        with self.assertRaises(RetryAfter) as too_many:
            await self.bot.send_message(person, "một")
        self.assertEqual(too_many.exception.retry_after, timedelta(seconds=35))
        with self.assertRaises(NetworkError):
            await self.bot.send_message(person, "hai")
        sent = [(one["text"], one["answered"]) for one in self.simulator.sent("telegram", person)]
        self.assertEqual(sent, [("hai", False)])
