"""Who was told to stop, who has, and who is late: the tasks of a withdrawal, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from consent.models import Decision
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import Status
from privacy_portal.vocabulary import CauseKind


@dataclass(frozen=True, slots=True)
class Deed:
    """One required action. `state` is done (the system said so), by_hand (a person did), or open (nobody has)."""

    action: str
    state: str

    @property
    def words(self) -> str:
        return _DEEDS[self.state]


@dataclass(frozen=True, slots=True)
class Told:
    """One system asked to stop; `state` is a key of `_WORDS`, `deeds` are the asked actions and what came of each."""

    task_id: UUID
    system: str
    state: str
    status: str
    due_at: datetime
    finished_at: datetime | None
    deeds: tuple[Deed, ...]

    @property
    def words(self) -> str:
        return _WORDS[self.state]

    @property
    def is_awaited(self) -> bool:
        """Whether the system still owes something by its due date."""
        return self.state not in _SETTLED


_DEEDS = {"done": "done", "by_hand": "done, says a person", "open": "not done"}
_SETTLED = ("stopped", "stopped_late", "skipped", "overtaken")
_WORDS = {
    "stopped": "Has stopped",
    "stopped_late": "Has stopped, after the time allowed",
    "skipped": "Left out, with a reason",
    "overtaken": "A newer decision counts",
    "partly": "Answered, but has not done all of it",
    "late": "Late: has not confirmed",
    "person": "A person must answer",
    "asked": "Asked, has not confirmed yet",
}


@dataclass(frozen=True, slots=True)
class Board:
    """One withdrawal with every system that was told."""

    decision: Decision
    told: tuple[Told, ...]
    """Empty until the first worker has picked the withdrawal up, or if no system works for the purpose."""

    @property
    def stopped(self) -> int:
        return sum(one.state in _SETTLED for one in self.told)

    @property
    def late(self) -> int:
        return sum(one.state == "late" for one in self.told)

    @property
    def state(self) -> str:
        if self.late:
            return "late"
        if not self.told:
            return "none"
        return "stopped" if self.stopped == len(self.told) else "asked"

    @property
    def words(self) -> str:
        if self.late:
            return f"{self.late} late"
        if not self.told:
            return "No system told yet"
        return (
            "All have stopped"
            if self.state == "stopped"
            else f"{self.stopped} of {len(self.told)} have stopped"
        )

    @property
    def due_at(self) -> datetime | None:
        return max((one.due_at for one in self.told), default=None)


def boards(decisions: Iterable[Decision], *, now: datetime) -> list[Board]:
    """One board per withdrawal, in the order given: one query for all of them."""
    wanted = list(decisions)
    told: dict[UUID, list[Told]] = {decision.pk: [] for decision in wanted}
    tasks = SystemTask.objects.filter(cause_kind=CauseKind.WITHDRAWAL, cause_id__in=told)
    for task in tasks.select_related("connection__system").order_by("due_at", "connection__code", "pk"):
        told[task.cause_id].append(_told(task, now))
    return [Board(decision, tuple(told[decision.pk])) for decision in wanted]


def late_withdrawals(controller_ids: Iterable[UUID], *, now: datetime) -> QuerySet[Decision]:
    """Withdrawals on which at least one system is late."""
    return _ended(_open_tasks(controller_ids).filter(due_at__lt=now))


def open_withdrawals(controller_ids: Iterable[UUID]) -> QuerySet[Decision]:
    """Withdrawals that at least one system has not acted on yet."""
    return _ended(_open_tasks(controller_ids))


def _open_tasks(controller_ids: Iterable[UUID]) -> QuerySet[SystemTask]:
    return SystemTask.objects.open().filter(
        cause_kind=CauseKind.WITHDRAWAL, controller_id__in=list(controller_ids)
    )


def _ended(tasks: QuerySet[SystemTask]) -> QuerySet[Decision]:
    """Systems are told of a new yes too; only what must stop counts here."""
    return Decision.objects.withdrawals().filter(pk__in=tasks.values("cause_id"))


def _told(task: SystemTask, now: datetime) -> Told:
    system = getattr(task.connection, "system", None)
    deeds = _deeds(task)
    return Told(
        task_id=task.pk,
        system=str(system or task.connection.code),
        state=_state(task, deeds, now),
        status=task.status,
        due_at=task.due_at,
        finished_at=task.finished_at,
        deeds=deeds,
    )


def _deeds(task: SystemTask) -> tuple[Deed, ...]:
    said = task.outcome.get("actions", ())
    unsaid = "by_hand" if task.status == Status.COMPLETED and task.error_code == "by_hand" else "open"
    return tuple(
        Deed(action, "done" if action in said else unsaid) for action in task.instructions.get("actions", ())
    )


def _state(task: SystemTask, deeds: Iterable[Deed], now: datetime) -> str:
    """What a system answered is one thing, what it has done another: only the second counts as stopped."""
    if task.status in (Status.SKIPPED, Status.CANCELLED):
        return "overtaken" if task.error_code == "superseded" else "skipped"
    if task.status == Status.COMPLETED:
        if any(deed.state == "open" for deed in deeds):
            return "partly"
        return "stopped" if task.finished_at is None or task.finished_at <= task.due_at else "stopped_late"
    if task.due_at < now:
        return "late"
    if task.status in (Status.WAITING_ON_PERSON, Status.FAILED):
        return "person"
    return "partly" if task.error_code == "actions_missing" else "asked"
