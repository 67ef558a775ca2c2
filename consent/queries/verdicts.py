"""May data of this person be used for this purpose now? The hot path: one query, one table of reasons.

A failed consent check never falls through to another ground: where a refusal or withdrawal is on record it counts,
even if the register has since put the purpose on another basis.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID
from weakref import WeakSet

from django.db import connection

from consent.errors import UnknownPurpose, UnknownSubject
from consent.models import CurrentDecision
from consent.queries.purposes import activities, purposes, systems
from consent.states import Choice
from privacy_portal.stored import as_stored, moment_of, uuid_of
from privacy_portal.subjects.models import Subject
from privacy_portal.vocabulary import Law, LegalBasis

SENTENCES: dict[str, str] = {
    "consent_given": "Allowed: the person said yes to this purpose.",
    "no_consent": "Not allowed: this purpose rests on consent and the person was never asked.",
    "consent_refused": "Not allowed: the person said no to this purpose.",
    "consent_pending": "Not allowed: the person was asked and has not confirmed yet.",
    "consent_withdrawn": "Not allowed: the person took their consent back.",
    "consent_expired": "Not allowed: the consent reached its last day.",
    "purpose_not_live": "Not allowed: nobody works for this purpose any more.",
    "subject_forgotten": "Not allowed: this person's data was erased.",
    "unknown_subject": "Not allowed: nobody with this id or identifier is known to this controller.",
    "unknown_purpose": "Not allowed: no purpose with this code is in this controller's register.",
} | {
    f"basis_{basis.value}": f"Allowed: the register puts this purpose on {basis.label[:1].lower()}{basis.label[1:]}."
    for basis in LegalBasis
    if basis != LegalBasis.CONSENT
}
_PROTECTIVE = (Choice.WITHDRAWN, Choice.REFUSED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`record_ids` name the rows it rests on, as `decision:…` or `purpose:…`."""

    allowed: bool
    reason: str
    legal_basis: str = ""
    record_ids: tuple[str, ...] = ()
    valid_until: datetime | None = None

    @property
    def sentence(self) -> str:
        return SENTENCES[self.reason]


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record about one person and one purpose."""

    purpose_id: UUID
    legal_basis: str
    is_live: bool
    forgotten: bool = False
    choice: str = ""
    decision_id: UUID | None = None
    valid_until: datetime | None = None


def decide(
    *, controller_id: UUID, subject_id: UUID, purpose: str, law: str = Law.GDPR, now: datetime
) -> Verdict:
    """Raises UnknownSubject, UnknownPurpose, and the database's own error when it is away: never a guess."""
    known, merged_into = _known(controller_id, subject_id, purpose, law)
    while merged_into is not None and known.choice not in _PROTECTIVE:
        known, merged_into = _known(controller_id, merged_into, purpose, law)
    return judge(known, now)


def judge(known: Known, now: datetime) -> Verdict:
    """The verdict on what is known: pure."""
    if known.forgotten:
        return Verdict(False, "subject_forgotten", known.legal_basis)
    if not known.is_live:
        return Verdict(False, "purpose_not_live", known.legal_basis, (f"purpose:{known.purpose_id}",))
    if known.choice:
        return _by_choice(known, now)
    if known.legal_basis == LegalBasis.CONSENT:
        return Verdict(False, "no_consent", known.legal_basis, (f"purpose:{known.purpose_id}",))
    return Verdict(True, f"basis_{known.legal_basis}", known.legal_basis, (f"purpose:{known.purpose_id}",))


def _by_choice(known: Known, now: datetime) -> Verdict:
    records = (f"decision:{known.decision_id}",)
    if known.choice != Choice.GIVEN:
        return Verdict(False, f"consent_{known.choice}", known.legal_basis, records)
    if known.valid_until is not None and known.valid_until <= now:
        return Verdict(False, "consent_expired", known.legal_basis, records)
    if known.legal_basis == LegalBasis.CONSENT:
        return Verdict(True, "consent_given", known.legal_basis, records, known.valid_until)
    return Verdict(True, f"basis_{known.legal_basis}", known.legal_basis, (f"purpose:{known.purpose_id}",))


def _known(controller_id: UUID, subject_id: UUID, purpose: str, law: str) -> tuple[Known, UUID | None]:
    row = _row([as_stored(subject_id), law, as_stored(controller_id), purpose])
    if row is None:
        raise UnknownPurpose()
    purpose_id, basis, is_live, subject, forgotten_at, merged_into, choice, decision_id, valid_until = row
    if subject is None:
        raise UnknownSubject()
    known = Known(
        purpose_id=uuid_of(purpose_id),
        legal_basis=basis,
        is_live=bool(is_live),
        forgotten=forgotten_at is not None,
        choice=choice or "",
        decision_id=uuid_of(decision_id) if decision_id else None,
        valid_until=moment_of(valid_until) if valid_until else None,
    )
    return known, uuid_of(merged_into) if merged_into else None


def _row(values: list[Any]) -> tuple[Any, ...] | None:
    """PostgreSQL plans the statement once per connection: planning four tables costs it more than reading them."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(_sql("%s", "%s", "%s", "%s"), values)
            return cursor.fetchone()
        if connection.connection not in _prepared:
            statement = _sql("$1", "$2", "$3", "$4")
            cursor.execute(f"PREPARE consent_decision (uuid, text, uuid, text) AS {statement}")
            _prepared.add(connection.connection)
        cursor.execute("EXECUTE consent_decision (%s, %s, %s, %s)", values)
        return cursor.fetchone()


_prepared: WeakSet[Any] = WeakSet()


@cache
def _sql(subject: str, law: str, controller: str, code: str) -> str:
    """Hand-written, because composing it anew would cost more than answering it; the arguments are its four marks."""
    purpose, activity, system = (
        queryset().model._meta.db_table for queryset in (purposes, activities, systems)
    )
    return f"""
        SELECT p.id, p.legal_basis,
               p.is_live AND EXISTS (SELECT 1 FROM {activity} a JOIN {system} y ON y.id = a.system_id
                   WHERE a.purpose_id = p.id AND a.removed_at IS NULL AND y.retired_at IS NULL),
               s.id, s.forgotten_at, s.merged_into_id, c.choice, c.decision_id, c.valid_until
        FROM {purpose} p
        LEFT JOIN {Subject._meta.db_table} s ON s.id = {subject} AND s.controller_id = p.controller_id
        LEFT JOIN {CurrentDecision._meta.db_table} c ON c.subject_id = s.id AND c.purpose_id = p.id AND c.law = {law}
        WHERE p.controller_id = {controller} AND p.code = {code}
    """  # noqa: S608 - the names come from our own models
