"""Which days are working days where: weekends and the public holidays of a country or subdivision."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version
from itertools import count
from typing import Final, Self
from zoneinfo import ZoneInfo

from privacy_portal.errors import Invalid
from privacy_portal.law.wording import quoted, spoken
from privacy_portal.law.zones import ZONES

_CODE: Final = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")
_SATURDAY, _SUNDAY = 5, 6
_EDITION: Final = version("holidays")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Holidays by ISO 3166 code (`IE`, `DE-BE`, `US-CA`); without a code only weekends are known."""

    code: str | None = None

    @classmethod
    def of(cls, code: str | None) -> Self:
        """Raises Invalid for a code that has no holiday table."""
        if code is None:
            return cls()
        known = _known(code.strip().upper())
        if known is None:
            fix = "write an ISO 3166 code such as IE, DE-BE, GB-ENG, US-CA or BR"
            raise Invalid("calendar", f"{quoted(code)} has no holiday table; {fix}")
        return cls(known)

    @property
    def zone(self) -> ZoneInfo | None:
        name = ZONES.get(self.code or "") or ZONES.get((self.code or "").partition("-")[0])
        return ZoneInfo(name) if name else None

    def holiday(self, day: date) -> str | None:
        """The name of the public holiday on that day, in English where there is one."""
        return _holidays(self.code, day.year).get(day) if self.code else None

    def is_working(self, day: date, *, saturdays: bool = False) -> bool:
        rest = {_SUNDAY} if saturdays else {_SATURDAY, _SUNDAY}
        return day.weekday() not in rest and self.holiday(day) is None

    def from_day_on(self, day: date) -> date:
        """The day itself if it is a working day, else the next that is."""
        return next(d for n in count() if self.is_working(d := day + timedelta(days=n)))

    def working_days_after(self, day: date, number: int, *, saturdays: bool = False) -> date:
        """The n-th working day after a day; the day itself is not counted."""
        for _ in range(number):
            day += timedelta(days=1)
            while not self.is_working(day, saturdays=saturdays):
                day += timedelta(days=1)
        return day

    def rest_days(self, start: date, end: date) -> list[str]:
        """Holidays on weekdays after `start` and up to `end`, as words for the explanation."""
        days = (start + timedelta(days=n + 1) for n in range((end - start).days))
        named = ((day, self.holiday(day)) for day in days if day.weekday() < _SATURDAY)
        return [f"{spoken(day)} ({name})" for day, name in named if name]

    def why_not(self, day: date) -> str:
        name = self.holiday(day)
        return f"is a public holiday ({name})" if name else f"falls on a {day:%A}"

    def __str__(self) -> str:
        return f"calendar {self.code}, holidays {_EDITION}" if self.code else "weekends only"


@lru_cache(maxsize=1024)
def _known(code: str) -> str | None:
    match = _CODE.fullmatch(code)
    if match is None:
        return None
    country, subdivision = match.groups()
    country = "GB" if country == "UK" else country
    import holidays  # here, because most processes never count days and need not carry every country

    table = holidays.list_supported_countries(include_aliases=True)
    if country not in table or (subdivision and subdivision not in table[country]):
        return None
    return f"{country}-{subdivision}" if subdivision else country


# A frozen table per year: the package fills its own lazily, and a second thread could see a half-filled one.
@lru_cache(maxsize=4096)
def _holidays(code: str, year: int) -> Mapping[date, str]:
    import holidays

    country, _, subdivision = code.partition("-")
    return dict(holidays.country_holidays(country, subdiv=subdivision or None, years=year, language="en_US"))
