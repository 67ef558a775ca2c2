"""What outside systems answered. `cause_kind` and `cause_id` name the case; handlers may listen to one kind only."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from privacy_portal.ledger.facts import Code, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFact(Fact):
    """What every task event says: which task, at which system, to do what, for which case."""

    task_id: UUID
    connection_id: UUID
    system: Code
    verb: Code
    cause_kind: Code
    cause_id: UUID
    outcome: Code | None = None
    rows_left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(TaskFact):
    """The system, or a person on its behalf, carried the task out; `rows_left` was counted by asking again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailed(TaskFact):
    """The system could not be made to answer, or refused; a person must look. `outcome` is the error code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWaitsForPerson(TaskFact):
    """The system has no interface, or its answer needs a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSkipped(TaskFact):
    """A person decided that this task is not carried out; the reason stands with the task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRetried(TaskFact):
    """A person sent a failed task out again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPaused(Fact):
    """Nothing is asked of this system until it is resumed."""

    connection_id: UUID
    system: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemResumed(Fact):
    """The system is asked again."""

    connection_id: UUID
    system: Code
