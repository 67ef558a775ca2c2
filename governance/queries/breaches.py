"""Reads for breaches: which clocks run, how much time is left, and what a letter to the officer says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse

from governance.models import Breach, BreachClock, DeadlineAlert
from governance.states import BreachStatus
from privacy_portal.fanout.models import SystemTask
from privacy_portal.staff.reach import Reach

THRESHOLDS = (48, 24, 12, 6, 1, 0)
"""Hours before the deadline at which the officer is told; 0 is the deadline itself."""

LAWS: dict[str, str] = {
    "GDPR": "EU and EEA (GDPR Art. 33)",
    "UK GDPR": "United Kingdom (UK GDPR Art. 33)",
    "CA Civ Code 1798.82": "California (Civ. Code § 1798.82)",
    "LGPD": "Brazil (LGPD Art. 48)",
}
"""Laws whose breach clocks can be started; the numbers are in the rule table."""

_LAW_OF_COUNTRY = {"GB": "UK GDPR", "US": "CA Civ Code 1798.82", "BR": "LGPD"}
_SOON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ClockView:
    """A legal clock, finished for the page (components/clock.html)."""

    label: str
    state: str
    due: str
    remaining: str
    progress: int
    steps: Sequence[str]
    url: str = ""
    phase: str = ""


def home_law(country: str) -> str:
    """The law whose breach clock runs for a controller in this country."""
    return _LAW_OF_COUNTRY.get(country, "GDPR")


def running_clocks(reach: Reach | None = None) -> QuerySet[BreachClock]:
    """Clocks nobody has stopped, the nearest deadline first."""
    clocks = BreachClock.objects.filter(stopped_at=None).exclude(breach__status=BreachStatus.CLOSED)
    if reach is not None:
        clocks = clocks.filter(breach__controller_id__in=reach.controller_ids)
    return clocks.select_related("breach__controller").order_by("due_at", "pk")


def running_breaches(reach: Reach, now: datetime) -> list[ClockView]:
    """For the home page."""
    return [clock_view(clock, now) for clock in running_clocks(reach)[:6]]


def listed_breaches(reach: Reach) -> QuerySet[Breach]:
    """Every breach within reach, with its nearest running deadline."""
    running = Q(clocks__stopped_at=None)
    return (
        Breach.objects.within(reach)
        .select_related("controller")
        .annotate(
            next_due_at=Min("clocks__due_at", filter=running), told=Count("notifications", distinct=True)
        )
        .order_by("-reported_at", "pk")
    )


def clock_view(clock: BreachClock, now: datetime) -> ClockView:
    breach = clock.breach
    return ClockView(
        label=f"{clock.law}: {clock.get_deed()}",
        state=_state(clock, now),
        due=f"{clock.due_at:%-d %b %Y %H:%M} UTC",
        remaining=_remaining(clock, now),
        progress=_progress(breach.aware_at, clock.due_at, clock.stopped_at or now),
        steps=clock.steps,
        url=reverse("governance:breach_detail", args=[breach.pk]),
        phase=breach.title,
    )


def clocks_to_warn_of(now: datetime) -> list[UUID]:
    """Breaches with a running clock that has passed a threshold no alert stands for yet."""
    latest = now + timedelta(hours=max(THRESHOLDS))
    clocks = running_clocks().filter(due_at__lte=latest).prefetch_related("alerts")
    return list(dict.fromkeys(clock.breach_id for clock in clocks if missing_alerts(clock, now)))


def missing_alerts(clock: BreachClock, now: datetime) -> list[int]:
    """Thresholds of this clock that have passed and have no row, the furthest from the deadline first."""
    there = {alert.hours_before for alert in clock.alerts.all()}
    passed = [hours for hours in THRESHOLDS if now >= clock.due_at - timedelta(hours=hours)]
    return [hours for hours in passed if hours not in there]


def deadline_letter(task: SystemTask) -> dict[str, Any]:
    """What the alert says: every threshold this mail answers for, and the time left when it is sent."""
    alerts = (
        DeadlineAlert.objects.filter(task_id=task.pk)
        .select_related("clock__breach")
        .order_by("clock__due_at", "pk")
    )
    clocks = list(dict.fromkeys(alert.clock for alert in alerts))
    breach = Breach.objects.get(pk=task.cause_id)
    return {
        **_letter(breach),
        "clocks": [{"name": f"{clock.law}: {clock.get_deed()}", "due_at": clock.due_at} for clock in clocks],
        "thresholds": _spelled(alert.hours_before for alert in alerts),
        "is_late": any(alert.hours_before == 0 for alert in alerts),
    }


def report_letter(task: SystemTask) -> dict[str, Any]:
    """What the officer is told when a breach is reported."""
    breach = Breach.objects.get(pk=task.cause_id)
    clocks = breach.clocks.order_by("due_at", "pk")
    return {
        **_letter(breach),
        "clocks": [{"name": f"{clock.law}: {clock.get_deed()}", "due_at": clock.due_at} for clock in clocks],
    }


def _letter(breach: Breach) -> dict[str, Any]:
    """Title and description stay in the house: a mailbox is no place for them."""
    path = reverse("governance:breach_detail", args=[breach.pk])
    return {
        "number": str(breach.pk)[:8],
        "aware_at": breach.aware_at,
        "breach_url": f"{settings.PUBLIC_URL}{path}",
    }


def _spelled(hours: Iterable[int]) -> list[str]:
    return ["the deadline has passed" if number == 0 else f"{number} h before" for number in hours]


def _state(clock: BreachClock, now: datetime) -> str:
    if clock.stopped_at is not None:
        return "late" if clock.is_late(now) else "met"
    if now > clock.due_at:
        return "late"
    return "soon" if clock.due_at - now <= _SOON else "within"


def _remaining(clock: BreachClock, now: datetime) -> str:
    if clock.stopped_at is not None:
        return f"stopped {clock.stopped_at:%-d %b %Y %H:%M} UTC"
    left = clock.due_at - now
    hours, seconds = divmod(int(abs(left).total_seconds()), 3600)
    spoken = f"{hours // 24} d {hours % 24} h" if hours >= 96 else f"{hours} h {seconds // 60} min"
    return f"{spoken} left" if left >= timedelta(0) else f"{spoken} too late"


def _progress(start: datetime, due: datetime, now: datetime) -> int:
    whole = (due - start).total_seconds()
    return 100 if whole <= 0 else max(0, min(100, int((now - start).total_seconds() / whole * 100)))
