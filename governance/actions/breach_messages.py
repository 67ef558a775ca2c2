"""A breach reported by signed webhook: the stored message becomes a case, once."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from governance.actions.breaches import Report, report_breach
from governance.errors import AlreadyReported
from governance.states import Channel
from privacy_portal.errors import Invalid
from privacy_portal.inbox.models import Receipt
from privacy_portal.vocabulary import Actor

_TIMES = ("occurred_at", "detected_at", "aware_at")


@transaction.atomic
def take(*, receipt_id: UUID, now: datetime) -> None:
    """Report the breach a system's message tells of. What is wrong with a message is noted on its receipt.

    A message that cannot be read in full is still reported: better a poor report than a lost one.
    """
    receipt = Receipt.objects.select_related("connection").select_for_update(of=("self",)).get(pk=receipt_id)
    connection = receipt.connection
    data = json.loads(receipt.open_body()).get("data", {})
    by = Actor.system(connection.code)
    receipt.handled_at = now
    try:
        report_breach(controller_id=connection.controller_id, report=_report(data, receipt), by=by, now=now)
    except AlreadyReported:
        receipt.problem = "already_reported"
    except Invalid as error:
        bare = _bare(data, receipt)
        report_breach(controller_id=connection.controller_id, report=bare, by=by, now=now)
        receipt.problem = f"malformed:{error.field}"[:80]
    receipt.save(update_fields=["handled_at", "problem"])


def _report(data: dict[str, Any], receipt: Receipt) -> Report:
    times: dict[str, Any] = {name: _moment(name, data[name]) for name in _TIMES if data.get(name)}
    people = data.get("people_affected")
    if people is not None and (not isinstance(people, int) or isinstance(people, bool) or people < 0):
        raise Invalid("people_affected", "must be a whole number")
    return Report(
        title=_text(data, "title")[:200] or f"Reported by {receipt.connection.code}",
        description=_text(data, "description"),
        channel=Channel.WEBHOOK,
        systems=_codes(data, "systems"),
        categories=_codes(data, "categories"),
        people_affected=people,
        reference=_text(data, "reference")[:120],
        receipt_id=receipt.pk,
        **times,
    )


def _bare(data: dict[str, Any], receipt: Receipt) -> Report:
    return Report(
        title=f"Reported by {receipt.connection.code}",
        description=str(data.get("description") or "The message could not be read in full; see the receipt.")[
            :4000
        ],
        channel=Channel.WEBHOOK,
        receipt_id=receipt.pk,
    )


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name) or ""
    if not isinstance(value, str):
        raise Invalid(name, "must be text")
    return value.strip()


def _codes(data: dict[str, Any], name: str) -> list[str]:
    value = data.get(name) or []
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise Invalid(name, "must be a list of codes")
    return value


def _moment(name: str, value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Invalid(name, "must be a moment in ISO 8601") from error
    if moment.tzinfo is None:
        raise Invalid(name, "must say its time zone")
    return moment
