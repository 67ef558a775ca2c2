"""Clocks in months, days and business days: first day left out, month ends, weekends and holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from privacy_portal.law.calendars import Calendar
from privacy_portal.law.moments import Moment
from privacy_portal.law.shapes import Deadline, Rule
from privacy_portal.law.spans import Span, calendar_after
from privacy_portal.law.wording import clock_time, plain, spoken


def count(deadline: Deadline, begin: Moment, calendar: Calendar, stood_still: int) -> Deadline:
    """Acknowledgement, answer and extension of a clock that ends with a day."""
    rule = deadline.rule
    deadline = deadline.told(
        f"The clock starts with {rule.starts}, {spoken(begin.day)}; that day is not counted "
        f"({rule.counting.first_day})."
    )
    deadline = _acknowledge(deadline, begin.day, calendar)
    if rule.respond_span is not None:
        deadline = _respond(deadline, begin, calendar, rule.respond_span, stood_still)
    if rule.extended_span is not None:
        deadline = _extend(deadline, begin.day, calendar, rule.extended_span, stood_still)
    return deadline


def _acknowledge(deadline: Deadline, start: date, calendar: Calendar) -> Deadline:
    rule = deadline.rule
    if not rule.acknowledge:
        return deadline
    span = Span.parse(rule.acknowledge)
    day = _end(start, span, calendar)
    sentences = [f"Confirm receipt within {span}: by {spoken(day)} ({rule.source})."]
    if span.unit == "business days":
        sentences += _business_notes(rule, start, span, day, calendar)
    else:
        sentences += _weekend_note(rule, day, calendar)
    return deadline.told(*sentences, acknowledge_on=day)


def _respond(deadline: Deadline, begin: Moment, calendar: Calendar, span: Span, stood_still: int) -> Deadline:
    rule, start = deadline.rule, begin.day
    nominal = _end(start, span, calendar) + timedelta(days=stood_still)
    sentences = [
        f"{span} to {rule.deed}: {_month_end(rule, start, span, nominal, stood_still)} ({rule.source})."
    ]
    if span.unit == "business days":
        nominal = calendar.from_day_on(nominal)
        sentences += _business_notes(rule, start, span, nominal, calendar)
    due, shifted = _shift(rule, nominal, calendar, span)
    deadline = deadline.told(*sentences, *shifted, nominal_due_on=nominal, due_on=due)
    if begin.at is None or span.unit != "days" or not rule.clock.startswith("breach"):
        return deadline
    same_time = datetime.combine(due, begin.at.timetz()).astimezone(UTC).astimezone(begin.zone)
    return deadline.told(
        f"The start has a time, so the alarm is set to the same time on the last day: {clock_time(same_time)}.",
        due_at=same_time,
    )


def _extend(deadline: Deadline, start: date, calendar: Calendar, span: Span, stood_still: int) -> Deadline:
    rule = deadline.rule
    nominal = _end(start, span, calendar) + timedelta(days=stood_still)
    due, shifted = _shift(rule, nominal, calendar, span)
    notice = deadline.nominal_due_on
    assert notice is not None
    moved = deadline.due_on != notice
    cautious = " The unshifted last day is taken: the law says within the first period, not by its moved end."
    return deadline.told(
        f"It may be extended by {Span.parse(rule.extend)}, in all {span} from the start: {spoken(nominal)}.",
        *shifted,
        f"The person must be told of the extension, with the reasons, by {spoken(notice)} ({rule.source})."
        + (cautious if moved else ""),
        extended_due_on=due,
        extension_notice_by=notice,
    )


def _end(start: date, span: Span, calendar: Calendar) -> date:
    if span.unit == "business days":
        return calendar.working_days_after(start, span.count)
    return calendar_after(start, span)


def _month_end(rule: Rule, start: date, span: Span, nominal: date, stood_still: int) -> str:
    unpaused = nominal - timedelta(days=stood_still)
    later = (
        f"; {stood_still} days of standing still are added, so it ends on {spoken(nominal)}"
        if stood_still
        else ""
    )
    if span.unit != "months":
        return f"the last day is {spoken(unpaused)}{later}"
    article = f" ({rule.counting.month_end})" if rule.counting.month_end else ""
    if unpaused.day == start.day:
        return f"the day with the same number is {spoken(unpaused)}{article}{later}"
    missing = f"there is no day {start.day} in {unpaused:%B %Y}"
    return f"{missing}, so it ends on the last day of that month, {spoken(unpaused)}{article}{later}"


def _shift(rule: Rule, nominal: date, calendar: Calendar, span: Span) -> tuple[date, list[str]]:
    if span.unit == "business days":
        return nominal, []
    if not rule.counting.shift:
        return nominal, _weekend_note(rule, nominal, calendar)
    unknown = (
        [] if calendar.code else ["No holiday calendar was given: only Saturdays and Sundays are known here."]
    )
    due = calendar.from_day_on(nominal)
    if due == nominal:
        return due, [f"{spoken(nominal)} is a working day ({calendar}), so it stays.", *unknown]
    return due, [
        f"{plain(nominal)} {calendar.why_not(nominal)}, so the period ends with the next working day, "
        f"{spoken(due)} ({rule.counting.shift}; {calendar}).",
        *unknown,
    ]


def _weekend_note(rule: Rule, day: date, calendar: Calendar) -> list[str]:
    if calendar.is_working(day) or not rule.counting.no_shift:
        return []
    later = calendar.from_day_on(day)
    return [
        f"{plain(day)} {calendar.why_not(day)}, but the day is not moved to {spoken(later)} "
        f"({rule.counting.no_shift})."
    ]


def _business_notes(rule: Rule, start: date, span: Span, end: date, calendar: Calendar) -> list[str]:
    notes = [f"Business days are counted: {rule.counting.business_days} ({calendar})."]
    rest = calendar.rest_days(start, end)
    if rest:
        notes.append(f"Left out as holidays: {', '.join(rest)}.")
    early = calendar.working_days_after(start, span.count, saturdays=True)
    if rule.counting.saturday and early < end:
        notes.append(
            f"Warning: if Saturdays count as business days, the day is {spoken(early)} already "
            f"({rule.counting.saturday}); acting by then is safe on either reading."
        )
    return notes
