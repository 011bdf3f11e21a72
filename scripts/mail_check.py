"""Proves the mail house that scripts/mail.sh started (its lines are in the environment): a round trip of every kind
the tests build on. Says one line for each proof and stops at the first that fails."""

import email
import imaplib
import os
import smtplib
import ssl
import time
from email.message import EmailMessage
from email.policy import default

HOST = os.environ["TEST_MAIL_HOST"]
PASSWORD = os.environ["TEST_MAIL_PASSWORD"]
CITY = os.environ["TEST_MAIL_CITY"]
FIRM = os.environ["TEST_MAIL_FIRM"]
TRUST = ssl.create_default_context(cafile=os.environ["TEST_MAIL_CA"])
proofs = 0


def port(name):
    return int(os.environ[f"TEST_{name}_PORT"])


def proved(what, true):
    global proofs
    if not true:
        raise SystemExit(f"mail check: NOT so: {what}")
    proofs += 1
    print(f"mail check: {what}", flush=True)


def letter(sender, recipient, subject, text="Kính gửi quý cơ quan, hẻm ngập nước."):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Message-ID"] = f"<{time.monotonic_ns()}@doanhnghiep.example>"
    message.set_content(text)
    return message


def mailbox(owner):
    box = imaplib.IMAP4(HOST, port("IMAP"))
    box.login(owner, PASSWORD)
    box.select("INBOX")
    return box


def awaited(owner, subject, seconds=15):
    """The message whose subject holds these words, as soon as it is in the mailbox."""
    end = time.monotonic() + seconds
    box = mailbox(owner)
    try:
        while time.monotonic() < end:
            box.noop()
            numbers = box.search(None, "SUBJECT", f'"{subject}"')[1][0].split()
            if numbers:
                return email.message_from_bytes(box.fetch(numbers[-1], "(BODY.PEEK[])")[1][0][1], policy=default)
            time.sleep(0.05)
    finally:
        box.logout()
    raise SystemExit(f"mail check: nothing with the subject {subject} came to {owner} in {seconds} s")


def main():
    with smtplib.SMTP(HOST, port("SMTP")) as world:
        world.send_message(letter(FIRM, CITY, "thu thuong"))
        world.send_message(letter(FIRM, CITY.replace("@", "+abc123@"), "thu cong"))
        world.mail(FIRM)
        code, words = world.rcpt("khongco@example.gov.vn")
        proved(f"an unknown address is refused at the door: {code} {words.decode()[:60]}", code == 550 and b"5.1.1" in words)
        world.rset()
        world.mail(FIRM)
        code, words = world.rcpt("ai-do@noi-khac.example")
        proved("the door relays to no other domain", code == 554)
    plain = awaited(CITY, "thu thuong")
    proved("a letter reaches the city's mailbox with its bytes", "hẻm ngập nước" in plain.get_content())
    proved("Return-Path is the envelope's sender", plain["Return-Path"] == f"<{FIRM}>")
    plus = awaited(CITY, "thu cong")
    proved("a plus address reaches the same mailbox, Delivered-To keeps it", "+abc123@" in plus["Delivered-To"])
    proved("X-Original-To keeps it too", "+abc123@" in plus["X-Original-To"])

    with smtplib.SMTP(HOST, port("SMTP_SUBMISSION")) as city:
        city.ehlo()
        proved("AUTH PLAIN and STARTTLS are offered", "PLAIN" in city.esmtp_features["auth"] and city.has_extn("starttls"))
        city.mail(CITY)
        code, _ = city.rcpt(FIRM)
        proved("without a log-in nothing is taken", code == 554)
    with smtplib.SMTP("localhost", port("SMTP_SUBMISSION")) as city:
        city.starttls(context=TRUST)
        try:
            city.login(CITY, "sai")
            proved("a wrong password is refused", False)
        except smtplib.SMTPAuthenticationError as refused:
            proved("a wrong password is refused with 535", refused.smtp_code == 535)
    with smtplib.SMTP_SSL("localhost", port("SMTPS"), context=TRUST) as city:
        city.login(CITY, PASSWORD)
        city.send_message(letter(CITY, FIRM, "bien nhan"))
        answer = CITY.replace("@", "+tra-loi@")
        lost = letter(CITY, "khongco@doanhnghiep.example", "se quay lai")
        city.send_message(lost, from_addr=answer)
    proved("the city's receipt reaches the business", "hẻm" in awaited(FIRM, "bien nhan").get_content())

    bounce = awaited(CITY, "Undelivered Mail Returned to Sender")
    status = next(part for part in bounce.walk() if part.get_content_type() == "message/delivery-status")
    fields = "\n".join(str(block) for block in status.get_payload())
    proved("an unknown recipient comes back as an RFC 3464 report", bounce.get_param("report-type") == "delivery-status")
    proved("it names recipient and status 5.1.1", "khongco@doanhnghiep.example" in fields and "Status: 5.1.1" in fields)
    proved("its envelope sender is empty", bounce["Return-Path"] == "<>")
    proved("it came to the envelope's sender, plus part and all", "+tra-loi@" in bounce["Delivered-To"])
    proved("it carries the lost letter's Message-ID", lost["Message-ID"] in bounce.as_string())

    idle()
    with imaplib.IMAP4_SSL("localhost", port("IMAPS"), ssl_context=TRUST) as box:
        box.login(CITY, PASSWORD)
        proved("IMAP over TLS answers with the test authority's certificate", box.select("INBOX")[0] == "OK")
    with imaplib.IMAP4("localhost", port("IMAP")) as box:
        box.starttls(ssl_context=TRUST)
        box.login(CITY, PASSWORD)
        proved("IMAP STARTTLS too", box.status("INBOX", "(UIDVALIDITY UIDNEXT)")[0] == "OK")
    print(f"mail check: {proofs} proofs passed")


def idle():
    """IDLE by hand: imaplib learns it only in Python 3.14."""
    box = mailbox(CITY)
    proved("IDLE is offered", "IDLE" in box.capabilities)
    box.send(b"x1 IDLE\r\n")
    proved("IDLE begins", box.readline().startswith(b"+"))
    begun = time.monotonic()
    with smtplib.SMTP(HOST, port("SMTP")) as world:
        world.send_message(letter(FIRM, CITY, "danh thuc"))
    box.sock.settimeout(15)
    line = box.readline()
    while b"EXISTS" not in line:
        line = box.readline()
    waited = (time.monotonic() - begun) * 1000
    proved(f"a new letter wakes IDLE ({waited:.0f} ms)", True)
    box.send(b"DONE\r\n")
    while not box.readline().startswith(b"x1 OK"):
        pass
    box.logout()


main()
