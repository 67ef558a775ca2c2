"""Where a clock stands now. Exactly at the deadline is still within."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from privacy_portal.errors import Invalid
from privacy_portal.law.moments import Moment
from privacy_portal.law.shapes import Deadline

_HOUR = timedelta(hours=1)


def place(deadline: Deadline, begin: Moment, now: Moment, *, paused: bool) -> Deadline:
    """The same deadline with its phase and the hours left; without a due date it has neither."""
    ends_at = deadline.ends_at
    if ends_at is None:
        return deadline
    if now.at is None and deadline.due_at is not None:
        raise Invalid("now", "this clock ends at a moment, so now needs a time; write YYYY-MM-DDTHH:MM")
    instant = now.at or datetime.combine(now.day, datetime.min.time(), deadline.zone)
    remaining = (ends_at.astimezone(UTC) - instant.astimezone(UTC)) / _HOUR
    return deadline.told(phase=_phase(deadline, begin, now, paused=paused), remaining_hours=remaining)


def _phase(deadline: Deadline, begin: Moment, now: Moment, *, paused: bool) -> str:
    if _before(now, begin):
        return "not_started"
    if paused:
        return "paused"
    if _is_late(deadline, now):
        return "exceeded"
    if deadline.extended and deadline.due_on is not None and now.day > deadline.due_on:
        return "within_extension"
    return "within"


def _before(now: Moment, begin: Moment) -> bool:
    return now.at < begin.at if now.at and begin.at else now.day < begin.day


def _is_late(deadline: Deadline, now: Moment) -> bool:
    if deadline.due_at is not None and now.at is not None:
        return now.at > deadline.due_at
    return deadline.last_on is not None and now.day > deadline.last_on
