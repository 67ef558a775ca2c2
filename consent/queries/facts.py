"""What a change of consent needs to know about a purpose and a person, in one hand-written query.

Composing it with the ORM would cost more than all the rest of the write.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import connection

from consent.models import CurrentDecision, Notice, NoticeVersion
from consent.queries.purposes import purposes
from privacy_portal.stored import as_stored, moment_of, uuid_of


@dataclass(frozen=True, slots=True)
class Facts:
    """The purpose, its notice, the version the person saw (by number), and where they stand."""

    purpose_id: UUID
    legal_basis: str
    is_live: bool
    cessation_hours: int
    valid_months: int | None
    evidence_days: int | None
    version_id: int | None
    current_id: int | None = None
    choice: str = ""
    decided_at: datetime | None = None
    decision_id: UUID | None = None


def facts(
    *, controller_id: UUID, subject_id: UUID, purpose: str, law: str, version: int | None
) -> Facts | None:
    """None if there is no such purpose. Lock the subject first, in a statement of its own."""
    with connection.cursor() as cursor:
        cursor.execute(_sql(), [version or 0, as_stored(subject_id), law, as_stored(controller_id), purpose])
        row = cursor.fetchone()
    if row is None:
        return None
    (
        purpose_id,
        basis,
        is_live,
        hours,
        months,
        days,
        version_id,
        current_id,
        choice,
        decided_at,
        decision_id,
    ) = row
    known = Facts(uuid_of(purpose_id), basis, bool(is_live), hours, months, days, version_id)
    if current_id is None:
        return known
    return replace(
        known,
        current_id=current_id,
        choice=choice,
        decided_at=moment_of(decided_at),
        decision_id=uuid_of(decision_id),
    )


@cache
def _sql() -> str:
    return f"""
        SELECT p.id, p.legal_basis, p.is_live, p.cessation_hours, n.valid_months, n.evidence_days, v.id,
               c.id, c.choice, c.decided_at, c.decision_id
        FROM {purposes().model._meta.db_table} p
        LEFT JOIN {Notice._meta.db_table} n ON n.purpose_id = p.id
        LEFT JOIN {NoticeVersion._meta.db_table} v ON v.notice_id = n.id AND v.number = %s
        LEFT JOIN {CurrentDecision._meta.db_table} c ON c.purpose_id = p.id AND c.subject_id = %s AND c.law = %s
        WHERE p.controller_id = %s AND p.code = %s
    """  # noqa: S608 - the names come from our own models
