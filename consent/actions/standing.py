"""The locked place at which one person stands with one purpose, read with two queries and written with three."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import FilteredRelation, Q

from consent.actions.proof import Proof
from consent.errors import NotByConsent, OlderThanOnRecord, PurposeNotLive, UnknownPurpose, UnknownSubject
from consent.models import CurrentDecision, Decision, Evidence
from consent.models.notices import end_of_validity
from consent.queries.purposes import purposes
from consent.states import MOVES, RUNNING, UNASKED, Choice
from privacy_portal.errors import Invalid
from privacy_portal.states import check_move
from privacy_portal.subjects.models import Subject
from privacy_portal.vocabulary import Actor, LegalBasis

CLOCK_SKEW = timedelta(seconds=60)
"""How far ahead a service's clock may be; a decision from further in the future is refused."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One person × purpose × law, the person's row locked: two decisions of one person never cross."""

    controller_id: UUID
    subject_id: UUID
    law: str
    facts: dict[str, Any]

    @property
    def choice(self) -> str:
        return str(self.facts["mine__choice"] or UNASKED)

    @property
    def purpose_code(self) -> str:
        return str(self.facts["code"])

    def acknowledge_by(self, now: datetime) -> datetime:
        return now + timedelta(hours=self.facts["cessation_hours"])

    def last_decision(self) -> Decision:
        return Decision.objects.get(pk=self.facts["mine__decision_id"])

    def says_already(self, choice: Choice, decided_at: datetime) -> bool:
        """The same decision told twice, by its own moment."""
        return self.choice == choice and self.facts["mine__decided_at"] == decided_at


def lock(
    *, controller_id: UUID, subject_id: UUID, purpose: str, law: str, notice_version: int | None
) -> Standing:
    """Raises UnknownSubject (also for a forgotten one), UnknownPurpose, Invalid on a notice version never published."""
    subject = _locked_subject(controller_id, subject_id)
    facts = _facts(controller_id, subject.pk, purpose, law, notice_version)
    if notice_version is not None and facts["shown__id"] is None:
        raise Invalid(
            "notice_version", f"version {notice_version} of this purpose's notice was never published"
        )
    return Standing(controller_id, subject.pk, law, facts)


def check_may_ask(standing: Standing, choice: Choice, decided_at: datetime | None) -> None:
    """Raises NotByConsent, PurposeNotLive, OlderThanOnRecord, IllegalMove."""
    if standing.facts["legal_basis"] != LegalBasis.CONSENT:
        raise NotByConsent()
    if not standing.facts["is_live"]:
        raise PurposeNotLive()
    check_follows(standing, choice, decided_at)


def check_may_withdraw(standing: Standing, decided_at: datetime | None) -> None:
    """A withdrawal is heard also where the yes was never told us, or the purpose has since ended or changed ground.

    Raises NotByConsent where there never was anything to withdraw, OlderThanOnRecord, IllegalMove.
    """
    if standing.choice == UNASKED and standing.facts["legal_basis"] != LegalBasis.CONSENT:
        raise NotByConsent()
    check_follows(standing, Choice.WITHDRAWN, decided_at)


def check_follows(standing: Standing, choice: Choice, decided_at: datetime | None) -> None:
    """What is said now follows whatever is on record, though another machine's clock be ahead; only a caller who
    names an earlier moment is refused. Raises OlderThanOnRecord, IllegalMove.
    """
    last = standing.facts["mine__decided_at"]
    if decided_at is not None and last is not None and decided_at < last:
        raise OlderThanOnRecord()
    check_move(MOVES, standing.choice, choice)


def moment_of(decided_at: datetime | None, now: datetime) -> datetime:
    """When the person decided: said by the caller or now. Raises Invalid on a naive or future moment."""
    if decided_at is None:
        return now
    if decided_at.tzinfo is None:
        raise Invalid("decided_at", "must carry a time zone, such as 2026-11-21T12:00:00Z")
    if decided_at > now + CLOCK_SKEW:
        raise Invalid("decided_at", "lies in the future")
    return min(decided_at, now)


def last_day(
    standing: Standing, decided_at: datetime, valid_until: datetime | None, now: datetime
) -> datetime | None:
    """Said by the caller or computed from the notice's validity. Raises Invalid on a naive or past moment."""
    if valid_until is None:
        return end_of_validity(decided_at, standing.facts["notice__valid_months"])
    if valid_until.tzinfo is None or valid_until <= now:
        raise Invalid("valid_until", "must carry a time zone and lie in the future")
    return valid_until


