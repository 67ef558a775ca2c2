"""Give, refuse, withdraw: each writes one decision for good and moves where the person stands.

A person stands by purpose and by law, so no regime overwrites another. Every action returns the decision; the same
decision told twice is answered with the first one (`decision.is_repeat(now)`).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from consent.actions import standing as place
from consent.actions.proof import NO_PROOF, Proof
from consent.models import CurrentDecision, Decision, Evidence
from consent.states import Choice, Method
from privacy_portal.ledger.catalogue import (
    ConsentExpired,
    ConsentGiven,
    ConsentPending,
    ConsentRefused,
    ConsentRenewed,
    ConsentWithdrawn,
)
from privacy_portal.ledger.record import record
from privacy_portal.vocabulary import Actor, Law

BY_THE_CLOCK = Actor.system("clock")


@transaction.atomic
def record_consent(
    *,
    controller_id: UUID,
    subject_id: UUID,
    purpose: str,
    law: str = Law.GDPR,
    decided_at: datetime | None = None,
    valid_until: datetime | None = None,
    proof: Proof = NO_PROOF,
    by: Actor,
    now: datetime,
) -> Decision:
    """The person said yes (GDPR Art. 7(1)); a second yes renews the first.

    Raises UnknownSubject, UnknownPurpose, NotByConsent, PurposeNotLive, OlderThanOnRecord, Invalid.
    """
    standing = _lock(controller_id, subject_id, purpose, law, proof)
    moment = place.moment_of(decided_at, now)
    if standing.says_already(Choice.GIVEN, moment):
        return standing.last_decision()
    place.check_may_ask(standing, Choice.GIVEN, decided_at)
    until = place.last_day(standing, moment, valid_until, now)
    decision = place.write(
        standing, Choice.GIVEN, decided_at=moment, valid_until=until, proof=proof, by=by, now=now
    )
    says = ConsentRenewed if standing.choice == Choice.GIVEN else ConsentGiven
    fact = says(
        purpose=standing.purpose_code,
        decision_id=decision.pk,
        law=law,
        notice_version=proof.notice_version,
        channel=proof.method,
        expires_at=until,
    )
    record(fact, controller_id=controller_id, subject_id=standing.subject_id, by=by, now=now)
    return decision


@transaction.atomic
def refuse_consent(
    *,
    controller_id: UUID,
    subject_id: UUID,
    purpose: str,
    law: str = Law.GDPR,
    decided_at: datetime | None = None,
    proof: Proof = NO_PROOF,
    by: Actor,
    now: datetime,
) -> Decision:
    """The person was asked and said no. Where a yes is on record this is IllegalMove: withdraw it instead.

    Raises as `record_consent` does.
    """
    standing = _lock(controller_id, subject_id, purpose, law, proof)
    moment = place.moment_of(decided_at, now)
    if standing.says_already(Choice.REFUSED, moment):
        return standing.last_decision()
    place.check_may_ask(standing, Choice.REFUSED, decided_at)
    decision = place.write(standing, Choice.REFUSED, decided_at=moment, proof=proof, by=by, now=now)
    fact = ConsentRefused(
        purpose=standing.purpose_code,
        decision_id=decision.pk,
        law=law,
        notice_version=proof.notice_version,
        channel=proof.method,
    )
    record(fact, controller_id=controller_id, subject_id=standing.subject_id, by=by, now=now)
    return decision


@transaction.atomic
def await_confirmation(
    *,
    controller_id: UUID,
    subject_id: UUID,
    purpose: str,
    law: str = Law.GDPR,
    decided_at: datetime | None = None,
    valid_until: datetime | None = None,
    proof: Proof = NO_PROOF,
    by: Actor,
    now: datetime,
) -> Decision:
    """The person was asked and has to confirm, as in a double opt-in; until then it counts as no.

    Raises as `record_consent` does.
    """
    standing = _lock(controller_id, subject_id, purpose, law, proof)
    moment = place.moment_of(decided_at, now)
    if standing.says_already(Choice.PENDING, moment):
        return standing.last_decision()
    place.check_may_ask(standing, Choice.PENDING, decided_at)
    until = place.last_day(standing, moment, valid_until, now) if valid_until else None
    decision = place.write(
        standing, Choice.PENDING, decided_at=moment, valid_until=until, proof=proof, by=by, now=now
    )
    fact = ConsentPending(
        purpose=standing.purpose_code,
        decision_id=decision.pk,
        law=law,
        notice_version=proof.notice_version,
        channel=proof.method,
    )
    record(fact, controller_id=controller_id, subject_id=standing.subject_id, by=by, now=now)
    return decision


@transaction.atomic
def withdraw_consent(
    *,
    controller_id: UUID,
    subject_id: UUID,
    purpose: str,
    law: str = Law.GDPR,
    decided_at: datetime | None = None,
    proof: Proof = NO_PROOF,
    by: Actor,
    now: datetime,
) -> Decision:
    """The person takes it back (GDPR Art. 7(3)): every system that uses the purpose is told to stop.

    Heard also where no yes is on record or the purpose is no longer in use. A repeat returns the first withdrawal,
    with its time. Raises UnknownSubject, UnknownPurpose, NotByConsent, OlderThanOnRecord, Invalid.
    """
    standing = _lock(controller_id, subject_id, purpose, law, proof)
    moment = place.moment_of(decided_at, now)
    if standing.choice == Choice.WITHDRAWN:
        return standing.last_decision()
    place.check_may_withdraw(standing, decided_at)
    decision = place.write(standing, Choice.WITHDRAWN, decided_at=moment, proof=proof, by=by, now=now)
    fact = ConsentWithdrawn(
        purpose=standing.purpose_code,
        decision_id=decision.pk,
        law=law,
        channel=proof.method,
        acknowledge_by=standing.acknowledge_by(now),
    )
    record(fact, controller_id=controller_id, subject_id=standing.subject_id, by=by, now=now)
    return decision


def expire_consents(*, now: datetime) -> int:
    """End what is past its last day, however many nights were missed; returns how many. A second run finds none."""
    ended = 0
    while batch := list(_ended(now)[:500]):
        done = sum(expire_consent(current_id=pk, now=now) is not None for pk in batch)
        ended += done
        if not done:  # another worker has these
            break
    return ended


@transaction.atomic
def expire_consent(*, current_id: int, now: datetime) -> Decision | None:
    """End one; None if meanwhile it was renewed, withdrawn, erased or ended by another worker."""
    keys = CurrentDecision.objects.values("controller_id", "subject_id", "purpose__code", "law")
    key = keys.filter(pk=current_id).first()  # by key
    if key is None:
        return None
    proof = Proof(method=Method.CLOCK)
    standing = _lock(key["controller_id"], key["subject_id"], key["purpose__code"], key["law"], proof)
    current = (
        CurrentDecision.objects.past_their_day(now).filter(pk=current_id).first()
    )  # by key, now that it is locked
    if current is None or current.valid_until is None:
        return None
    ended_at = current.valid_until
    decision = place.write(
        standing, Choice.EXPIRED, decided_at=ended_at, proof=proof, by=BY_THE_CLOCK, now=now
    )
    fact = ConsentExpired(
        purpose=standing.purpose_code,
        decision_id=decision.pk,
        law=standing.law,
        expired_on=ended_at.date(),
        acknowledge_by=standing.acknowledge_by(now),
    )
    record(
        fact, controller_id=standing.controller_id, subject_id=standing.subject_id, by=BY_THE_CLOCK, now=now
    )
    return decision


def drop_old_evidence(*, now: datetime) -> int:
    """Delete browser and network address past their time; the decision stays. Returns how many."""
    return Evidence.objects.filter(keep_until__lte=now).delete()[0]


def _ended(now: datetime) -> QuerySet[CurrentDecision, int]:
    ended = CurrentDecision.objects.past_their_day(now).filter(
        subject__forgotten_at=None, subject__merged_into=None
    )
    return ended.order_by("valid_until", "pk").values_list("pk", flat=True)


def _lock(controller_id: UUID, subject_id: UUID, purpose: str, law: str, proof: Proof) -> place.Standing:
    return place.lock(
        controller_id=controller_id,
        subject_id=subject_id,
        purpose=purpose,
        law=law,
        notice_version=proof.notice_version,
    )
