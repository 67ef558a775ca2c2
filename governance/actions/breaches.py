"""A breach from its report to the end of its case (GDPR Arts 33, 34)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from governance.actions.breach_clocks import start_clocks, stop_clocks
from governance.errors import AlreadyReported, ReasonsNeeded
from governance.models import Breach, Notification, System
from governance.queries import breaches as reading
from governance.states import BREACH_MOVES, BreachStatus, Channel, Phase, Risk
from privacy_portal.errors import Conflict, Invalid
from privacy_portal.ledger.catalogue import (
    AuthorityNotified,
    BreachAssessed,
    BreachClosed,
    BreachDetected,
    BreachReported,
)
from privacy_portal.ledger.facts import Fact
from privacy_portal.ledger.record import record
from privacy_portal.organisation.models import Controller
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor, DataCategory


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported. Times not given are taken as the next later one: silence never gives more time."""

    title: str
    description: str
    channel: Channel
    aware_at: datetime | None = None
    detected_at: datetime | None = None
    occurred_at: datetime | None = None
    systems: Sequence[str] = ()
    categories: Sequence[str] = ()
    people_affected: int | None = None
    laws: Sequence[str] = field(default_factory=tuple)
    reference: str = ""
    receipt_id: UUID | None = None


@transaction.atomic
def report_breach(*, controller_id: UUID, report: Report, by: Actor, now: datetime) -> Breach:
    """Enter a breach and start its clocks; without `aware_at` the controller is aware now (EDPB 9/2022, no. 31).

    Raises Invalid on times in the wrong order or unknown systems, categories or laws; AlreadyReported when this
    sender used the reference before.
    """
    aware_at = report.aware_at or now
    detected_at = report.detected_at or aware_at
    systems = _check(controller_id, report, aware_at, detected_at, now)
    breach = Breach(
        controller=Controller.objects.get(pk=controller_id),
        channel=report.channel,
        sender=str(by),
        reference=report.reference,
        title=report.title.strip(),
        description=report.description.strip(),
        categories=list(report.categories),
        people_affected=report.people_affected,
        occurred_at=report.occurred_at,
        detected_at=detected_at,
        aware_at=aware_at,
        reported_at=now,
    )
    _insert(breach)
    breach.systems.set(systems)
    clocks = start_clocks(breach, report.laws or [reading.home_law(breach.controller.country)])
    if report.channel != Channel.STAFF:
        # Seen by a machine, which is an event of its own; aware we are from the same moment.
        _tell(
            breach,
            BreachDetected(breach_id=breach.pk, receipt_id=report.receipt_id, source=report.channel),
            by,
            now,
        )
    first = min(clocks, key=lambda clock: clock.due_at, default=None)
    reported = BreachReported(
        breach_id=breach.pk,
        aware_at=breach.aware_at,
        due_at=first.due_at if first else None,
        law=first.law if first else None,
        source=report.channel,
        categories=tuple(report.categories),
    )
    _tell(breach, reported, by, now)
    return breach


@transaction.atomic
def decide_to_notify(
    *, breach_id: UUID, risk: Risk, reasons: str, measures: str, by: Actor, now: datetime
) -> Breach:
    """Judge that the authority must be told; the clocks go on. Raises IllegalMove, Invalid if a risk is unlikely."""
    if risk == Risk.UNLIKELY:
        raise Invalid("risk", "a breach without a likely risk is not notified; choose that decision instead")
    breach = Breach.objects.locked(breach_id)
    check_move(BREACH_MOVES, breach.status, BreachStatus.TO_NOTIFY)
    _judge(breach, BreachStatus.TO_NOTIFY, risk, reasons, measures, by, now)
    breach.clocks.update(stopped_at=None)
    _tell(breach, _assessed(breach, notify=True), by, now)
    return breach


@transaction.atomic
def decide_not_to_notify(
    *, breach_id: UUID, risk: Risk, reasons: str, measures: str, by: Actor, now: datetime
) -> Breach:
    """Judge that a risk is unlikely; the breach stays in the register with the reasons (GDPR Art. 33(1), (5)).

    Raises IllegalMove, ReasonsNeeded without reasons, Invalid when a risk is likely.
    """
    if risk != Risk.UNLIKELY:
        raise Invalid("risk", "only a breach without a likely risk may stay unnotified (GDPR Art. 33(1))")
    if not reasons.strip():
        raise ReasonsNeeded("Not notifying needs its reasons (GDPR Art. 33(5)).")
    breach = Breach.objects.locked(breach_id)
    check_move(BREACH_MOVES, breach.status, BreachStatus.NOT_NOTIFIED)
    _judge(breach, BreachStatus.NOT_NOTIFIED, risk, reasons, measures, by, now)
    stop_clocks(breach, now=now)
    _tell(breach, _assessed(breach, notify=False), by, now)
    return breach


