"""Pausing a system, resuming it, holding tasks back, and cancelling what a case no longer needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from privacy_portal import bell
from privacy_portal.errors import IllegalMove, NotFound
from privacy_portal.fanout.models import Connection, SystemTask, TaskStatusChange
from privacy_portal.fanout.settle import code_of, move
from privacy_portal.fanout.states import MOVES, OPEN, Status
from privacy_portal.fanout.verdicts import Verdict
from privacy_portal.ledger.catalogue import SystemPaused, SystemResumed
from privacy_portal.ledger.record import record
from privacy_portal.vocabulary import Actor, CauseKind, Verb
from privacy_portal.writing import insert_rows


@transaction.atomic
def pause_system(*, connection_id: UUID, by: Actor, now: datetime) -> Connection:
    """Ask this system nothing more until it is resumed; what is being asked runs to its end. Raises IllegalMove."""
    connection = _locked(connection_id)
    if connection.paused_at is not None:
        raise IllegalMove("This system is paused already.")
    connection.paused_at, connection.paused_by = now, str(by)
    connection.save(update_fields=["paused_at", "paused_by"])
    record(
        SystemPaused(connection_id=connection.pk, system=code_of(connection.code)),
        controller_id=connection.controller_id,
        by=by,
        now=now,
    )
    return connection


@transaction.atomic
def resume_system(*, connection_id: UUID, by: Actor, now: datetime) -> Connection:
    """Ask it again, what has gathered first. Raises IllegalMove if it was not paused."""
    connection = _locked(connection_id)
    if connection.paused_at is None:
        raise IllegalMove("This system is not paused.")
    connection.paused_at, connection.paused_by = None, ""
    connection.save(update_fields=["paused_at", "paused_by"])
    record(
        SystemResumed(connection_id=connection.pk, system=code_of(connection.code)),
        controller_id=connection.controller_id,
        by=by,
        now=now,
    )
    bell.ring("portal.run_tasks", connection.group)
    return connection


@transaction.atomic
def hold_back(
    *,
    cause_kind: str,
    cause_id: UUID,
    by_connection: Mapping[UUID, UUID],
    everywhere: UUID | None,
    by: Actor,
    now: datetime,
) -> tuple[list[SystemTask], list[SystemTask]]:
    """Bring a case's open erasures into step with the holds that stand; returns those now held and those let go.

    A task keeps its place and its key. What a system is being asked at this moment runs to its end, and is not
    asked again.
    """
    tasks = list(
        SystemTask.objects.of_cause(cause_kind, cause_id)
        .filter(verb=Verb.ERASE, status__in=OPEN)
        .select_for_update(of=("self",))
        .select_related("connection")
        .order_by("pk")
    )
    changed = []
    for task in tasks:
        hold = everywhere or by_connection.get(task.connection_id)
        if task.held_by != hold:
            task.held_by = hold
            changed.append(task)
    SystemTask.objects.bulk_update(changed, ["held_by"])
    insert_rows(_held_or_not(task, by, now) for task in changed)
    released = [task for task in changed if task.held_by is None]
    for group in {task.group for task in released}:
        bell.ring("portal.run_tasks", group)
    return [task for task in changed if task.held_by is not None], released


def _held_or_not(task: SystemTask, by: Actor, now: datetime) -> TaskStatusChange:
    code = "on_hold" if task.held_by else "hold_lifted"
    return TaskStatusChange(
        task=task, status=task.status, at=now, by=str(by), attempt=task.attempts, code=code
    )


@transaction.atomic
def cancel_tasks(*, cause_kind: str, cause_id: UUID, by: Actor, now: datetime) -> list[SystemTask]:
    """The case no longer needs its tasks. What a system is being asked, or has accepted, cannot be unasked and stays.

    Returns the tasks that were cancelled.
    """
    tasks = list(
        SystemTask.objects.of_cause(cause_kind, cause_id)
        .select_for_update(of=("self",))
        .select_related("connection")
        .order_by("pk")
    )
    cancelled = [task for task in tasks if Status.CANCELLED in MOVES[task.status]]
    for task in cancelled:
        move(task, Verdict(Status.CANCELLED, "cancelled"), by=by, now=now)
    return cancelled


@transaction.atomic
def cancel_notices(
    *, connection_id: UUID, subject_id: UUID, purpose: str, by: Actor, now: datetime
) -> list[SystemTask]:
    """A newer decision about this person and purpose makes what was not said yet untrue. Returns what was cancelled."""
    told = SystemTask.objects.filter(
        connection_id=connection_id,
        subject_id=subject_id,
        verb=Verb.NOTIFY,
        cause_kind=CauseKind.WITHDRAWAL,
        status__in=OPEN,
    )
    tasks = told.select_for_update(of=("self",)).select_related("connection").order_by("pk")
    cancelled = [
        task
        for task in tasks
        if task.instructions.get("purpose") == purpose and Status.CANCELLED in MOVES[task.status]
    ]
    for task in cancelled:
        move(task, Verdict(Status.CANCELLED, "superseded"), by=by, now=now)
    return cancelled


def _locked(connection_id: UUID) -> Connection:
    connection = Connection.objects.select_for_update().filter(pk=connection_id).first()
    if connection is None:
        raise NotFound()
    return connection
