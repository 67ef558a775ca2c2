"""Write down what came of a task: status, history, parcel, event and the tasks it unblocks, in one transaction."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from django.db import transaction
from django.db.models import Case, F, Value, When

from privacy_portal import bell, subjects
from privacy_portal.connectors.base import Identifier
from privacy_portal.errors import Conflict, Invalid, NotFound
from privacy_portal.fanout import parcels
from privacy_portal.fanout.calls import Answer
from privacy_portal.fanout.claim import BY_OURSELVES
from privacy_portal.fanout.models import SystemTask, TaskStatusChange
from privacy_portal.fanout.parcels import Packed
from privacy_portal.fanout.states import FINAL, MOVES, Status
from privacy_portal.fanout.verdicts import Verdict, decide
from privacy_portal.ledger.catalogue import (
    ParcelMade,
    TaskCompleted,
    TaskFailed,
    TaskSkipped,
    TaskWaitsForPerson,
)
from privacy_portal.ledger.facts import Fact
from privacy_portal.ledger.record import record
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor

log = structlog.get_logger(__name__)

KEPT_AFTER_DUE = timedelta(days=30)
"""A parcel of a task outlives its legal due date by this; whoever packs the answer destroys it sooner."""

_EVENTS = {
    Status.COMPLETED: TaskCompleted,
    Status.FAILED: TaskFailed,
    Status.WAITING_ON_PERSON: TaskWaitsForPerson,
    Status.SKIPPED: TaskSkipped,
}


class StaleResult(Conflict):
    """Somebody else holds this task by now; this result comes too late."""


@transaction.atomic
def settle_answer(task: SystemTask, answer: Answer, *, now: datetime) -> Verdict:
    """Record the answer to a claimed task. Raises StaleResult if the claim was lost meanwhile; nothing is written."""
    verdict = decide(task, answer, now=now)
    if answer.outcome is not None and answer.outcome.identifiers:
        verdict = _remember(task, answer.outcome.identifiers, verdict, now)
    move(task, verdict, by=Actor.system(task.connection.code), now=now)
    if answer.packed is not None:
        keep_parcel(task, answer.packed, rows=answer.rows, by=Actor.system(task.connection.code), now=now)
    return verdict


def move(task: SystemTask, verdict: Verdict, *, by: Actor, now: datetime) -> None:
    """The one way a task changes status once it was claimed. `task` is as it was read; its token is the fence.

    Raises IllegalMove on a move the table does not list, StaleResult if the row is no longer as `task` says.
    """
    check_move(MOVES, task.status, verdict.status)
    fields = _fields(task, verdict, now)
    same = SystemTask.objects.filter(pk=task.pk, status=task.status, token=task.token)
    if not same.update(**fields):
        raise StaleResult()
    for name, value in fields.items():
        setattr(task, name, value)
    task.__dict__.pop("rows_left", None)  # cached of the former outcome
    TaskStatusChange.objects.create(
        task=task, status=verdict.status, at=now, by=str(by), attempt=task.attempts, code=task.error_code
    )
    if verdict.status in _EVENTS:
        tell(_EVENTS[verdict.status](**said_of(task)), task, by=by, now=now)
    if verdict.status in (Status.COMPLETED, Status.SKIPPED):
        _unblock(task, now)


def code_of(text: str) -> str:
    """A connector's code made fit for the ledger: letters, digits and dots, no long run of digits."""
    short = re.sub(r"\d{7,}", "n", re.sub(r"[^A-Za-z0-9_.:/-]+", "_", text)).lstrip("_.:/-")
    return short[:80] or "unknown"


def _fields(task: SystemTask, verdict: Verdict, now: datetime) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "status": verdict.status,
        "lease_until": None,
        "error_code": code_of(verdict.code) if verdict.code else "",
    }
    if verdict.status in FINAL:
        fields["finished_at"] = now
    if verdict.outcome is not None:
        fields["outcome"] = verdict.outcome
    if verdict.run_after is not None:
        fields["run_after"] = verdict.run_after
    if verdict.attempts is not None:
        fields["attempts"] = verdict.attempts
    if verdict.status == Status.WAITING and verdict.code == "rows_left":
        # The next batch is another order: under the old key the system would only repeat its answer.
        fields["key"] = uuid4()
    if verdict.status == Status.WAITING_ON_PERSON and task.assignee_id is None:
        fields["assignee_id"] = task.connection.owner_id
    return fields


def tell(fact: Fact, task: SystemTask, *, by: Actor, now: datetime) -> None:
    """An event of this task's story."""
    record(
        fact,
        controller_id=task.controller_id,
        subject_id=task.subject_id,
        by=by,
        now=now,
        correlation_id=task.correlation_id,
    )


def keep_parcel(task: SystemTask, packed: Packed, *, rows: int, by: Actor, now: datetime) -> None:
    """What a system, or a person on its behalf, sent about somebody."""
    case: dict[str, Any] = {
        "cause_kind": task.cause_kind,
        "cause_id": task.cause_id,
        "task_id": task.pk,
        "rows": rows,
    }
    parcel = parcels.write_row(
        packed,
        now=now,
        controller_id=task.controller_id,
        name=f"{task.connection.code}.jsonl",
        expires_at=max(task.due_at, now) + KEPT_AFTER_DUE,
        subject_id=task.subject_id,
        **case,
    )
    tell(ParcelMade(parcel_id=parcel.pk, **case), task, by=by, now=now)


def said_of(task: SystemTask) -> dict[str, Any]:
    """The fields every task event has."""
    return {
        "task_id": task.pk,
        "connection_id": task.connection_id,
        "system": code_of(task.connection.code),
        "verb": task.verb,
        "cause_kind": task.cause_kind,
        "cause_id": task.cause_id,
        "outcome": task.error_code or None,
        "rows_left": task.outcome.get("rows_left"),
    }


def _unblock(task: SystemTask, now: datetime) -> None:
    """One dependency less for those that wait for this task; who has none left is ready."""
    if not getattr(task, "is_awaited", True):  # the claim has looked, and a graph never grows
        return
    waiting = SystemTask.objects.filter(needs__needs=task, status=Status.BLOCKED)
    if not waiting.update(
        status=Case(When(blockers__lte=1, then=Value(Status.WAITING)), default=F("status")),
        run_after=now,
        blockers=F("blockers") - 1,
    ):
        return
    freed = SystemTask.objects.filter(needs__needs=task, status=Status.WAITING, blockers=0, token=0)
    TaskStatusChange.objects.bulk_create(
        TaskStatusChange(task=ready, status=ready.status, at=now, by=str(BY_OURSELVES), attempt=0)
        for ready in freed
    )
    for group in {ready.group for ready in freed}:
        bell.ring("portal.run_tasks", group)


def _remember(
    task: SystemTask, identifiers: tuple[Identifier, ...], verdict: Verdict, now: datetime
) -> Verdict:
    """Further ways to find the person, from the system that knows them."""
    if task.subject_id is None:
        return verdict
    for identifier in identifiers:
        try:
            subjects.add(subject_id=task.subject_id, identifiers={identifier.kind: identifier.value}, now=now)
        except subjects.AmbiguousSubject:
            return Verdict(Status.WAITING_ON_PERSON, "ambiguous_subject", verdict.outcome)
        except NotFound:
            return Verdict(Status.WAITING_ON_PERSON, "no_identifiers", verdict.outcome)
        except Invalid:
            log.warning("identifier_not_understood", task=str(task.pk), system=task.connection.code)
    return verdict
