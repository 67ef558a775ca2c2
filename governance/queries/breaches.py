"""Reads for breaches: which clocks run, and for which of their thresholds an alert is missing."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from governance.models import Breach, BreachClock
from governance.states import BreachStatus
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


def home_law(country: str) -> str:
    """The law whose breach clock runs for a controller in this country."""
    return _LAW_OF_COUNTRY.get(country, "GDPR")


def running_clocks(reach: Reach | None = None) -> QuerySet[BreachClock]:
    """Clocks nobody has stopped, the nearest deadline first."""
    clocks = BreachClock.objects.filter(stopped_at=None).exclude(breach__status=BreachStatus.CLOSED)
    if reach is not None:
        clocks = clocks.filter(breach__controller_id__in=reach.controller_ids)
    return clocks.select_related("breach__controller").order_by("due_at", "pk")


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
