"""Our own request files, as just another system: what they hold about a person, and what goes on erasure.

The proof that a request was made and answered is kept (GDPR Art. 5(2), 17(3)(e); 11 CCR 7101), tied to an opaque id;
free text about the person goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from dsr.models import SubjectRequest
from privacy_portal.connectors.base import DatasetOutcome, Kept, Order, Outcome, Record, Refused

_GROUND = {
    "reason": "Proof that the request was answered, without personal data",
    "article": "GDPR Art. 5(2), 17(3)(e)",
}
_TEXTS = ("extension_reason", "refusal_text")


class DsrConnector:
    repeatable = True

    def __init__(
        self, options: Mapping[str, Any], *, secret: str = "", allow: frozenset[str] = frozenset()
    ) -> None:
        self.options = options

    def locate(self, order: Order) -> Outcome:
        return _outcome(_dataset(len(self._requests(order)), left=0))

    def export(self, order: Order) -> Outcome:
        requests = self._requests(order)
        return _outcome(_dataset(len(requests), left=0), records=self._records(requests))

    def erase(self, order: Order) -> Outcome:
        """Free text goes; asked again, none may be left."""
        with transaction.atomic():
            SubjectRequest.objects.filter(subject_id=_subject(order)).update(
                extension_reason="", refusal_text=""
            )
        requests = self._requests(order)
        left = sum(1 for request in requests if any(getattr(request, name) for name in _TEXTS))
        return _outcome(_dataset(len(requests), left=left), rows_left=left)

    def rectify(self, order: Order) -> Outcome:
        raise Refused("nothing_to_rectify")

    def restrict(self, order: Order) -> Outcome:
        raise Refused("cannot_restrict")

    def expire(self, order: Order) -> Outcome:
        raise Refused("no_retention_rule")

    def notify(self, order: Order) -> Outcome:
        raise Refused("nothing_to_stop")

    def _requests(self, order: Order) -> list[SubjectRequest]:
        return list(SubjectRequest.objects.filter(subject_id=_subject(order)).order_by("received_at", "pk"))

    def _records(self, requests: Iterable[SubjectRequest]) -> Iterator[Record]:
        for request in requests:
            yield Record("requests", _values(request))


def _dataset(found: int, *, left: int) -> DatasetOutcome:
    """Every file stays, as proof; one whose free text is still there is left, not kept."""
    kept = found - left
    grounds = (Kept(field="*", rows=kept, **_GROUND),) if kept else ()
    return DatasetOutcome("requests", found=found, kept=kept, left=left, grounds=grounds)


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


def _outcome(dataset: DatasetOutcome, *, rows_left: int | None = None, records: Any = ()) -> Outcome:
    evidence = hashlib.sha256(repr(dataset.as_json()).encode()).hexdigest()
    return Outcome(datasets=(dataset,), rows_left=rows_left, records=records, evidence=evidence)
