"""Write down what came of a task: status, history, parcel, event and the tasks it unblocks, in one transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db import transaction
from django.db.models import Case, F, Value, When

from privacy_portal import bell, subjects
from privacy_portal.connectors.base import Identifier
from privacy_portal.errors import Conflict, Invalid, NotFound
from privacy_portal.fanout import parcels, removals
from privacy_portal.fanout.calls import Answer
from privacy_portal.fanout.claim import BY_OURSELVES
from privacy_portal.fanout.models import Parcel, SystemTask, TaskStatusChange
from privacy_portal.fanout.parcels import Packed
from privacy_portal.fanout.states import FINAL, MOVES, Status
from privacy_portal.fanout.verdicts import ASKED_ANEW, Verdict, decide
from privacy_portal.ledger.catalogue import (
    ParcelMade,
    TaskCompleted,
    TaskFailed,
    TaskSkipped,
    TaskWaitsForPerson,
)
from privacy_portal.ledger.facts import Fact
from privacy_portal.ledger.record import record, together
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor
from privacy_portal.writing import insert_rows, update_rows

log = structlog.get_logger(__name__)

KEPT_AFTER_DUE = timedelta(days=30)
"""A parcel of a task outlives its legal due date by this; whoever packs the answer destroys it sooner."""

_EVENTS = {
    Status.COMPLETED: TaskCompleted,
    Status.FAILED: TaskFailed,
    Status.WAITING_ON_PERSON: TaskWaitsForPerson,
    Status.SKIPPED: TaskSkipped,
}


_MOVED = "status lease_until error_code finished_at outcome run_after attempts key assignee".split()


class StaleResult(Conflict):
    """Somebody else holds this task by now; this result comes too late."""


Came = tuple[SystemTask, Answer]


def settle_answer(task: SystemTask, answer: Answer, *, now: datetime) -> Verdict:
    """Record the answer to a claimed task. Raises StaleResult if the claim was lost meanwhile; nothing is written."""
    verdicts = settle_answers([(task, answer)], now=now)
    if task.pk not in verdicts:
        raise StaleResult()
    return verdicts[task.pk]


@transaction.atomic
def settle_answers(came: Sequence[Came], *, now: datetime) -> dict[UUID, Verdict]:
    """Record what came of several claimed tasks, one statement per table; nothing of those whose claim was lost.

    Returns the verdict on each that was recorded.
    """
    for task, _answer in came:
        check_move(MOVES, task.status, Status.COMPLETED)  # who cannot end cannot be answered
    held = _as_they_were_read([task for task, _answer in came])
    settled = [(task, answer) for task, answer in came if task.pk in held]
    verdicts = {task.pk: _verdict(task, answer, now) for task, answer in settled}
    with together():
        _move_all([(task, verdicts[task.pk], _by(task)) for task, _answer in settled], now)
        _keep_parcels([(task, answer) for task, answer in settled if answer.packed is not None], now)
    return verdicts


@transaction.atomic
def move(task: SystemTask, verdict: Verdict, *, by: Actor, now: datetime) -> None:
    """The one way a task changes status once it was claimed. `task` is as it was read; its token is the fence.

    Raises IllegalMove on a move the table does not list, StaleResult if the row is no longer as `task` says.
    """
    check_move(MOVES, task.status, verdict.status)
    if not _as_they_were_read([task]):
        raise StaleResult()
    with together():
        _move_all([(task, verdict, by)], now)


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
    asked_for = task.error_code if verdict.code == "retried" else verdict.code
    if verdict.status == Status.WAITING and asked_for in ASKED_ANEW:
        # The next batch is another order: under the old key the system would only repeat its answer.
        fields["key"] = uuid4()
    if verdict.status == Status.WAITING_ON_PERSON and task.assignee_id is None:
        fields["assignee_id"] = task.connection.owner_id
    return fields


def _by(task: SystemTask) -> Actor:
    return Actor.system(task.connection.code)


def _verdict(task: SystemTask, answer: Answer, now: datetime) -> Verdict:
    verdict = decide(task, answer, now=now)
    if answer.outcome is not None and answer.outcome.identifiers:
        return _remember(task, answer.outcome.identifiers, verdict, now)
    return verdict


def _as_they_were_read(tasks: Sequence[SystemTask]) -> set[UUID]:
    """Lock the rows, always in the order of their keys; returns those nobody else has moved since."""
    rows = SystemTask.objects.select_for_update().filter(pk__in=[task.pk for task in tasks]).order_by("pk")
    now_held = {pk: (status, token) for pk, status, token in rows.values_list("pk", "status", "token")}
    return {task.pk for task in tasks if now_held.get(task.pk) == (task.status, task.token)}


def _move_all(moves: Sequence[tuple[SystemTask, Verdict, Actor]], now: datetime) -> None:
    """The rows are locked and as they were read."""
    changes = []
    for task, verdict, by in moves:
        check_move(MOVES, task.status, verdict.status)
        for name, value in _fields(task, verdict, now).items():
            setattr(task, name, value)
        task.__dict__.pop("rows_left", None)  # cached of the former outcome
        changes.append(_change(task, str(by), now))
    update_rows([task for task, _verdict, _by in moves], *_MOVED)
    insert_rows(changes)
    for task, verdict, by in moves:
        if verdict.status in _EVENTS:
            tell(_EVENTS[verdict.status](**said_of(task)), task, by=by, now=now)
        if verdict.status == Status.COMPLETED:
            for fact in removals.facts_of(task, system=code_of(task.connection.code)):
                tell(fact, task, by=by, now=now)
        if verdict.status in (Status.COMPLETED, Status.SKIPPED):
            _unblock(task, now)


def _change(task: SystemTask, by: str, now: datetime) -> TaskStatusChange:
    return TaskStatusChange(
        task=task, status=task.status, at=now, by=by, attempt=task.attempts, code=task.error_code
    )


def _keep_parcels(came: Sequence[Came], now: datetime) -> None:
    rows = [
        (task, _parcel(task, answer.packed, rows=answer.rows, now=now))
        for task, answer in came
        if answer.packed
    ]
    insert_rows(parcel for _task, parcel in rows)
    for task, parcel in rows:
        _tell_parcel(task, parcel, by=_by(task), now=now)


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
    """What a person sent about somebody, on behalf of a system."""
    parcel = _parcel(task, packed, rows=rows, now=now)
    parcel.save(force_insert=True)
    _tell_parcel(task, parcel, by=by, now=now)


def _parcel(task: SystemTask, packed: Packed, *, rows: int, now: datetime) -> Parcel:
    return parcels.row_of(
        packed,
        now=now,
        controller_id=task.controller_id,
        cause_kind=task.cause_kind,
        cause_id=task.cause_id,
        name=f"{task.connection.code}.jsonl",
        expires_at=max(task.due_at, now) + KEPT_AFTER_DUE,
        subject_id=task.subject_id,
        task_id=task.pk,
        rows=rows,
    )


def _tell_parcel(task: SystemTask, parcel: Parcel, *, by: Actor, now: datetime) -> None:
    fact = ParcelMade(
        parcel_id=parcel.pk,
        cause_kind=task.cause_kind,
        cause_id=task.cause_id,
        task_id=task.pk,
        rows=parcel.rows,
    )
    tell(fact, task, by=by, now=now)


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
    insert_rows(
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
