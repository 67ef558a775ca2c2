"""When the clock stood still, and from when it runs at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from privacy_portal.errors import Invalid
from privacy_portal.law.shapes import Deadline, Pause, Rule
from privacy_portal.law.spans import calendar_after
from privacy_portal.law.wording import spoken


def relevant_time(*, received_on: date, identity_on: date | None = None, fee_on: date | None = None) -> date:
    """The day the month runs from in the UK: the latest of request, proof and fee (UK GDPR Art. 12A)."""
    return max(day for day in (received_on, identity_on, fee_on) if day is not None)


def check(rule: Rule, pauses: Sequence[Pause], start: date, *, extended: bool) -> None:
    """Raises Invalid where the law knows no pause, or one does not lie inside the running clock."""
    span = rule.extended_span if extended else rule.respond_span
    if not pauses:
        return
    if not rule.pauses or span is None:
        raise Invalid("pauses", f"{rule.law} ({rule.source}) never stops this clock; leave the pauses out")
    end = calendar_after(start, span)
    for pause in sorted(pauses, key=lambda pause: pause.start):
        if pause.end is not None and pause.end < pause.start:
            raise Invalid("pauses", f"a pause ends before it begins on {spoken(pause.start)}; swap its days")
        if not start <= pause.start <= end:
            raise Invalid(
                "pauses", f"a pause begins {spoken(pause.start)}, when the clock was not running; correct it"
            )
        end += timedelta(days=days_still([pause], None))


def days_still(pauses: Iterable[Pause], until: date | None) -> int:
    """Days between question and answer, overlapping pauses once; an open pause counts up to `until`."""
    still: set[date] = set()
    for pause in pauses:
        end = pause.end or until or pause.start
        still |= {pause.start + timedelta(days=n) for n in range((end - pause.start).days)}
    return len(still)


def tell(deadline: Deadline, pauses: Sequence[Pause]) -> Deadline:
    for pause in pauses:
        ended = (
            f"to {spoken(pause.end)}"
            if pause.end
            else "and still does, so every date below moves on day by day"
        )
        why = f" ({pause.reason})" if pause.reason else ""
        deadline = deadline.told(
            f"The clock stood still from {spoken(pause.start)} {ended}{why} ({deadline.rule.pauses})."
        )
    return deadline
