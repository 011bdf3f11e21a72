"""smpplib against the simulator's SMSC."""

import logging
import unittest

from smpplib import client, consts, exceptions, gsm

from simulator import Simulator

ACCOUNT = {"system_id": "public", "password": "s3cret"}
AN = "84901234567"


class SmppTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # It warns about what the tests provoke.
        logging.getLogger("smpplib").addHandler(logging.NullHandler())
        logging.getLogger("smpplib").propagate = False
        cls.simulator = Simulator()
        cls.addClassCleanup(cls.simulator.stop)
        cls.host, cls.port = cls.simulator.control("GET", "smsc")["address"].split(":")
        cls.route()

    @classmethod
    def route(cls, **changes):
        """Sets how the account behaves."""
        cls.simulator.control("PUT", "smsc/routes", {**ACCOUNT, "short_codes": ["8088"], **changes})

    def setUp(self):
        self.received()

    def connect(self):
        connected = client.Client(self.host, self.port, timeout=10, logger_name="smpplib", allow_unknown_opt_params=True)
        connected.delivered, connected.answers, connected.errors = [], [], []
        connected.set_message_received_handler(lambda pdu: connected.delivered.append(pdu))
        connected.set_message_sent_handler(lambda pdu: connected.answers.append(pdu))
        connected.set_error_pdu_handler(lambda pdu: connected.errors.append(pdu.status))
        connected.connect()
        self.addCleanup(connected.__exit__, None, None, None)
        return connected

    def bound(self):
        connected = self.connect()
        connected.bind_transceiver(**ACCOUNT)
        return connected

    def send(self, connected, text, encoding=consts.SMPP_ENCODING_DEFAULT, **fields):
        """Sends a text in as many parts as it needs; the answers."""
        parts, coding, esm_class = gsm.make_parts(text, encoding)
        begun = len(connected.answers) + len(connected.errors)
        for part in parts:
            connected.send_message(
                source_addr="8088", source_addr_ton=consts.SMPP_TON_NWSPEC, dest_addr_ton=consts.SMPP_TON_INTL,
                dest_addr_npi=consts.SMPP_NPI_ISDN, destination_addr=AN, short_message=part, data_coding=coding,
                esm_class=esm_class, **fields,
            )
        while len(connected.answers) + len(connected.errors) < begun + len(parts):
            connected.read_once()
        return connected.answers[-len(parts):]

    def take(self, connected, count):
        """So many deliver_sm, which are answered."""
        while len(connected.delivered) < count:
            connected.read_once()
        taken, connected.delivered = connected.delivered[:count], connected.delivered[count:]
        return taken

    def received(self):
        """Texts that stand on the handset, and forgets them."""
        last = self.simulator.sent("smsc", AN)
        self.simulator.control("DELETE", "smsc/sent")
        return [message["text"] for message in last]

    def test_binds_are_checked(self):
        for account, status in [
            ({**ACCOUNT, "password": "wrong"}, consts.SMPP_ESME_RINVPASWD),
            ({**ACCOUNT, "system_id": "nobody"}, consts.SMPP_ESME_RINVSYSID),
        ]:
            with self.assertRaises(exceptions.PDUError) as refused:
                self.connect().bind_transceiver(**account)
            self.assertEqual(refused.exception.args[1], status)

    def test_texts_reach_the_handset(self):
        connected = self.bound()
        texts = ["Da nhan {10€}", "Đã tiếp nhận phản ánh", "Ma 26 4071 " * 30, "Thành phố đã tiếp nhận. " * 8]
        for text in texts:
            self.send(connected, text)
        self.assertEqual(self.received(), texts)

    def test_a_receipt_follows(self):
        self.route(ids="hex", receipts={"shape": "capital", "tlvs": False})
        self.addCleanup(self.route)
        connected = self.bound()
        [answer] = self.send(connected, "Da nhan", registered_delivery=True)
        [receipt] = self.take(connected, 1)
        self.assertRegex(receipt.short_message.decode(), r"^id:\d+ sub:001 dlvrd:001 .* stat:DELIVRD err:0 Text:Da nhan$")
        self.assertEqual(int(answer.message_id, 16), int(receipt.short_message.split()[0][3:]))

    def test_people_write(self):
        connected = self.bound()
        self.simulator.control("POST", "smsc/mo", {"from": AN, "to": "8088", "text": "a" * 200, "join": "sar", "parts": [2, 1, 1]})
        parts = self.take(connected, 3)
        self.assertEqual([part.sar_segment_seqnum for part in parts], [2, 1, 1])
        self.assertEqual(parts[1].short_message + parts[0].short_message, b"a" * 200)
        self.simulator.control("POST", "settle")
        delivers = self.simulator.control("GET", "smsc/delivers")["delivers"]
        self.assertEqual([deliver["state"] for deliver in delivers[-3:]], ["accepted"] * 3)

    def test_the_smsc_asks_and_is_answered(self):
        self.route(enquire_every_ms=30)
        self.addCleanup(self.route)
        connected = self.bound()
        for _ in range(3):
            connected.read_once()
        self.send(connected, "con song")
        self.assertEqual(self.received(), ["con song"])

    def test_too_many_are_throttled(self):
        self.simulator.control("PUT", "smsc/routes/public/faults", {"per_second": 0})
        connected = self.bound()
        self.send(connected, "a")
        self.simulator.control("DELETE", "smsc/routes/public/faults")
        self.assertEqual(connected.errors, [consts.SMPP_ESME_RTHROTTLED])
        self.assertEqual(self.received(), [])
