"""Act on a stored message: a task's result is settled, a change is put on record, a breach is left to governance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from privacy_portal import subjects
from privacy_portal.errors import Invalid
from privacy_portal.fanout import callbacks
from privacy_portal.fanout.settle import code_of
from privacy_portal.inbox.models import Receipt, ReceiptKind
from privacy_portal.inbox.receive import read
from privacy_portal.ledger.catalogue import DataAccessed, DataDeleted, DataExported, DataModified
from privacy_portal.ledger.facts import Fact, NotForTheLedger
from privacy_portal.ledger.models import Event
from privacy_portal.ledger.record import record
from privacy_portal.vocabulary import Actor

KEPT_AFTER_HANDLING = timedelta(days=14)
"""Long enough to look into a message that was not understood; its SHA-256 stays for good."""


def handle_message(event: Event, *, now: datetime) -> None:
    """Settle the message once; what is wrong with it stands in `Receipt.problem`, what it said stays for a time."""
    receipt = (
        Receipt.objects.select_for_update(of=("self",))
        .select_related("connection")
        .get(pk=event.payload["receipt_id"])
    )
    if receipt.kind == ReceiptKind.BREACH:
        return  # governance acts on it, and says so
    message_type, data = read(receipt.open_body())
    if receipt.kind == ReceiptKind.TASK_RESULT:
        settled = callbacks.settle_callback(connection=receipt.connection, data=data, now=now)
        receipt.problem, receipt.subject_id = settled
    else:
        receipt.problem = _witness(receipt, message_type, data, now)
    receipt.handled_at = now
    receipt.save(update_fields=["handled_at", "problem", "subject_id"])


def drop_old_messages(*, now: datetime) -> int:
    """Drop what was said in messages acted on two weeks ago; returns of how many. The receipts stay."""
    return Receipt.objects.filter(handled_at__lte=now - KEPT_AFTER_HANDLING).empty()


def _witness(receipt: Receipt, message_type: str, data: Mapping[str, Any], now: datetime) -> str:
    """What a system says happened there, in its name: a second witness beside our own record. Returns the problem."""
    try:
        receipt.subject_id = _subject_of(receipt, data)
        record(
            _fact(message_type, receipt, data),
            controller_id=receipt.connection.controller_id,
            subject_id=receipt.subject_id,
            by=Actor.system(receipt.connection.code),
            now=now,
        )
    except (NotForTheLedger, Invalid):
        return "malformed"
    return ""


def _fact(kind: str, receipt: Receipt, data: Mapping[str, Any]) -> Fact:
    system = code_of(receipt.connection.code)
    dataset = data.get("dataset")
    if kind == "data.deleted":
        return DataDeleted(system=system, dataset=dataset, receipt_id=receipt.pk, rows=data.get("rows"))
    if kind == "data.modified":
        return DataModified(system=system, dataset=dataset, receipt_id=receipt.pk, rows=data.get("rows"))
    if kind == "data.exported":
        return DataExported(system=system, receipt_id=receipt.pk, rows=data.get("rows"))
    return DataAccessed(object_kind="receipt", object_id=receipt.pk, system=system)


def _subject_of(receipt: Receipt, data: Mapping[str, Any]) -> UUID | None:
    """The person the system names, if we know one; a change about a stranger is recorded without."""
    identifiers = data.get("identifiers")
    if not isinstance(identifiers, dict):
        return None
    for kind, value in identifiers.items():
        found = subjects.find(
            controller_id=receipt.connection.controller_id, kind=str(kind), value=str(value)
        )
        if found is not None:
            return found.pk
    return None
