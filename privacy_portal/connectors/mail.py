"""Mail, in two uses: letters that were composed elsewhere, and systems that are somebody with a mailbox."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core import mail

from privacy_portal.connectors.base import Order, Outcome, Refused, State, Unreachable
from privacy_portal.vocabulary import Verb


@dataclass(frozen=True, slots=True)
class Letter:
    """`reference` is the same over retries: it becomes the Message-ID, by which mail systems show a repeat once."""

    sender: str
    to: str
    subject: str
    text: str
    html: str
    reference: str
    timeout_seconds: float


class MailConnector:
    """Options: `to` and `from` of a system with a mailbox; `send`, a callable taking a Letter, for Django's mail.

    An order whose `values` hold `to`, `from`, `subject`, `text` (and `html`) is a letter: sent as it is, then done. Any
    other order asks the mailbox in plain words and then waits for a person: a mail that was taken proves nothing.
    """

    repeatable = True

    def __init__(
        self, options: Mapping[str, Any], *, secret: str = "", allow: frozenset[str] = frozenset()
    ) -> None:
        self._to = str(options.get("to", ""))
        self._from = str(options.get("from", ""))
        self._send: Callable[[Letter], None] = options.get("send") or send_by_django

    def locate(self, order: Order) -> Outcome:
        return self._ask(order)

    def export(self, order: Order) -> Outcome:
        return self._ask(order)

    def erase(self, order: Order) -> Outcome:
        return self._ask(order)

    def rectify(self, order: Order) -> Outcome:
        return self._ask(order)

    def restrict(self, order: Order) -> Outcome:
        return self._ask(order)

    def expire(self, order: Order) -> Outcome:
        return self._ask(order)

    def notify(self, order: Order) -> Outcome:
        if "to" not in order.values:
            return self._ask(order)
        self._send(_letter(order, order.values))
        return Outcome(actions=tuple(order.instructions.get("actions", ())))

    def _ask(self, order: Order) -> Outcome:
        if not self._to:
            raise Refused("no_address_known")
        words = {"to": self._to, "from": self._from, "subject": _subject(order), "text": _text(order)}
        self._send(_letter(order, words))
        return Outcome(state=State.NEEDS_PERSON)


def send_by_django(letter: Letter) -> None:
    """Raises Unreachable where trying again may help, Refused where the mail server will not have it."""
    connection = mail.get_connection(timeout=letter.timeout_seconds)
    domain = letter.sender.rpartition("@")[2].strip(" >") or "localhost"
    message = mail.EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=letter.sender or None,
        to=[letter.to],
        connection=connection,
        headers={"Message-ID": f"<{letter.reference}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    try:
        message.send()
    except mail.BadHeaderError:
        raise Refused("bad_mail") from None
    except smtplib.SMTPRecipientsRefused as error:
        raise _by_code(next(iter(error.recipients.values()))[0]) from None
    except smtplib.SMTPResponseException as error:
        raise _by_code(error.smtp_code) from None
    except (smtplib.SMTPException, OSError):
        raise Unreachable("mail_down") from None


def _by_code(code: int) -> Unreachable | Refused:
    """RFC 5321: 4xx may pass later, 5xx will not."""
    return Refused("mail_refused") if code >= 500 else Unreachable("mail_later")


def _letter(order: Order, words: Mapping[str, str]) -> Letter:
    return Letter(
        sender=words.get("from", ""),
        to=words["to"],
        subject=words["subject"],
        text=words["text"],
        html=words.get("html", ""),
        reference=order.key,
        timeout_seconds=order.timeout_seconds,
    )


_ASKED = {
    Verb.LOCATE: "tell us whether and where you hold data about the person below",
    Verb.EXPORT: "send us a copy of all data you hold about the person below",
    Verb.ERASE: "erase all data you hold about the person below, and tell us what you keep and on which ground",
    Verb.RECTIFY: "correct the data of the person below as stated",
    Verb.RESTRICT: "restrict the use of all data you hold about the person below",
    Verb.EXPIRE: "delete the data whose retention period has run out as stated, but not those of the people below",
    Verb.NOTIFY: "act on the change stated for the person below",
}
_STATED = ("type", "purpose", "actions", "dataset", "before", "fields")


def _subject(order: Order) -> str:
    """Without a name or address: subjects stand in every list and log of the way."""
    return f"Privacy request: {order.verb} [{order.key}]"


def _text(order: Order) -> str:
    people = [f"{identifier.kind}: {identifier.value}" for identifier in order.identifiers]
    stated = [
        f"{name}: {_words(order.instructions[name])}" for name in _STATED if order.instructions.get(name)
    ]
    stated += [f"{name} (new): {value}" for name, value in order.values.items()]
    lines = [f"Please {_ASKED[order.verb]}.", "", *people, "", *stated]
    if order.deadline:
        lines.append(f"We need your answer before {order.deadline:%Y-%m-%d}.")
    return "\n".join([*lines, f"Please keep the reference in your answer: {order.key}", ""])


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
