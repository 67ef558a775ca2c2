"""What happens to the register, to data past its time, and to breaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from privacy_portal.ledger.facts import Code, Codes, Fact, LawName


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemRegistered(Fact):
    """A system and its datasets were entered in the register, or its entry changed (GDPR Art. 30)."""

    system_id: UUID | None = None
    system: Code
    connection_id: UUID | None = None
    datasets: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeRegistered(Fact):
    """A purpose and its legal basis were entered in the register, or its entry changed (GDPR Art. 5(1)(b), 6)."""

    purpose_id: UUID | None = None
    purpose: Code
    legal_basis: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionExpired(Fact):
    """Rows of a dataset passed the end of their retention period (GDPR Art. 5(1)(e))."""

    system: Code
    dataset: Code
    disposal_id: UUID | None = None
    rows: int | None = None
    before: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalPlanned(Fact):
    """The nightly sweep counted what is past its time; nothing is gone yet."""

    sweep_id: UUID | None = None
    disposal_id: UUID | None = None
    system: Code | None = None
    dataset: Code | None = None
    rows: int | None = None
    held: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalReleased(Fact):
    """A planned disposal may be carried out; holds were looked at again."""

    sweep_id: UUID | None = None
    disposal_id: UUID | None = None
    system: Code | None = None
    dataset: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalClosed(Fact):
    """A disposal ended; `rows_left` was counted by asking again and `end_state` says how it ended."""

    sweep_id: UUID | None = None
    disposal_id: UUID | None = None
    system: Code | None = None
    dataset: Code | None = None
    end_state: Code | None = None
    rows: int | None = None
    rows_left: int | None = None
    held: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(Fact):
    """A legal hold forbids disposal until it is lifted (GDPR Art. 17(3)(e))."""

    hold_id: UUID
    system: Code | None = None
    dataset: Code | None = None
    reason: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLifted(Fact):
    """A legal hold ended; what it kept may be disposed of again."""

    hold_id: UUID
    system: Code | None = None
    dataset: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachDetected(Fact):
    """A system or a rule saw signs of a breach; nobody has judged it yet."""

    breach_id: UUID | None = None
    receipt_id: UUID | None = None
    source: Code | None = None
    system: Code | None = None
    severity: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachReported(Fact):
    """The controller became aware of a breach; the clock of GDPR Art. 33(1) runs from `aware_at`."""

    breach_id: UUID
    aware_at: datetime
    due_at: datetime | None = None
    law: LawName | None = None
    source: Code | None = None
    severity: Code | None = None
    categories: Codes = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachAssessed(Fact):
    """The officer judged the risk, and with it whether authority and people are told (GDPR Art. 33(1), 34(1))."""

    breach_id: UUID
    risk: Code
    notify_authority: bool | None = None
    notify_people: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineWarned(Fact):
    """An officer was warned of a running clock; `threshold` is in hours before the end, below 0 after it."""

    object_kind: Code
    object_id: UUID
    threshold: int
    clock: Code | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityNotified(Fact):
    """The supervisory authority was told (GDPR Art. 33); `on_time` is against the 72 hours."""

    breach_id: UUID
    notified_at: datetime | None = None
    reference: Code | None = None
    on_time: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachClosed(Fact):
    """The case is closed; it stays in the register, notified or not (GDPR Art. 33(5))."""

    breach_id: UUID
    end_state: Code | None = None
    reason: Code | None = None
