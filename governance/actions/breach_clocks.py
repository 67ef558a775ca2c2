"""The clocks of a breach, and the alerts that go out before and at their end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from governance.models import Breach, BreachClock, DeadlineAlert
from governance.queries import breaches as reading
from governance.states import AlertStatus
from privacy_portal.fanout.ask import Cause
from privacy_portal.fanout.letters import ask_letter
from privacy_portal.fanout.models import SystemTask
from privacy_portal.law import deadlines
from privacy_portal.ledger.catalogue import DeadlineWarned
from privacy_portal.ledger.record import record
from privacy_portal.vocabulary import Actor, CauseKind

KINDS: dict[str, Sequence[str]] = {
    "GDPR": ("breach_authority",),
    "UK GDPR": ("breach_authority",),
    "CA Civ Code 1798.82": ("breach_people",),
    "LGPD": ("breach_authority", "breach_people"),
}
"""Clocks with a number, by law. "Without undue delay" (GDPR Art. 34) has none to count."""


def start_clocks(breach: Breach, laws: Sequence[str]) -> list[BreachClock]:
    """One row per clock of these laws, counted from awareness by the rule table."""
    clocks = []
    for law in dict.fromkeys(laws):
        for kind in KINDS[law]:
            deadline = deadlines.compute(
                law=law,
                clock=kind,
                start=breach.aware_at,
                calendar=breach.controller.calendar or None,
                tz=breach.controller.time_zone,
            )
            if deadline.ends_at is not None:
                clocks.append(
                    BreachClock(
                        breach=breach,
                        law=law,
                        clock=kind,
                        due_at=deadline.ends_at,
                        source=deadline.rule.source,
                        steps=list(deadline.steps),
                    )
                )
    return BreachClock.objects.bulk_create(clocks)


def stop_clocks(breach: Breach, *, now: datetime, clock: str = "") -> None:
    """Stop all clocks, or those of one kind; one that stood already keeps its moment."""
    running = breach.clocks.filter(stopped_at=None)
    if clock:
        running = running.filter(clock=clock)
    running.update(stopped_at=now)


@transaction.atomic
def warn_of_deadlines(*, breach_id: UUID, by: Actor, now: datetime) -> int:
    """Tell the officer of every threshold that has passed and was not told; returns how many.

    Each threshold of each clock gets its row, once. After a downtime several are due at a time: they share one
    mail, which names them all; the row nearest to the deadline stands for the mail, the others say they joined it.
    """
    breach = Breach.objects.select_related("controller").select_for_update(of=("self",)).get(pk=breach_id)
    due = [
        (clock, reading.missing_alerts(clock, now))
        for clock in reading.running_clocks().filter(breach=breach).prefetch_related("alerts")
    ]
    due = [(clock, hours) for clock, hours in due if hours]
    if not due:
        return 0
    mail = _mail(breach, "breach_deadline", min(clock.due_at for clock, _ in due), by, now)
    return sum(_alert(breach, clock, hours, mail, by, now) for clock, hours in due)


@transaction.atomic
def alert_officer(*, breach_id: UUID, by: Actor, now: datetime) -> SystemTask | None:
    """Mail the officer that a breach was reported; nothing to send where the controller names no address."""
    breach = Breach.objects.select_related("controller").get(pk=breach_id)
    first = breach.clocks.order_by("due_at", "pk").first()
    return _mail(breach, "breach_reported", first.due_at if first else now + timedelta(hours=1), by, now)


def _mail(breach: Breach, template: str, due_at: datetime, by: Actor, now: datetime) -> SystemTask | None:
    if not breach.controller.dpo_email:
        return None
    return ask_letter(
        template,
        controller=breach.controller,
        cause=Cause(CauseKind.BREACH, breach.pk, breach.correlation_id),
        due_at=due_at,
        by=by,
        now=now,
    )


def _alert(
    breach: Breach, clock: BreachClock, hours: list[int], mail: SystemTask | None, by: Actor, now: datetime
) -> int:
    nearest = min(hours)
    for number in hours:
        status, reason = AlertStatus.SENT, ""
        if mail is None:
            status, reason = AlertStatus.NO_ADDRESS, "The controller names no officer's address."
        elif number != nearest:
            status, reason = (
                AlertStatus.JOINED,
                f"Due together with the alert {nearest} h before; told in its mail.",
            )
        DeadlineAlert.objects.create(
            clock=clock,
            hours_before=number,
            fell_due_at=clock.due_at - timedelta(hours=number),
            status=status,
            at=now,
            task_id=mail.pk if mail else None,
            reason=reason,
        )
        fact = DeadlineWarned(
            object_kind="breach",
            object_id=breach.pk,
            threshold=number,
            clock=clock.clock,
            due_at=clock.due_at,
        )
        record(fact, controller_id=breach.controller_id, by=by, now=now, correlation_id=breach.correlation_id)
    return len(hours)
