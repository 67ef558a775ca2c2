"""What mails to the officer say; composed when they are sent (wiring.LETTERS)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse

from governance.models import Breach, DeadlineAlert
from privacy_portal.fanout.models import SystemTask


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
