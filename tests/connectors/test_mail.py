"""Letters are sent as composed; a mailbox is asked in words and then a person answers."""

from __future__ import annotations

import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from privacy_portal.connectors.base import Identifier, Refused, State, Unreachable
from privacy_portal.connectors.mail import MailConnector
from tests.connectors.world import order

LETTER = {
    "to": "ann@example.org",
    "from": "Acme <privacy@acme.example>",
    "subject": "We have your request",
    "text": "Dear Ann",
    "html": "<p>Dear Ann</p>",
}
VENDOR = {"to": "privacy@vendor.example", "from": "dpo@acme.example"}
AUTHORITY_ORDER = {"instructions": {"template": "request_received"}, "values": LETTER}


def test_a_letter_is_sent_as_it_was_composed():
    once = order("notify", **AUTHORITY_ORDER)

    outcome = MailConnector({}).notify(once)

    (message,) = mail.outbox
    assert outcome.state == State.DONE
    assert (message.to, message.from_email) == (["ann@example.org"], "Acme <privacy@acme.example>")
    assert (message.subject, message.body) == ("We have your request", "Dear Ann")
    assert message.alternatives[0][0] == "<p>Dear Ann</p>"
    assert message.extra_headers["Message-ID"] == f"<{once.key}@acme.example>"


def test_a_letter_sent_again_is_the_same_message_to_mail_systems():
    once = order("notify", **AUTHORITY_ORDER)

    MailConnector({}).notify(once)
    MailConnector({}).notify(once)

    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 1


def test_a_mailbox_is_asked_in_words_and_a_person_answers():
    outcome = MailConnector(VENDOR).erase(order("erase"))

    (message,) = mail.outbox
    assert outcome.state == State.NEEDS_PERSON
    assert message.to == ["privacy@vendor.example"]
    assert "erase all data" in message.body
    assert "ann@example.org" in message.body
    assert "ann" not in message.subject.lower()


def test_a_correction_names_the_new_value():
    said = {"dataset": "people", "fields": ["name"]}

    MailConnector(VENDOR).rectify(order("rectify", instructions=said, values={"name": "Anna"}))

    assert "name (new): Anna" in mail.outbox[0].body


def test_a_system_without_a_mailbox_is_refused():
    with pytest.raises(Refused, match="no_address_known"):
        MailConnector({}).erase(order("erase"))


@pytest.mark.parametrize("place", ["subject", "to", "from"])
def test_a_line_break_cannot_add_a_header(place):
    letter = {**LETTER, place: f"{LETTER[place]}\r\nBcc: everybody@example.org"}

    with pytest.raises(Refused, match="bad_mail"):
        MailConnector({}).notify(order("notify", values=letter))


@pytest.mark.parametrize(
    ("failure", "kind", "code"),
    [
        (ConnectionRefusedError(), Unreachable, "mail_down"),
        (TimeoutError(), Unreachable, "mail_down"),
        (smtplib.SMTPServerDisconnected("gone"), Unreachable, "mail_down"),
        (smtplib.SMTPDataError(451, b"try later"), Unreachable, "mail_later"),
        (smtplib.SMTPAuthenticationError(535, b"no"), Refused, "mail_refused"),
        (smtplib.SMTPRecipientsRefused({"ann@example.org": (550, b"unknown")}), Refused, "mail_refused"),
        (smtplib.SMTPRecipientsRefused({"ann@example.org": (452, b"full")}), Unreachable, "mail_later"),
    ],
)
def test_a_mail_server_that_fails_gives_a_code_without_an_address(monkeypatch, failure, kind, code):
    def fail(*_args: object) -> int:
        raise failure

    monkeypatch.setattr(EmailBackend, "send_messages", fail)

    with pytest.raises(kind, match=code) as caught:
        MailConnector({}).notify(order("notify", values=LETTER))
    assert caught.value.__cause__ is None


def test_mail_may_be_sent_by_something_else():
    sent = []

    MailConnector({**VENDOR, "send": sent.append}).locate(order("locate", (Identifier("phone", "+4930"),)))

    assert sent[0].to == "privacy@vendor.example"
    assert mail.outbox == []
