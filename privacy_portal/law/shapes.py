"""What a rule, a way of counting, a pause and a computed deadline are made of."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final, Self

from privacy_portal.law.spans import Span

CLOCKS: Final = (
    "request", "opt_out", "appeal", "complaint",
    "breach_authority", "breach_people", "breach_attorney_general", "breach_processor",
    "drop_access", "consent_reask", "consent_revocation", "tracker_lifetime", "record_keeping",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """How a law counts, each habit beside the article it comes from; empty means the law has none."""

    first_day: str
    month_end: str = ""
    shift: str = ""
    no_shift: str = ""
    hours: str = ""
    two_days: str = ""
    business_days: str = ""
    saturday: str = ""
    home: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One dated row of law. `rights` empty: every right; `respond` empty: the law names no number."""

    law: str
    clock: str
    source: str
    counting: Counting
    valid_from: date
    valid_to: date | None = None
    rights: tuple[str, ...] = ()
    deed: str = "answer the request"
    starts: str = "receipt of the request"
    acknowledge: str = ""
    respond: str = ""
    extend: str = ""
    pauses: str = ""
    confidence: str = "high"
    needs_review: bool = False
    note: str = ""

    def in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    @property
    def respond_span(self) -> Span | None:
        return Span.parse(self.respond) if self.respond else None

    @property
    def extended_span(self) -> Span | None:
        """The whole of both periods, counted from the start."""
        return Span.parse(self.respond) + Span.parse(self.extend) if self.extend else None

    @property
    def runs_in_hours(self) -> bool:
        return self.respond_span is not None and self.respond_span.unit == "hours"


@dataclass(frozen=True, slots=True)
class Pause:
    """Days on which the clock stood still: from the question to the answer; no `end`: still waiting."""

    start: date
    end: date | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """What is due when, and the sentences that led there. Fields that do not apply are None."""

    rule: Rule
    start: date | datetime
    zone: tzinfo
    calendar: str | None = None
    acknowledge_on: date | None = None
    nominal_due_on: date | None = None
    due_on: date | None = None
    extension_notice_by: date | None = None
    extended_due_on: date | None = None
    due_at: datetime | None = None
    hours_rule_due_at: datetime | None = None
    outer_due_at: datetime | None = None
    extended: bool = False
    phase: str | None = None
    remaining_hours: float | None = None
    steps: tuple[str, ...] = ()

    def told(self, *sentences: str, **figures: Any) -> Self:
        """The same deadline one step further: what is now known, and why."""
        return replace(self, steps=self.steps + sentences, **figures)

    @property
    def last_on(self) -> date | None:
        """The last day on which the duty can be met in time; for a mere acknowledgement, that day."""
        return (self.extended_due_on if self.extended else self.due_on) or self.acknowledge_on

    @property
    def ends_at(self) -> datetime | None:
        """The instant after which it is late: the moment itself, or the end of the last day in its zone."""
        if self.due_at is not None:
            return self.due_at
        if self.last_on is None:
            return None
        return datetime.combine(self.last_on + timedelta(days=1), datetime.min.time(), self.zone)

    def answer(self) -> dict[str, object]:
        """The figures that apply, as JSON-ready values, and the steps."""
        figures = {name: getattr(self, name) for name in _FIGURES}
        return {name: _plain(value) for name, value in figures.items() if value is not None} | {
            "steps": list(self.steps)
        }

    def explain(self) -> str:
        return "\n".join(f"{number}. {step}" for number, step in enumerate(self.steps, 1))


_FIGURES: Final = tuple(
    field.name
    for field in fields(Deadline)
    if field.name.endswith(("_on", "_by", "_at")) or field.name in {"phase", "remaining_hours"}
)


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 2)
    return value
