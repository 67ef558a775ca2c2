"""When something is due under a law, and why: pure arithmetic on a dated rule, no clock, no tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from privacy_portal.errors import Invalid
from privacy_portal.law import days, hours, moments, phases, rules, standstill
from privacy_portal.law.calendars import Calendar
from privacy_portal.law.moments import Moment, Zone
from privacy_portal.law.shapes import Deadline, Pause, Rule
from privacy_portal.law.wording import spoken


def compute(
    *,
    law: str,
    clock: str,
    start: date | datetime,
    right: str | None = None,
    calendar: str | None = None,
    tz: str | None = None,
    now: date | datetime | None = None,
    extended: bool = False,
    pauses: Sequence[Pause] = (),
) -> Deadline:
    """All dates of one clock, each with the sentence and the article that led to it.

    A bare time is read in `tz`, else in the calendar's zone, else in UTC. With `now` the result has a
    phase. Raises Invalid naming the field and the fix; NotInForce if no rule held on the start day.
    """
    given = Calendar.of(calendar)
    zone = Zone.choose(tz, given)
    begin = moments.settle("start", start, zone)
    current = moments.settle("now", now, Zone(zone.of, zone.why)) if now is not None else None
    rule = rules.find(law, clock, right, begin.day)
    _check(rule, begin, pauses, extended=extended)
    used = _calendar(rule, given)
    deadline = Deadline(rule=rule, start=start, zone=begin.zone, calendar=used.code, extended=extended)
    deadline = _open(deadline, begin, given, used)
    deadline = _count(deadline, begin, used, pauses, current)
    if current is None:
        return deadline
    return phases.place(deadline, begin, current, paused=any(pause.end is None for pause in pauses))


def _check(rule: Rule, begin: Moment, pauses: Sequence[Pause], *, extended: bool) -> None:
    standstill.check(rule, pauses, begin.day, extended=extended)
    if extended and not rule.extend:
        raise Invalid("extended", f"{rule.law} ({rule.source}) has no extension of this clock; leave it out")
    if rule.runs_in_hours and begin.at is None:
        raise Invalid("start", "this clock runs in hours, so a day is not enough; write YYYY-MM-DDTHH:MM")


def _calendar(rule: Rule, given: Calendar) -> Calendar:
    """The calendar given; where the law counts its own business days, the one of its own place."""
    home = rule.counting.home
    if home is None or (given.code or "").startswith(home):
        return given
    return Calendar.of(home)


def _open(deadline: Deadline, begin: Moment, given: Calendar, used: Calendar) -> Deadline:
    rule = deadline.rule
    until = f" to {spoken(rule.valid_to)}" if rule.valid_to else ""
    name = rule.source if rule.source.startswith(rule.law) else f"{rule.law}, {rule.source}"
    sentences = [f"Rule: {name}, in force from {spoken(rule.valid_from)}{until}."]
    if rule.needs_review:
        sentences.append(f"This row awaits review by a lawyer (confidence: {rule.confidence}).")
    if rule.note:
        sentences.append(rule.note)
    if given.code and given != used:
        sentences.append(f"{rule.law} counts by its own calendar, {used.code}, not by {given.code}.")
    others = rules.parts(rule, begin.day) if rule.clock.startswith("breach") else ()
    if others:
        sentences.append(f"This clock has other parts, to be asked for as right: {', '.join(others)}.")
    return deadline.told(*sentences, *begin.notes)


def _count(
    deadline: Deadline, begin: Moment, calendar: Calendar, pauses: Sequence[Pause], current: Moment | None
) -> Deadline:
    rule = deadline.rule
    if rule.respond_span is not None and rule.runs_in_hours and begin.at is not None:
        return hours.count(deadline, begin.at, calendar, rule.respond_span)
    if rule.respond_span is None and not rule.acknowledge:
        return deadline.told(
            f"No due date can be counted; the duty to {rule.deed} starts on {spoken(begin.day)}."
        )
    still = standstill.days_still(pauses, current.day if current else None)
    return days.count(standstill.tell(deadline, pauses), begin, calendar, still)
