"""Many decisions at once: three queries, however many questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from consent.errors import UnknownSubject
from consent.models import CurrentDecision
from consent.queries.purposes import activities, purposes
from consent.queries.verdicts import Known, Verdict, decide, judge
from privacy_portal.subjects.models import Subject

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """`subject_id` is None where the identifiers named nobody."""

    subject_id: UUID | None
    purpose: str
    law: str


def decide_many(*, controller_id: UUID, questions: Sequence[Question], now: datetime) -> list[Verdict]:
    """Verdicts in the order of the questions; what is unknown is a verdict that says no, not an error."""
    purpose_rows = _purposes(controller_id, {question.purpose for question in questions})
    subject_rows = _subjects(
        controller_id, {question.subject_id for question in questions if question.subject_id}
    )
    choices = _choices(subject_rows.keys(), [row["id"] for row in purpose_rows.values()])
    verdicts = []
    for question in questions:
        purpose = purpose_rows.get(question.purpose)
        subject = subject_rows.get(question.subject_id) if question.subject_id else None
        if purpose is None or subject is None:
            verdicts.append(Verdict(False, "unknown_purpose" if purpose is None else "unknown_subject"))
        elif subject["merged_into_id"]:
            verdicts.append(_merged(controller_id, question, now))
        else:
            mine = choices.get((subject["id"], purpose["id"], question.law), {})
            verdicts.append(judge(_known(purpose, subject, mine), now))
    return verdicts


def _merged(controller_id: UUID, question: Question, now: datetime) -> Verdict:
    """Rare: an id that was merged into another one is asked about on its own."""
    assert question.subject_id is not None
    try:
        return decide(
            controller_id=controller_id,
            subject_id=question.subject_id,
            purpose=question.purpose,
            law=question.law,
            now=now,
        )
    except UnknownSubject:
        return Verdict(False, "unknown_subject")


def _known(purpose: Row, subject: Row, mine: Row) -> Known:
    return Known(
        purpose_id=purpose["id"],
        legal_basis=purpose["legal_basis"],
        is_live=purpose["is_live"] and purpose["used"],
        forgotten=subject["forgotten_at"] is not None,
        choice=mine.get("choice", ""),
        decision_id=mine.get("decision_id"),
        valid_until=mine.get("valid_until"),
    )


def _purposes(controller_id: UUID, codes: set[str]) -> dict[str, Row]:
    used = activities().filter(purpose_id=OuterRef("pk"), removed_at=None, system__retired_at=None)
    rows = purposes().filter(controller_id=controller_id, code__in=codes).annotate(used=Exists(used))
    return {row["code"]: row for row in rows.values("id", "code", "legal_basis", "is_live", "used")}


def _subjects(controller_id: UUID, ids: set[UUID]) -> dict[UUID, Row]:
    rows = Subject.objects.filter(controller_id=controller_id, pk__in=ids)
    return {row["id"]: {**row} for row in rows.values("id", "forgotten_at", "merged_into_id")}


def _choices(subject_ids: Any, purpose_ids: Any) -> dict[tuple[UUID, UUID, str], Row]:
    rows = CurrentDecision.objects.filter(subject_id__in=list(subject_ids), purpose_id__in=list(purpose_ids))
    named = rows.values("subject_id", "purpose_id", "law", "choice", "decision_id", "valid_until")
    return {(row["subject_id"], row["purpose_id"], row["law"]): {**row} for row in named}