def write(
    standing: Standing,
    choice: Choice,
    *,
    decided_at: datetime,
    valid_until: datetime | None = None,
    proof: Proof,
    by: Actor,
    now: datetime,
) -> Decision:
    """The decision, its evidence if any, and the projection."""
    decision = Decision(
        controller_id=standing.controller_id,
        subject_id=standing.subject_id,
        purpose_id=standing.facts["id"],
        law=standing.law,
        choice=choice,
        decided_at=decided_at,
        recorded_at=now,
        valid_until=valid_until if choice in RUNNING else None,
        notice_version_id=standing.facts["shown__id"],
        language=proof.language,
        method=proof.method,
        interface=proof.interface,
        source=proof.source,
        actor=str(by),
    )
    decision.save(force_insert=True)
    _write_evidence(standing, decision, proof, now)
    _project(standing, decision)
    return decision


def _locked_subject(controller_id: UUID, subject_id: UUID) -> Subject:
    """The living person behind the id; the lock orders all decisions of one person."""
    seen = subject_id
    while True:
        subject = (
            Subject.objects.select_for_update(of=("self",), no_key=True)
            .filter(pk=seen, controller_id=controller_id)
            .first()  # by key
        )
        if subject is None or subject.forgotten_at is not None:
            raise UnknownSubject()
        if subject.merged_into_id is None:
            return subject
        seen = subject.merged_into_id


_FACTS = (
    "id",
    "code",
    "legal_basis",
    "is_live",
    "cessation_hours",
    "notice__valid_months",
    "notice__evidence_days",
    "shown__id",
    "mine__id",
    "mine__choice",
    "mine__decided_at",
    "mine__decision_id",
)


def _facts(
    controller_id: UUID, subject_id: UUID, purpose: str, law: str, number: int | None
) -> dict[str, Any]:
    mine = Q(current_decisions__subject_id=subject_id, current_decisions__law=law)
    facts = (
        purposes()
        .filter(controller_id=controller_id, code=purpose)
        .annotate(
            mine=FilteredRelation("current_decisions", condition=mine),
            shown=FilteredRelation("notice__versions", condition=Q(notice__versions__number=number or 0)),
        )
        .values(*_FACTS)
        .first()  # unique by controller and code
    )
    if facts is None:
        raise UnknownPurpose()
    return dict(facts)


def _write_evidence(standing: Standing, decision: Decision, proof: Proof, now: datetime) -> None:
    network = proof.network()
    if not (network or proof.user_agent):
        return
    days = standing.facts["notice__evidence_days"] or Evidence.DEFAULT_DAYS
    Evidence(
        decision=decision,
        user_agent=proof.user_agent[:300],
        network=network,
        keep_until=now + timedelta(days=days),
    ).save(force_insert=True)


def _project(standing: Standing, decision: Decision) -> None:
    says = {
        "decision": decision,
        "choice": decision.choice,
        "decided_at": decision.decided_at,
        "valid_until": decision.valid_until,
    }
    if standing.facts["mine__id"] is not None:
        CurrentDecision.objects.filter(pk=standing.facts["mine__id"]).update(**says)
        return
    CurrentDecision(
        controller_id=standing.controller_id,
        subject_id=standing.subject_id,
        purpose_id=standing.facts["id"],
        law=standing.law,
        **says,
    ).save(force_insert=True)
