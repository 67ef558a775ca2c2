"""Clocks in hours: real hours across clock changes; the milder reading of the EU is information only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from privacy_portal.law.calendars import Calendar
from privacy_portal.law.shapes import Deadline
from privacy_portal.law.spans import Span
from privacy_portal.law.wording import clock_time

_TWO_DAYS = 48


def count(deadline: Deadline, begin: datetime, calendar: Calendar, span: Span) -> Deadline:
    """The strict moment, start plus so many real hours, and beside it what Reg. 1182/71 would allow."""
    rule = deadline.rule
    due = _hours_after(begin, span.count)
    sentences = [
        f"The clock starts with {rule.starts}: {clock_time(begin)}.",
        f"{span} to {rule.deed}, in real hours: {clock_time(due)} ({rule.source}).",
    ]
    if due.utcoffset() != begin.utcoffset():
        sentences.append(
            "The clocks change in between, so the time of day moves; the number of hours does not."
        )
    deadline = deadline.told(*sentences, due_at=due)
    return _milder_reading(deadline, begin, calendar, span) if rule.counting.hours else deadline


def _milder_reading(deadline: Deadline, begin: datetime, calendar: Calendar, span: Span) -> Deadline:
    counting = deadline.rule.counting
    first_full_hour = _hours_after(begin.replace(minute=0, second=0, microsecond=0), 1)
    by_hours_rule = _hours_after(first_full_hour, span.count)
    deadline = deadline.told(
        f"For information: leaving out the hour of the event, the period would run from {clock_time(first_full_hour)} "
        f"to {clock_time(by_hours_rule)} ({counting.hours}). The alarm stays on the strict moment.",
        hours_rule_due_at=by_hours_rule,
    )
    if span.count < _TWO_DAYS:
        return deadline
    outer = max(by_hours_rule, _two_working_days(begin, calendar), key=lambda moment: moment.astimezone(UTC))
    known = calendar if calendar.code else "weekends only, as no holiday calendar was given"
    return deadline.told(
        f"For information: with two full working days in every period of two days or more it would end "
        f"{clock_time(outer)} ({counting.two_days}; {known}); whether that helps is disputed.",
        outer_due_at=outer,
    )


def _two_working_days(begin: datetime, calendar: Calendar) -> datetime:
    last = calendar.working_days_after(begin.date(), 2)
    return datetime.combine(last + timedelta(days=1), datetime.min.time(), begin.tzinfo)


def _hours_after(moment: datetime, hours: int) -> datetime:
    return (moment.astimezone(UTC) + timedelta(hours=hours)).astimezone(moment.tzinfo)
