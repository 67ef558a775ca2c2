"""Take tasks from the queue: each by one worker at a time, the nearest legal due date first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection as database
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from privacy_portal.fanout.models import SystemTask, TaskDependency, TaskStatusChange
from privacy_portal.fanout.states import Status
from privacy_portal.vocabulary import Actor
from privacy_portal.writing import insert_rows

LEASE = timedelta(seconds=5)
"""Renewed every LEASE / 4 while the call lasts, so that a killed worker's tasks are free again within seconds."""

BY_OURSELVES = Actor.system("portal")


def claim(*, group: str, now: datetime, room: int, busy: Collection[UUID] = ()) -> list[SystemTask]:
    """Up to `room` ready tasks, now RUNNING under a lease and a new token; none of the `busy` connections."""
    ready = SystemTask.objects.ready(now).filter(group=group).exclude(connection_id__in=busy)
    if not ready.exists():  # SQLite would take its one write lock just to look
        return []
    with transaction.atomic():
        skip = database.features.has_select_for_update_skip_locked
        tasks = list(
            ready.select_for_update(skip_locked=skip, of=("self",) if skip else ())
            .prefetch_related("connection__controller")  # few systems have many tasks
            .annotate(is_awaited=Exists(TaskDependency.objects.filter(needs=OuterRef("pk"))))
            .order_by("due_at", "asked_at", "pk")[:room]
        )
        return _take(tasks, now)


def _take(tasks: Sequence[SystemTask], now: datetime) -> list[SystemTask]:
    """Nobody else can have moved these rows: PostgreSQL has locked them, SQLite has one writer (IMMEDIATE)."""
    lease_until = now + LEASE
    SystemTask.objects.filter(pk__in=[task.pk for task in tasks], status=Status.WAITING).update(
        status=Status.RUNNING, token=F("token") + 1, attempts=F("attempts") + 1, lease_until=lease_until
    )
    for task in tasks:
        task.status = Status.RUNNING
        task.token += 1
        task.attempts += 1
        task.lease_until = lease_until
    insert_rows(
        TaskStatusChange(task=task, status=task.status, at=now, by=str(BY_OURSELVES), attempt=task.attempts)
        for task in tasks
    )
    return list(tasks)
