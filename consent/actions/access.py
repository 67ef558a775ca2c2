"""Looking at who a person is, is itself an event."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from privacy_portal import subjects
from privacy_portal.ledger.catalogue import DataAccessed
from privacy_portal.ledger.record import record
from privacy_portal.subjects import PlainIdentifier
from privacy_portal.vocabulary import Actor


@transaction.atomic
def reveal_person(
    *, controller_id: UUID, subject_id: UUID, reason: str, by: Actor, now: datetime
) -> list[PlainIdentifier]:
    """The identifiers in clear; the ledger says who looked and why (a code)."""
    shown = subjects.reveal(subject_id=subject_id)
    fact = DataAccessed(object_kind="consents", object_id=subject_id, place=reason, categories=("identity",))
    record(fact, controller_id=controller_id, subject_id=subject_id, by=by, now=now)
    return shown
