"""viberbot against the simulator's Viber."""

import logging
import unittest
from urllib.parse import quote

from viberbot import Api, BotConfiguration
from viberbot.api.messages import PictureMessage, TextMessage
from viberbot.api.viber_requests import ViberDeliveredRequest, ViberMessageRequest

from simulator import Simulator, Webhook

TOKEN = "44aaaa0000000003-0123456789abcdef-0123456789abcdef"


class ViberTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # What it logs about refused calls has the token in it.
        logging.getLogger("viber.bot.api").addHandler(logging.NullHandler())
        cls.simulator = Simulator()
        cls.addClassCleanup(cls.simulator.stop)
        cls.webhook = Webhook()
        cls.addClassCleanup(cls.webhook.close)
        cls.simulator.control("POST", "viber/bots", {"uri": "doithoai", "name": "1022 TP.HCM", "token": TOKEN})
        cls.viber = cls.client(TOKEN)
        cls.viber.set_webhook(cls.webhook.url)

    @classmethod
    def client(cls, token):
        viber = Api(BotConfiguration(name="1022 TP.HCM", avatar="https://example.org/avatar.jpg", auth_token=token))
        # It takes no other address than the vendor's.
        viber._request_sender._viber_bot_api_url = f"{cls.simulator.origin}/pa"
        return viber

    def person(self):
        """Somebody who has opened the chat."""
        return self.simulator.control("POST", "viber/bots/doithoai/people", {"name": "Nguyễn Văn An"})["id"]

    def write(self, person, text="Mất điện từ 6 giờ sáng"):
        acts = f"viber/bots/doithoai/people/{quote(person, safe='')}/acts"
        self.simulator.control("POST", acts, {"kind": "text", "text": text})

    def writer(self):
        person = self.person()
        self.write(person)
        return person

    def told(self, kind):
        """The webhooks of this kind as the client reads them; each must bear a signature that it takes for good."""
        self.simulator.control("POST", "settle")
        events = []
        for headers, body in self.webhook.posts:
            signature = headers["x-viber-content-signature"]
            self.assertTrue(self.viber.verify_signature(body, signature))
            self.assertFalse(self.viber.verify_signature(body + b" ", signature))
            if b'"event":"webhook"' not in body:
                events.append(self.viber.parse_request(body))
        return [event for event in events if isinstance(event, kind)]

    def refused(self, status, message):
        return self.assertRaisesRegex(Exception, f"^failed with status: {status}, message: {message}$")

    def test_a_webhook_is_set_where_it_is_answered(self):
        events = self.viber.set_webhook(self.webhook.url, ["delivered", "seen"])
        self.assertEqual(events, ["delivered", "seen"])
        self.assertEqual(self.viber.get_account_info()["webhook"], self.webhook.url)
        with self.refused(1, "invalidUrl"):
            self.viber.set_webhook("http://127.0.0.1:1/")

    def test_the_account_and_a_person_are_read(self):
        account = self.viber.get_account_info()
        self.assertEqual((account["status"], account["name"], account["uri"]), (0, "1022 TP.HCM", "doithoai"))
        person = self.person()
        details = self.viber.get_user_details(person)
        self.assertEqual((details["id"], details["name"]), (person, "Nguyễn Văn An"))
        status = [user["online_status"] for user in self.viber.get_online([person, "unknown="])]
        self.assertEqual(status, [0, 4])

    def test_a_message_is_read_and_answered(self):
        person = self.person()
        self.write(person, "Đường ngập")
        [asked] = [event for event in self.told(ViberMessageRequest) if event.sender.id == person]
        self.assertEqual((asked.message.text, asked.sender.name), ("Đường ngập", "Nguyễn Văn An"))

        [token] = self.viber.send_messages(person, TextMessage(text="Đã nhận: ngập nước", tracking_data="case-1"))
        [sent] = self.simulator.sent("viber", person)
        self.assertEqual((sent["kind"], sent["text"], sent["message_id"]), ("text", "Đã nhận: ngập nước", str(token)))
        self.assertEqual(sent["message"]["sender"]["name"], "1022 TP.HCM")
        [delivered] = [event for event in self.told(ViberDeliveredRequest) if event.user_id == person]
        self.assertEqual(delivered.message_token, token)

        self.write(person, "Cảm ơn")
        answer = [event for event in self.told(ViberMessageRequest) if event.sender.id == person][-1]
        self.assertEqual((answer.message.text, answer.message.tracking_data), ("Cảm ơn", "case-1"))

    def test_a_keyboard_and_a_picture_are_sent(self):
        person = self.writer()
        button = {"Columns": 3, "Rows": 1, "ActionType": "reply", "ActionBody": "YES", "Text": "Đúng"}
        keyboard = {"Type": "keyboard", "Buttons": [button]}
        picture = PictureMessage(text="Trụ điện", media="https://example.org/anh.jpg")
        tokens = self.viber.send_messages(person, [TextMessage(text="Đúng không ạ?", keyboard=keyboard), picture])
        question, photo = self.simulator.sent("viber", person)
        self.assertEqual(question["message"]["keyboard"], keyboard)
        self.assertEqual((photo["kind"], photo["text"]), ("picture", "Trụ điện"))
        self.assertEqual(photo["message"]["media"], "https://example.org/anh.jpg")
        self.assertEqual([question["message_id"], photo["message_id"]], [str(token) for token in tokens])

    def test_errors(self):
        person = self.writer()
        message = TextMessage(text="a")
        with self.refused(2, "invalidAuthToken"):
            self.client("wrong").send_messages(person, message)
        with self.refused(5, "receiverNotRegistered"):
            self.viber.send_messages("unknown=", message)
        with self.refused(6, "receiverNotSubscribed"):
            self.viber.send_messages(self.person(), message)
        with self.refused(3, "badData"):
            self.viber.send_messages(person, TextMessage(text="a" * 7_001))
        self.assertEqual(self.simulator.sent("viber", person), [])
