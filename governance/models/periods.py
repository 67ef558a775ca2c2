"""Retention periods as the manifest writes them, and the moment before which a row is past its period."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from privacy_portal.law.spans import months_after

_WRITTEN = re.compile(r"P(?=\d|T\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?(?:T(\d{1,5})H)?")


@dataclass(frozen=True, slots=True)
class Period:
    """Years and months by the calendar, days and hours by the clock: a year is not 365 days."""

    months: int = 0
    days: int = 0
    hours: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read P7Y, P18M, P30D, PT48H or a mixture such as P1Y6M; anything else, or nothing, is a ValueError."""
        match = _WRITTEN.fullmatch(text)
        years, months, days, hours = (int(group or 0) for group in match.groups()) if match else (0, 0, 0, 0)
        period = cls(months=years * 12 + months, days=days, hours=hours)
        if period == cls() or period.months > 1200:
            raise ValueError("not a period")
        return period

    def before(self, now: datetime) -> datetime:
        """What started before this moment is past the period now."""
        earlier = now - timedelta(days=self.days, hours=self.hours)
        return datetime.combine(months_after(earlier.date(), -self.months), earlier.timetz())
