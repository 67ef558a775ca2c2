"""Take a message in: verify the raw bytes, store it once, say so; acting on it comes later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from privacy_portal.errors import Conflict, Invalid
from privacy_portal.fanout.models import Connection
from privacy_portal.fanout.settle import code_of
from privacy_portal.inbox import signatures
from privacy_portal.inbox.models import Receipt, ReceiptKind
from privacy_portal.ledger.catalogue import MessageReceived
from privacy_portal.ledger.record import record
from privacy_portal.vocabulary import Actor

KINDS = {
    "task.result": ReceiptKind.TASK_RESULT,
    "data.modified": ReceiptKind.CHANGE,
    "data.deleted": ReceiptKind.CHANGE,
    "data.exported": ReceiptKind.CHANGE,
    "data.accessed": ReceiptKind.CHANGE,
    "breach.detected": ReceiptKind.BREACH,
}


class AnotherMessage(Conflict):
    """This webhook-id was used before for a message with another content."""


def receive(
    *, controller_code: str, connection_code: str, raw: bytes, headers: Mapping[str, str], now: datetime
) -> Receipt:
    """The receipt of a genuine message; the same one for every repetition of it.

    Raises BadSignature (also for an address nobody has: who cannot sign learns nothing), Invalid on a body that is
    not a message, AnotherMessage on a webhook-id used twice.
    """
    connection = Connection.objects.filter(
        controller__code=controller_code, code=connection_code
    ).first()  # unique
    secrets = connection.open_secret().split() if connection else []
    message_id = signatures.verify(raw, headers, secrets=secrets, now=now)
    assert connection is not None
    kind = KINDS[read(raw)[0]]
    try:
        return _store(connection, message_id, kind, raw, now)
    except IntegrityError:
        return _same(connection, message_id, raw)


def read(raw: bytes) -> tuple[str, dict[str, Any]]:
    """(type, data) of `{"type": …, "data": {…}}`; a bare answer to an order is a task.result as it stands.

    Raises Invalid, naming what is wrong.
    """
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Invalid("body", "must be JSON in UTF-8") from error
    if isinstance(message, dict) and "type" not in message and "subject_request_id" in message:
        return "task.result", message
    if not isinstance(message, dict) or message.get("type") not in KINDS:
        raise Invalid("type", f"must be one of {', '.join(KINDS)}")
    if not isinstance(message.get("data"), dict):
        raise Invalid("data", "must be an object")
    return message["type"], message["data"]


@transaction.atomic
def _store(connection: Connection, message_id: str, kind: ReceiptKind, raw: bytes, now: datetime) -> Receipt:
    receipt = Receipt(connection=connection, message_id=message_id, kind=kind, received_at=now)
    receipt.seal_body(raw)
    receipt.save(force_insert=True)
    record(
        MessageReceived(
            receipt_id=receipt.pk,
            kind=kind,
            cause_kind=kind,
            connection_id=connection.pk,
            system=code_of(connection.code),
        ),
        controller_id=connection.controller_id,
        by=Actor.system(connection.code),
        now=now,
    )
    return receipt


def _same(connection: Connection, message_id: str, raw: bytes) -> Receipt:
    receipt = Receipt.objects.get(connection=connection, message_id=message_id)
    if receipt.body_sha256 != hashlib.sha256(raw).hexdigest():
        raise AnotherMessage()
    return receipt
