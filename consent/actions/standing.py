"""The locked place at which one person stands with one purpose, read with two queries and written with three."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from consent.actions.proof import Proof
from consent.errors import NotByConsent, OlderThanOnRecord, PurposeNotLive, UnknownPurpose, UnknownSubject
from consent.models import CurrentDecision, Decision, Evidence
from consent.models.notices import end_of_validity
from consent.queries.facts import Facts, facts
from consent.states import MOVES, RUNNING, UNASKED, Choice
from privacy_portal import subjects
from privacy_portal.errors import Invalid
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor, LegalBasis
from privacy_portal.writing import insert_rows, update_row

CLOCK_SKEW = timedelta(seconds=60)
"""How far ahead a service's clock may be; a decision from further in the future is refused."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One person × purpose × law, the person's row locked: two decisions of one person never cross."""

    controller_id: UUID
    subject_id: UUID
    law: str
    purpose_code: str
    facts: Facts

    @property
    def choice(self) -> str:
        return self.facts.choice or UNASKED

    def acknowledge_by(self, now: datetime) -> datetime:
        return now + timedelta(hours=self.facts.cessation_hours)

    def last_decision(self) -> Decision:
        assert self.facts.decision_id is not None
        return Decision.objects.get(pk=self.facts.decision_id)

    def says_already(self, choice: Choice, decided_at: datetime) -> bool:
        """The same decision told twice, by its own moment."""
        return self.choice == choice and self.facts.decided_at == decided_at


def lock(
    *, controller_id: UUID, subject_id: UUID, purpose: str, law: str, notice_version: int | None
) -> Standing:
    """Raises UnknownSubject (also for a forgotten one), UnknownPurpose, Invalid on a notice version never published."""
    living_id = _locked_subject(controller_id, subject_id)
    known = facts(
        controller_id=controller_id, subject_id=living_id, purpose=purpose, law=law, version=notice_version
    )
    if known is None:
        raise UnknownPurpose()
    if notice_version is not None and known.version_id is None:
        raise Invalid("notice_version", f"version {notice_version} was never published for this purpose")
    return Standing(controller_id, living_id, law, purpose, known)


def check_may_ask(standing: Standing, choice: Choice, decided_at: datetime | None) -> None:
    """Raises NotByConsent, PurposeNotLive, OlderThanOnRecord, IllegalMove."""
    if standing.facts.legal_basis != LegalBasis.CONSENT:
        raise NotByConsent()
    if not standing.facts.is_live:
        raise PurposeNotLive()
    check_follows(standing, choice, decided_at)


def check_may_withdraw(standing: Standing, decided_at: datetime | None) -> None:
    """A withdrawal is heard also where the yes was never told us, or the purpose has since ended or changed ground.

    Raises NotByConsent where there never was anything to withdraw, OlderThanOnRecord, IllegalMove.
    """
    if standing.choice == UNASKED and standing.facts.legal_basis != LegalBasis.CONSENT:
        raise NotByConsent()
    check_follows(standing, Choice.WITHDRAWN, decided_at)


def check_follows(standing: Standing, choice: Choice, decided_at: datetime | None) -> None:
    """What is said now follows whatever is on record, though another machine's clock be ahead; only a caller who
    names an earlier moment is refused. Raises OlderThanOnRecord, IllegalMove.
    """
    last = standing.facts.decided_at
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
        return end_of_validity(decided_at, standing.facts.valid_months)
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
        purpose_id=standing.facts.purpose_id,
        law=standing.law,
        choice=choice,
        decided_at=decided_at,
        recorded_at=now,
        valid_until=valid_until if choice in RUNNING else None,
        notice_version_id=standing.facts.version_id,
        language=proof.language,
        method=proof.method,
        interface=proof.interface,
        source=proof.source,
        actor=str(by),
    )
    insert_rows([decision])
    _write_evidence(standing, decision, proof, now)
    _project(standing, decision)
    return decision


def _locked_subject(controller_id: UUID, subject_id: UUID) -> UUID:
    """The living person behind the id; the lock orders all decisions of one person."""
    locked = subjects.lock_living(controller_id=controller_id, subject_id=subject_id)
    if locked is None:
        raise UnknownSubject()
    return locked


def _write_evidence(standing: Standing, decision: Decision, proof: Proof, now: datetime) -> None:
    network = proof.network()
    if not (network or proof.user_agent):
        return
    days = standing.facts.evidence_days or Evidence.DEFAULT_DAYS
    Evidence(
        decision=decision,
        user_agent=proof.user_agent[:300],
        network=network,
        keep_until=now + timedelta(days=days),
    ).save(force_insert=True)


def _project(standing: Standing, decision: Decision) -> None:
    current = CurrentDecision(
        pk=standing.facts.current_id,
        controller_id=standing.controller_id,
        subject_id=standing.subject_id,
        purpose_id=standing.facts.purpose_id,
        law=standing.law,
        decision=decision,
        choice=decision.choice,
        decided_at=decision.decided_at,
        valid_until=decision.valid_until,
    )
    if standing.facts.current_id is None:
        insert_rows([current])
    else:
        update_row(current, "decision", "choice", "decided_at", "valid_until")
