"""Statuses of one task and the moves between them."""

from __future__ import annotations

from django.db.models import TextChoices


class Status(TextChoices):
    BLOCKED = "blocked", "Waits for another system"
    WAITING = "waiting", "Ready to be asked"
    RUNNING = "running", "Being asked"
    ACCEPTED = "accepted", "Taken; the system will answer"
    WAITING_ON_PERSON = "waiting_on_person", "Waits for a person"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed; a person must look"
    SKIPPED = "skipped", "Skipped with a reason"
    CANCELLED = "cancelled", "Cancelled"


MOVES: dict[str, frozenset[str]] = {
    Status.BLOCKED: frozenset({Status.WAITING, Status.SKIPPED, Status.CANCELLED}),
    Status.WAITING: frozenset({Status.RUNNING, Status.SKIPPED, Status.CANCELLED, Status.COMPLETED}),
    Status.RUNNING: frozenset(
        {Status.WAITING, Status.ACCEPTED, Status.WAITING_ON_PERSON, Status.COMPLETED, Status.FAILED}
    ),
    Status.ACCEPTED: frozenset({Status.COMPLETED, Status.FAILED, Status.WAITING_ON_PERSON, Status.WAITING}),
    Status.WAITING_ON_PERSON: frozenset({Status.COMPLETED, Status.SKIPPED, Status.WAITING, Status.CANCELLED}),
    Status.FAILED: frozenset({Status.WAITING, Status.SKIPPED, Status.COMPLETED, Status.CANCELLED}),
    Status.COMPLETED: frozenset(),
    Status.SKIPPED: frozenset(),
    Status.CANCELLED: frozenset(),
}
FINAL = frozenset({Status.COMPLETED, Status.SKIPPED, Status.CANCELLED})
OPEN = frozenset(Status.values) - FINAL
