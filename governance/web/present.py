"""Finished values for the breach pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from governance.models import Breach, BreachClock
from governance.queries.breaches import THRESHOLDS
from governance.states import BreachStatus
from privacy_portal.templatetags.portal import who
from privacy_portal.web import charts

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


def next_clock(breach: Breach, now: datetime) -> dict[str, Any] | None:
    """The nearest running deadline of a listed breach, as one line."""
    due_at = getattr(breach, "next_due_at", None)
    if due_at is None:
        return None
    left = due_at - now
    state = "late" if left < timedelta(0) else "soon" if left < timedelta(hours=24) else "within"
    hours = int(abs(left).total_seconds()) // 3600
    words = _("%(hours)d h left") if left >= timedelta(0) else _("%(hours)d h too late")
    return {
        "label": "",
        "state": state,
        "due": f"{due_at:%-d %b %H:%M}",
        "remaining": words % {"hours": hours},
    }


def clocks(breach: Breach, now: datetime) -> list[dict[str, Any]]:
    """Every clock with its picture: start, now, end, and the moments of the alerts."""
    shown = []
    for clock in breach.clocks.select_related("breach__controller").order_by("due_at", "pk"):
        view = clock_view(clock, now)
        shown.append(
            {
                "label": view.label,
                "state": view.state,
                "due": view.due,
                "remaining": view.remaining,
                "steps": view.steps,
                "chart": _countdown(clock, now),
            }
        )
    return shown


def facts(breach: Breach) -> list[dict[str, Any]]:
    """The four times first: they are what a clock is argued from."""
    times = [
        (_("Occurred"), breach.occurred_at),
        (_("Detected"), breach.detected_at),
        (_("Aware: the clock starts"), breach.aware_at),
        (_("Reported here"), breach.reported_at),
    ]
    items: list[dict[str, Any]] = [
        {"term": term, "value": f"{at:%-d %b %Y %H:%M} UTC" if at else _("not known")} for term, at in times
    ]
    people = _("not known") if breach.people_affected is None else breach.people_affected
    items += [
        {"term": _("Reported by"), "value": who(breach.sender)},
        {"term": _("Through"), "value": breach.get_channel_display()},
        {"term": _("People affected"), "value": people},
    ]
    return items


def rail(breach: Breach) -> list[dict[str, str]]:
    """Reported → assessed → told or not → closed."""
    told = breach.status == BreachStatus.NOTIFIED or breach.notifications.exists()
    not_told = breach.status == BreachStatus.NOT_NOTIFIED or (
        breach.status == BreachStatus.CLOSED and not told
    )
    ended = breach.status == BreachStatus.CLOSED
    done = [True, bool(breach.assessed_at) or told, told or not_told, ended]
    labels = [
        _("Reported"),
        _("Assessed"),
        _("Not notified") if not_told else _("Authority told"),
        _("Closed"),
    ]
    current = max(number for number, is_done in enumerate(done) if is_done)
    states = [
        "current" if n == current and not ended else "done" if done[n] else "next" for n in range(len(done))
    ]
    if told and not breach.assessed_at:
        states[1] = "skipped"
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]


def _countdown(clock: BreachClock, now: datetime) -> Any:
    start = clock.breach.aware_at
    marks = [
        charts.Mark(clock.due_at - timedelta(hours=hours), f"{hours} h")
        for hours in THRESHOLDS
        if hours and clock.due_at - timedelta(hours=hours) > start
    ]
    until = clock.stopped_at or now
    return charts.countdown(clock.get_deed(), start=start, due=clock.due_at, now=until, marks=marks)


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
