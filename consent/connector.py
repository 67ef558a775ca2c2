"""Our own consent tables, as just another system: what they hold about a person, and what goes on erasure.

The proof that somebody said yes or no stays, tied to an opaque id (GDPR Art. 7(1), 17(3)(e)); browser, network
address, asked-for links and the person's current standing go. A purpose they rested on is then answered with no.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import Error, transaction
from django.db.models import QuerySet

from consent.models import CurrentDecision, Decision, Evidence, LinkRequest
from privacy_portal import subjects
from privacy_portal.connectors.base import DatasetOutcome, Kept, Order, Outcome, Record, Refused, Unreachable
from privacy_portal.subjects.models import Subject

_REASON = "Proof of what the person decided, without anything that names them"
_ARTICLE = "GDPR Art. 7(1), 17(3)(e)"


class ConsentConnector:
    """No options, no secret: the tables are in our own database."""

    repeatable = True

    def __init__(
        self, options: Mapping[str, Any], *, secret: str = "", allow: frozenset[str] = frozenset()
    ) -> None:
        pass

    def locate(self, order: Order) -> Outcome:
        """What an erasure would do: nothing is written."""
        return _answered(lambda: _outcome(_datasets(_ids(order))))

    def export(self, order: Order) -> Outcome:
        def work() -> Outcome:
            ids = _ids(order)
            return _outcome(_found(ids), records=_records(ids))

        return _answered(work)

    def erase(self, order: Order) -> Outcome:
        return _answered(lambda: _erase(_ids(order)))

    def rectify(self, order: Order) -> Outcome:
        raise Refused("a_decision_is_never_rewritten")

    def restrict(self, order: Order) -> Outcome:
        raise Refused("withdraw_instead_of_restricting")

    def expire(self, order: Order) -> Outcome:
        raise Refused("evidence_expires_by_itself")

    def notify(self, order: Order) -> Outcome:
        raise Refused("consent_knows_its_own_changes")


def _answered(work: Callable[[], Outcome]) -> Outcome:
    try:
        return work()
    except Error as error:
        raise Unreachable("database_away") from error


def _ids(order: Order) -> list[UUID]:
    """Every id of the person, whichever is given. Raises Refused without one: nobody is found by address."""
    try:
        subject_id = UUID(order.subject_ref)
    except ValueError:
        raise Refused("needs_a_subject_id") from None
    return subjects.ids_of(subject_id=subject_id)


def _goes(ids: list[UUID]) -> dict[str, QuerySet[Any]]:
    return {
        "evidence": Evidence.objects.filter(decision__subject_id__in=ids),
        "standing": CurrentDecision.objects.filter(subject_id__in=ids),
        "asked_links": LinkRequest.objects.filter(subject_id__in=ids),
    }


@transaction.atomic
def _erase(ids: list[UUID]) -> Outcome:
    found = _datasets(ids)
    for rows in _goes(ids).values():
        rows.delete()
    left = {name: rows.count() for name, rows in _goes(ids).items()}
    after = tuple(_erased(dataset, left.get(dataset.dataset, 0)) for dataset in found)
    return _outcome(after, rows_left=sum(left.values()))


def _erased(before: DatasetOutcome, left: int) -> DatasetOutcome:
    if before.kept:
        return before
    return DatasetOutcome(before.dataset, found=before.found, erased=before.found - left, left=left)


def _datasets(ids: list[UUID]) -> tuple[DatasetOutcome, ...]:
    """What goes, and what stays on its ground."""
    counts = _counts(ids)
    stay = counts.pop("decisions")
    goes = (DatasetOutcome(name, found=number, erased=number) for name, number in counts.items())
    grounds = (Kept(field="*", rows=stay, reason=_REASON, article=_ARTICLE),) if stay else ()
    return (DatasetOutcome("decisions", found=stay, kept=stay, grounds=grounds), *goes)


_COUNT = {
    "decisions": "consent_decision WHERE subject_id IN ({ids})",
    "evidence": "consent_evidence WHERE decision_id IN"
    " (SELECT id FROM consent_decision WHERE subject_id IN ({ids}))",
    "standing": "consent_currentdecision WHERE subject_id IN ({ids})",
    "asked_links": "consent_linkrequest WHERE subject_id IN ({ids})",
}


def _counts(ids: list[UUID]) -> dict[str, int]:
    """One statement: it is asked twice for every request of everybody."""
    database = transaction.get_connection()
    places = ", ".join(["%s"] * len(ids)) or "NULL"
    parts = ", ".join(f"(SELECT COUNT(*) FROM {part.format(ids=places)})" for part in _COUNT.values())  # noqa: S608
    keys = [Subject._meta.get_field("id").get_db_prep_value(pk, database) for pk in ids]
    with database.cursor() as cursor:
        cursor.execute(f"SELECT {parts}", keys * len(_COUNT))
        return dict(zip(_COUNT, cursor.fetchone(), strict=True))


def _found(ids: list[UUID]) -> tuple[DatasetOutcome, ...]:
    return tuple(DatasetOutcome(dataset.dataset, found=dataset.found) for dataset in _datasets(ids))


def _records(ids: list[UUID]) -> Iterator[Record]:
    decisions = Decision.objects.filter(subject_id__in=ids).select_related(
        "purpose", "notice_version", "evidence"
    )
    for decision in decisions.order_by("recorded_at", "pk").iterator():
        yield Record("decisions", _values(decision))


def _values(decision: Decision) -> dict[str, Any]:
    evidence = getattr(decision, "evidence", None)
    version = decision.notice_version
    return {
        "decision": str(decision.pk),
        "purpose": decision.purpose.code,
        "law": decision.law,
        "choice": decision.choice,
        "decided_at": decision.decided_at.isoformat(),
        "recorded_at": decision.recorded_at.isoformat(),
        "valid_until": decision.valid_until.isoformat() if decision.valid_until else None,
        "notice_version": version.number if version else None,
        "notice_title": version.title_in(decision.language) if version else None,
        "notice_body": version.body_in(decision.language) if version else None,
        "language": decision.language,
        "method": decision.method,
        "source": decision.source,
        "user_agent": evidence.user_agent if evidence else None,
        "network": evidence.network if evidence else None,
    }


def _outcome(
    datasets: tuple[DatasetOutcome, ...],
    *,
    rows_left: int | None = None,
    records: Iterator[Record] | tuple[()] = (),
) -> Outcome:
    counted = json.dumps([dataset.as_json() for dataset in datasets], sort_keys=True)
    return Outcome(
        datasets=datasets,
        rows_left=rows_left,
        records=records,
        evidence=hashlib.sha256(counted.encode()).hexdigest(),
    )
