"""The moments of a daily or hourly clock. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from celery.schedules import crontab

from privacy_portal.wiring import SCHEDULE

CLOCKS: dict[str, crontab] = {
    entry.job: entry.every for entry in SCHEDULE.values() if isinstance(entry.every, crontab)
}
"""Job → its clock. Jobs that recur within minutes keep no appointments: the next time is near."""


def latest(clock: crontab, now: datetime) -> datetime:
    """The last moment of the clock that is not after `now`, in UTC."""
    return next(moment for moment in _backwards(clock, now.astimezone(UTC)) if moment <= now)


def following(clock: crontab, now: datetime) -> datetime:
    """The first moment of the clock after `now`, in UTC."""
    later = [moment for moment in _backwards(clock, now.astimezone(UTC) + timedelta(days=1)) if moment > now]
    return later[-1]


def _backwards(clock: crontab, now: datetime) -> Iterator[datetime]:
    """Moments of the day of `now` and of the two days before, the latest first."""
    parts: Any = clock  # its hours and minutes as sets of numbers; the type stubs do not know them
    for days in range(3):
        day = now.date() - timedelta(days=days)
        for hour in sorted(parts.hour, reverse=True):
            for minute in sorted(parts.minute, reverse=True):
                yield datetime.combine(day, time(hour, minute), tzinfo=UTC)
