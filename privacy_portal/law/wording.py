"""How dates, moments and foreign input read inside a sentence."""

from __future__ import annotations

from datetime import date, datetime


def spoken(day: date) -> str:
    """`Saturday 28 February 2026`."""
    return f"{day:%A} {plain(day)}"


def plain(day: date) -> str:
    """`28 February 2026`, where the weekday is said beside it."""
    return f"{day.day} {day:%B %Y}"


def clock_time(moment: datetime) -> str:
    """`Monday 30 March 2026, 13:00 (UTC+02:00)`."""
    seconds = ":%S" if moment.second else ""
    offset = f"{moment:%z}"
    return f"{spoken(moment.date())}, {moment:%H:%M{seconds}} (UTC{offset[:3]}:{offset[3:5]})"


def quoted(value: object) -> str:
    """Foreign input, shortened, so that an error stays one line."""
    text = " ".join(str(value).split())
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"
