"""How long a statute has a row kept: ISO 8601 periods, counted by the calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from privacy_portal.law.spans import months_after

_WRITTEN = re.compile(
    r"P(?=\d|T\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(\d{1,5})H)?"
)


@dataclass(frozen=True, slots=True)
class Period:
    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read P7Y, P18M, P2W, P30D, PT48H or a mixture; anything else, and nothing at all, is a ValueError.

        Hours are rounded up to days: what must be kept is kept rather longer than shorter.
        """
        match = _WRITTEN.fullmatch(text)
        years, months, weeks, days, hours = (
            (int(group or 0) for group in match.groups()) if match else (0,) * 5
        )
        period = cls(months=years * 12 + months, days=weeks * 7 + days + -(-hours // 24))
        if period == cls() or period.months > 1200:
            raise ValueError("not a period")
        return period

    def after(self, day: date) -> date:
        """The first day on which the period is over."""
        return months_after(day, self.months) + timedelta(days=self.days)


def day_of(value: object) -> date | None:
    """The day in a database value: a date, a moment, ISO text or seconds since 1970. None where it holds no day."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str):
            return date.fromisoformat(value[:10])
        if isinstance(value, int | float) and not isinstance(value, bool):
            return date(1970, 1, 1) + timedelta(seconds=value)
    except (ValueError, OverflowError):
        return None
    return None
