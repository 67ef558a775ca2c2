"""Lengths of time as the laws write them: months, calendar days, business days, hours."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, Self

Unit = Literal["months", "days", "business days", "hours"]

_WRITTEN: Final = re.compile(r"P([0-9]+)([MD])|PT([0-9]+)(H)|([0-9]+) (business days)")
_UNITS: Final[dict[str, Unit]] = {"M": "months", "D": "days", "H": "hours", "business days": "business days"}


@dataclass(frozen=True, slots=True)
class Span:
    """A number of months, days, business days or hours; a month is never 30 days."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `P1M`, `P45D`, `PT72H` or `10 business days`; anything else is a ValueError."""
        match = _WRITTEN.fullmatch(text)
        if match is None:
            raise ValueError(f"not a span: {text}")
        count, unit = (group for group in match.groups() if group)
        return cls(int(count), _UNITS[unit])

    def __add__(self, other: Span) -> Span:
        if self.unit != other.unit:
            raise ValueError(f"{self} and {other} cannot be added")
        return Span(self.count + other.count, self.unit)

    def __str__(self) -> str:
        unit = self.unit.removesuffix("s") if self.count == 1 else self.unit
        return f"{self.count} {unit}"


def months_after(day: date, months: int) -> date:
    """The day with the same number, or the last of the month if it has none (Reg. 1182/71 Art. 3(2)(c))."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def calendar_after(day: date, span: Span) -> date:
    """The last day of a span of months or calendar days; the first day itself is not counted."""
    return months_after(day, span.count) if span.unit == "months" else day + timedelta(days=span.count)