@transaction.atomic
def notify_authority(
    *,
    breach_id: UUID,
    phase: Phase,
    notified_at: datetime,
    authority: str,
    reference: str,
    delay_reason: str,
    by: Actor,
    now: datetime,
) -> Notification:
    """Record that the authority was told; the first notification stops its clock.

    Raises IllegalMove, Conflict on a first notification that is not the first, ReasonsNeeded when it is late
    (GDPR Art. 33(1)), Invalid on a moment before awareness or in the future.
    """
    breach = Breach.objects.locked(breach_id)
    check_move(BREACH_MOVES, breach.status, BreachStatus.NOTIFIED)
    if not breach.aware_at <= notified_at <= now:
        raise Invalid("notified_at", "must lie between the moment of awareness and now")
    if (phase == Phase.FIRST) == breach.notifications.exists():
        raise Conflict("The first notification comes once and before the others.")
    on_time = all(notified_at <= clock.due_at for clock in breach.clocks.filter(clock="breach_authority"))
    if phase == Phase.FIRST and not on_time and not delay_reason.strip():
        raise ReasonsNeeded(
            "A notification after the deadline needs the reasons for the delay (GDPR Art. 33(1))."
        )
    notification = Notification(
        breach=breach,
        phase=phase,
        notified_at=notified_at,
        authority=authority.strip(),
        reference=reference.strip(),
        delay_reason=delay_reason.strip(),
        on_time=on_time,
        recorded_at=now,
        recorded_by=str(by),
    )
    notification.save(force_insert=True)
    breach.status = BreachStatus.NOTIFIED
    breach.save(update_fields=["status"])
    stop_clocks(breach, clock="breach_authority", now=notified_at)
    _tell(breach, AuthorityNotified(breach_id=breach.pk, notified_at=notified_at, on_time=on_time), by, now)
    return notification


@transaction.atomic
def close(*, breach_id: UUID, by: Actor, now: datetime) -> Breach:
    """End the case; it stays in the register. Raises IllegalMove while nobody has decided on notifying."""
    breach = Breach.objects.locked(breach_id)
    end_state = breach.status
    check_move(BREACH_MOVES, breach.status, BreachStatus.CLOSED)
    breach.status, breach.closed_at = BreachStatus.CLOSED, now
    breach.save(update_fields=["status", "closed_at"])
    stop_clocks(breach, now=now)
    _tell(breach, BreachClosed(breach_id=breach.pk, end_state=end_state), by, now)
    return breach


def _check(
    controller_id: UUID, report: Report, aware_at: datetime, detected_at: datetime, now: datetime
) -> list[System]:
    if report.occurred_at and report.occurred_at > detected_at:
        raise Invalid("occurred_at", "must not be later than its detection")
    if detected_at > aware_at:
        raise Invalid("detected_at", "must not be later than the moment of awareness")
    if aware_at > now:
        raise Invalid("aware_at", "must not lie in the future")
    _check_known("laws", report.laws, reading.LAWS)
    _check_known("categories", report.categories, DataCategory.values)
    systems = System.objects.filter(controller_id=controller_id, code__in=report.systems)
    _check_known("systems", report.systems, {system.code for system in systems})
    return list(systems)


def _check_known(name: str, given: Sequence[str], known: object) -> None:
    unknown = [code for code in given if code not in known]  # type: ignore[operator]
    if unknown:
        raise Invalid(name, f"there is no '{unknown[0]}' here")


def _insert(breach: Breach) -> None:
    try:
        with transaction.atomic():
            breach.save(force_insert=True)
    except IntegrityError as error:
        first = Breach.objects.filter(
            controller_id=breach.controller_id, sender=breach.sender, reference=breach.reference
        ).first()  # unique where there is a reference
        if not breach.reference or first is None:
            raise
        raise AlreadyReported(breach_id=first.pk) from error


def _judge(
    breach: Breach, status: BreachStatus, risk: Risk, reasons: str, measures: str, by: Actor, now: datetime
) -> None:
    breach.status, breach.risk = status, risk
    breach.reasons, breach.measures = reasons.strip(), measures.strip()
    breach.assessed_at, breach.assessed_by = now, str(by)
    breach.save(update_fields=["status", "risk", "reasons", "measures", "assessed_at", "assessed_by"])


def _assessed(breach: Breach, *, notify: bool) -> BreachAssessed:
    return BreachAssessed(
        breach_id=breach.pk, risk=breach.risk, notify_authority=notify, notify_people=breach.risk == Risk.HIGH
    )


def _tell(breach: Breach, fact: Fact, by: Actor, now: datetime) -> None:
    record(fact, controller_id=breach.controller_id, by=by, now=now, correlation_id=breach.correlation_id)
