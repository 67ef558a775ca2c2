"""Statuses of sweeps, disposals and breaches, the moves between them, and the register's own short lists of words."""

from __future__ import annotations

from django.db.models import TextChoices


class Level(TextChoices):
    """Confidentiality of a field, apart from what it is about."""

    PUBLIC = "public", "Public"
    INTERNAL = "internal", "Internal"
    CONFIDENTIAL = "confidential", "Confidential"
    SECRET = "secret", "Strictly confidential"


class ErasureStrategy(TextChoices):
    DELETE = "delete", "Delete"
    NULL = "null", "Empty the field"
    MASK = "mask", "Mask"
    PSEUDONYMISE = "pseudonymise", "Pseudonymise (does not count as erased)"
    KEEP = "keep", "Keep, with the ground"


class Disposition(TextChoices):
    """What a retention rule does with rows past their period."""

    DELETE = "delete", "Delete"


class HoldGround(TextChoices):
    """Why data must stay although their period has run out."""

    LITIGATION = "litigation", "Legal claims, Art. 17(3)(e)"
    AUTHORITY = "authority", "Order of an authority, Art. 17(3)(b)"
    AUDIT = "audit", "Audit or investigation, Art. 17(3)(b)"
    RESTRICTION = "restriction", "Kept at the person's wish, Art. 18(1)(c)"


class Channel(TextChoices):
    """By which door a breach was reported."""

    STAFF = "staff", "Staff form"
    API = "api", "API"
    WEBHOOK = "webhook", "Signed webhook"


class Risk(TextChoices):
    """The officer's judgement; it decides who is told (GDPR Arts 33(1), 34(1))."""

    UNLIKELY = "unlikely", "A risk is unlikely"
    RISK = "risk", "A risk"
    HIGH = "high", "A high risk"


class Phase(TextChoices):
    """Information may be given in phases (GDPR Art. 33(4))."""

    FIRST = "first", "First notification"
    FURTHER = "further", "Further information"
    FINAL = "final", "Final report"


class AlertStatus(TextChoices):
    SENT = "sent", "Mail asked for"
    JOINED = "joined", "Told in the mail of a later alert"
    NO_ADDRESS = "no_address", "Nobody to tell: the controller has no officer's address or no mail system"


class DisposalStatus(TextChoices):
    COUNTING = "counting", "The system is counting"
    COUNTED = "counted", "Counted"
    NOT_COUNTED = "not_counted", "The system could not count"
    HELD = "held", "A hold covers the whole dataset"
    DISPOSING = "disposing", "Disposing"
    COMPLETED = "completed", "Completed"
    COMPLETED_WITH_EXCEPTIONS = "completed_with_exceptions", "Completed; held rows stay"
    FAILED = "failed", "Failed; rows are left"
    SKIPPED = "skipped", "Skipped by a person"
    CANCELLED = "cancelled", "Cancelled"


DISPOSAL_MOVES: dict[str, frozenset[str]] = {
    DisposalStatus.COUNTING: frozenset(
        {DisposalStatus.COUNTED, DisposalStatus.NOT_COUNTED, DisposalStatus.SKIPPED, DisposalStatus.CANCELLED}
    ),
    DisposalStatus.NOT_COUNTED: frozenset(
        {DisposalStatus.COUNTED, DisposalStatus.FAILED, DisposalStatus.SKIPPED, DisposalStatus.CANCELLED}
    ),
    DisposalStatus.COUNTED: frozenset(
        {DisposalStatus.DISPOSING, DisposalStatus.COMPLETED, DisposalStatus.COMPLETED_WITH_EXCEPTIONS}
        | {DisposalStatus.HELD, DisposalStatus.CANCELLED}
    ),
    DisposalStatus.DISPOSING: frozenset(
        {DisposalStatus.COMPLETED, DisposalStatus.COMPLETED_WITH_EXCEPTIONS, DisposalStatus.FAILED}
        | {DisposalStatus.SKIPPED}
    ),
    DisposalStatus.FAILED: frozenset(
        {DisposalStatus.COMPLETED, DisposalStatus.COMPLETED_WITH_EXCEPTIONS, DisposalStatus.SKIPPED}
    ),
    DisposalStatus.HELD: frozenset(),
    DisposalStatus.COMPLETED: frozenset(),
    DisposalStatus.COMPLETED_WITH_EXCEPTIONS: frozenset(),
    DisposalStatus.SKIPPED: frozenset(),
    DisposalStatus.CANCELLED: frozenset(),
}


class SweepStatus(TextChoices):
    COUNTING = "counting", "Systems are counting"
    AWAITING_RELEASE = "awaiting_release", "Unusual: waits for a person"
    DISPOSING = "disposing", "Disposing"
    COMPLETED = "completed", "Completed"
    COMPLETED_WITH_EXCEPTIONS = "completed_with_exceptions", "Completed with exceptions"
    PARTLY_FAILED = "partly_failed", "Partly failed"
    CANCELLED = "cancelled", "Cancelled by a person"


_SWEEP_ENDS = frozenset(
    {
        SweepStatus.COMPLETED,
        SweepStatus.COMPLETED_WITH_EXCEPTIONS,
        SweepStatus.PARTLY_FAILED,
        SweepStatus.CANCELLED,
    }
)
SWEEP_MOVES: dict[str, frozenset[str]] = {
    SweepStatus.COUNTING: frozenset({SweepStatus.AWAITING_RELEASE, SweepStatus.DISPOSING}) | _SWEEP_ENDS,
    SweepStatus.AWAITING_RELEASE: frozenset({SweepStatus.DISPOSING, SweepStatus.CANCELLED}),
    SweepStatus.DISPOSING: _SWEEP_ENDS - {SweepStatus.CANCELLED},
    # A person may still bring a failed task to its end; then the sweep ends better than it had.
    SweepStatus.PARTLY_FAILED: frozenset({SweepStatus.COMPLETED, SweepStatus.COMPLETED_WITH_EXCEPTIONS}),
    SweepStatus.COMPLETED: frozenset(),
    SweepStatus.COMPLETED_WITH_EXCEPTIONS: frozenset(),
    SweepStatus.CANCELLED: frozenset(),
}


class BreachStatus(TextChoices):
    OPEN = "open", "Reported; to be assessed"
    TO_NOTIFY = "to_notify", "The authority must be told"
    NOTIFIED = "notified", "The authority was told"
    NOT_NOTIFIED = "not_notified", "Not notified, with reasons"
    CLOSED = "closed", "Closed"


BREACH_MOVES: dict[str, frozenset[str]] = {
    BreachStatus.OPEN: frozenset({BreachStatus.TO_NOTIFY, BreachStatus.NOTIFIED, BreachStatus.NOT_NOTIFIED}),
    BreachStatus.TO_NOTIFY: frozenset(
        {BreachStatus.NOTIFIED, BreachStatus.NOT_NOTIFIED, BreachStatus.TO_NOTIFY}
    ),
    BreachStatus.NOTIFIED: frozenset({BreachStatus.NOTIFIED, BreachStatus.CLOSED}),
    BreachStatus.NOT_NOTIFIED: frozenset(
        {BreachStatus.TO_NOTIFY, BreachStatus.NOT_NOTIFIED, BreachStatus.CLOSED}
    ),
    BreachStatus.CLOSED: frozenset(),
}
CLOCK_RUNS = frozenset({BreachStatus.OPEN, BreachStatus.TO_NOTIFY})
