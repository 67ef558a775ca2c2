"""Our own request files, as just another system: what they hold about a person, and what goes on erasure.

The proof that a request was made and answered is kept (GDPR Art. 5(2), 17(3)(e); 11 CCR 7101), tied to an opaque id;
free text about the person goes, and with it every copy that requests and systems left with us: files attached as
evidence, what messages said, packages of earlier answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from dsr import queries
from dsr.actions import own_copies
from dsr.models import SubjectRequest
from privacy_portal import subjects
from privacy_portal.connectors.base import DatasetOutcome, Kept, Order, Outcome, Record, Refused
from privacy_portal.vocabulary import Right

_GROUND = {
    "reason": "Proof that the request was answered, without personal data",
    "article": "GDPR Art. 5(2), 17(3)(e)",
}
_TEXTS = ("extension_reason", "refusal_text")
_GOES = ("texts", *queries.COPIES)
_NONE: Mapping[str, int] = {}


class DsrConnector:
    repeatable = True

    def __init__(
        self, options: Mapping[str, Any], *, secret: str = "", allow: frozenset[str] = frozenset()
    ) -> None:
        self.options = options

    def locate(self, order: Order) -> Outcome:
        """What would be told of, or would go: copies other than the request files go and are not sent out again."""
        held = queries.held_about(_subject(order))
        is_erasure = order.instructions.get("right") != Right.ACCESS
        return _outcome(_requests(held), *(_copies(held, erased=held) if is_erasure else ()))

    def export(self, order: Order) -> Outcome:
        subject_id = _subject(order)
        held = queries.held_about(subject_id)
        return _outcome(_requests(held), records=_records(subject_id))

    def erase(self, order: Order) -> Outcome:
        """Free text and copies of the person go; asked again, none may be left."""
        subject_id = _subject(order)
        before = queries.held_about(subject_id)
        if not any(before[name] for name in _GOES):
            return _outcome(_requests(before), rows_left=0)
        now = order.now or order.asked_at
        assert now is not None
        with transaction.atomic():
            ids = subjects.ids_of(subject_id=subject_id)
            SubjectRequest.objects.filter(subject_id__in=ids).update(extension_reason="", refusal_text="")
            own_copies.destroy(subject_ids=ids, made_before=now, now=now)
        left = queries.held_about(subject_id)
        gone = {name: before[name] - left[name] for name in queries.COPIES}
        rows_left = sum(left[name] for name in _GOES)
        return _outcome(
            _requests(before, left["texts"]), *_copies(before, erased=gone, left=left), rows_left=rows_left
        )

    def rectify(self, order: Order) -> Outcome:
        raise Refused("nothing_to_rectify")

    def restrict(self, order: Order) -> Outcome:
        raise Refused("cannot_restrict")

    def expire(self, order: Order) -> Outcome:
        raise Refused("no_retention_rule")

    def notify(self, order: Order) -> Outcome:
        raise Refused("nothing_to_stop")


def _requests(held: Mapping[str, int], left: int = 0) -> DatasetOutcome:
    """Every file stays, as proof; one whose free text is still there is left, not kept."""
    kept = held["requests"] - left
    grounds = (Kept(field="*", rows=kept, **_GROUND),) if kept else ()
    return DatasetOutcome("requests", found=held["requests"], kept=kept, left=left, grounds=grounds)


def _copies(
    held: Mapping[str, int], *, erased: Mapping[str, int], left: Mapping[str, int] = _NONE
) -> tuple[DatasetOutcome, ...]:
    """Those there are any of."""
    return tuple(
        DatasetOutcome(name, found=held[name], erased=erased[name], left=left.get(name, 0))
        for name in queries.COPIES
        if held[name]
    )


def _records(subject_id: UUID) -> Iterator[Record]:
    ids = subjects.ids_of(subject_id=subject_id)
    for request in SubjectRequest.objects.filter(subject_id__in=ids).order_by("received_at", "pk"):
        yield Record("requests", _values(request))


def _values(request: SubjectRequest) -> dict[str, Any]:
    moments: dict[str, datetime | None] = {"received_at": request.received_at, "closed_at": request.closed_at}
    return {
        "reference": request.reference,
        "right": request.right,
        "law": request.law,
        "status": request.status,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        **{name: getattr(request, name) for name in _TEXTS},
    }


def _subject(order: Order) -> UUID:
    if not order.subject_ref:
        raise Refused("no_subject")
    return UUID(order.subject_ref)


def _outcome(*datasets: DatasetOutcome, rows_left: int | None = None, records: Any = ()) -> Outcome:
    counted = repr([dataset.as_json() for dataset in datasets])
    evidence = hashlib.sha256(counted.encode()).hexdigest()
    return Outcome(datasets=datasets, rows_left=rows_left, records=records, evidence=evidence)
