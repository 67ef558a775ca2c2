"""Reading days and moments: in which zone a bare time is meant, and that it exists at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from privacy_portal.errors import Invalid
from privacy_portal.law.calendars import Calendar
from privacy_portal.law.wording import clock_time, quoted

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-2][0-9]:[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
# The law counts on the calendar of our own time; holiday tables outside it are guesses.
_YEARS: Final = range(1990, 2101)


@dataclass(frozen=True, slots=True)
class Zone:
    """The zone a bare time is read in, and why this one."""

    of: ZoneInfo | None
    why: str

    @classmethod
    def choose(cls, tz: str | None, calendar: Calendar) -> Zone:
        """The named zone, else the calendar's, else none: then a moment's own offset or UTC holds."""
        if tz is not None:
            return cls(_zone(tz), "the zone given")
        return cls(calendar.zone, f"the zone of calendar {calendar.code}")


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the instant on it where one is known; `zone` is where the day is a day."""

    day: date
    at: datetime | None
    zone: tzinfo
    notes: tuple[str, ...] = ()


def parse(field: str, text: str) -> date | datetime:
    """Read `2026-01-31`, `2026-01-31T14:30` or the same with `Z` or an offset; Invalid otherwise."""
    text = text.strip()
    if not text:
        raise Invalid(
            field, "is empty; the clock cannot run without it, write YYYY-MM-DD or YYYY-MM-DDTHH:MM"
        )
    is_day = _DAY.fullmatch(text)
    if not is_day and not _MOMENT.fullmatch(text):
        raise Invalid(
            field,
            f"{quoted(text)} is not read; write YYYY-MM-DD or YYYY-MM-DDTHH:MM, with or without an offset",
        )
    try:
        # From Python 3.13 on, 24:00 would be read as the next day.
        if text[11:13] == "24":
            raise ValueError("hour must be in 0..23")
        return date.fromisoformat(text) if is_day else datetime.fromisoformat(text)
    except ValueError as problem:
        raise Invalid(
            field, f"{quoted(text)} does not exist ({problem}); write a day of the calendar"
        ) from problem


def settle(field: str, value: date | datetime, zone: Zone) -> Moment:
    """Place a day or moment in its zone. Raises Invalid for a time the clocks skip, or a far-off year."""
    if value.year not in _YEARS:
        raise Invalid(field, f"{value.year} is out of reach; give a year from {_YEARS[0]} to {_YEARS[-1]}")
    if not isinstance(value, datetime):
        return Moment(value, None, zone.of or UTC)
    if value.tzinfo is not None:
        at = value.astimezone(zone.of or value.tzinfo)
        return Moment(at.date(), at, at.tzinfo or UTC)
    return _settle_bare(field, value, zone)


def _settle_bare(field: str, value: datetime, zone: Zone) -> Moment:
    place = zone.of or UTC
    at = value.replace(tzinfo=place, fold=0)
    why = zone.why if zone.of else "as neither a zone nor a calendar with one was given"
    notes = [f"The {field}, {value:%H:%M}, was read in {place} ({why})."]
    if at.astimezone(UTC).astimezone(place).replace(tzinfo=None) != value:
        raise Invalid(
            field, f"{value:%Y-%m-%dT%H:%M} was skipped by the clocks in {place}; give it with an offset"
        )
    if at.utcoffset() != at.replace(fold=1).utcoffset():
        notes.append(
            f"That time came twice, as the clocks went back; the earlier, {clock_time(at)}, is taken."
        )
    return Moment(at.date(), at, place, tuple(notes))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name.strip())
    except (KeyError, ValueError, OSError) as problem:
        raise Invalid(
            "tz", f"{quoted(name)} is not a time zone; write an IANA name such as Europe/Berlin or UTC"
        ) from problem
