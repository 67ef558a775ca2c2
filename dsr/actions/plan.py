"""The dry run: every system counts what it holds, and the plan is made from what they say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from dsr.actions import assessment, terms
from dsr.models import Plan, PlanLine, SubjectRequest
from dsr.states import MOVES, Status
from governance import queries as register
from governance.queries import ConnectedSystem
from privacy_portal import subjects
from privacy_portal.fanout.ask import Ask, Cause, ask_graph
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.fanout.states import Status as TaskStatus
from privacy_portal.ledger.catalogue import PlanSetAside, RequestLocated
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor, CauseKind, Right, Verb
from privacy_portal.writing import insert_rows

COUNTABLE = ("sql", "http", "consent", "dsr", "fake")
"""Kinds of system that can count by themselves; the others are asked of a person, in the run only."""
PLANNER = Actor.system("dsr.planner")
_COUNTED = (TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.WAITING_ON_PERSON, TaskStatus.SKIPPED)


@transaction.atomic(savepoint=False)
def start_location(*, request_id: UUID, now: datetime) -> None:
    """Ask every system that can count what it holds and what the right would do there: the dry run."""
    request = SubjectRequest.objects.locked(request_id)
    systems = register.connections_for(request.controller_id)
    countable = [system.connection for system in systems if system.connection.kind in COUNTABLE]
    _count(request, countable, now)
    if not countable:
        _make_plan(request, [], now)


@transaction.atomic(savepoint=False)
def note_location(*, request_id: UUID, now: datetime) -> None:
    """One system has counted, or cannot. When none is left to wait for, the plan is made.

    A system may tell us a further way to find the person (e-mail → customer number); those that know people by it
    and were asked before are asked once more.
    """
    if SystemTask.objects.of_cause(CauseKind.LOCATION, request_id).exclude(status__in=_COUNTED).exists():
        return  # whoever settles the last one sees all others
    request = SubjectRequest.objects.locked(request_id)
    if request.status != Status.LOCATING:
        return
    tasks = _counts(request_id)
    newest = {task.connection_id: task for task in tasks}
    kinds = _kinds_known(request)
    again = [task.connection for task in newest.values() if _could_find_more(task, kinds)]
    if again:
        _count(request, again, now)
    else:
        _make_plan(request, list(newest.values()), now)


@transaction.atomic
def return_plan(*, request_id: UUID, by: Actor, now: datetime) -> SubjectRequest:
    """Not like this: count again and make a new plan. Raises IllegalMove."""
    request = SubjectRequest.objects.locked(request_id)
    if request.status == Status.ACCEPTED:
        request.status = Status.PLANNED
    check_move(MOVES, request.status, Status.LOCATING)
    request.status = Status.LOCATING
    request.save(update_fields=["status"])
    start_location(request_id=request.pk, now=now)
    return request


def set_aside(request: SubjectRequest, plan: Plan, *, changed: list[str], now: datetime) -> None:
    """The register no longer says what was approved: nothing is asked, all is counted anew, two people decide again.

    Call inside the transaction that holds the request. Raises IllegalMove.
    """
    check_move(MOVES, request.status, Status.LOCATING)
    plan.set_aside_at, plan.set_aside_for = now, changed
    plan.save(update_fields=["set_aside_at", "set_aside_for"])
    request.status = Status.LOCATING
    request.save(update_fields=["status"])
    fact = PlanSetAside(
        request_id=request.pk, version=plan.version, systems=tuple(changed), reason="register_changed"
    )
    assessment.note(fact, request, PLANNER, now)
    start_location(request_id=request.pk, now=now)


def _counts(request_id: UUID) -> list[SystemTask]:
    """Every count so far, the newest last; of two asked in the same moment, the one that knew more."""
    tasks = SystemTask.objects.of_cause(CauseKind.LOCATION, request_id).select_related("connection")
    return sorted(tasks, key=lambda task: (task.asked_at, len(task.instructions["known_by"])))


def _count(request: SubjectRequest, connections: Iterable[Connection], now: datetime) -> None:
    known = {"known_by": sorted(_kinds_known(request))}
    asks = [
        Ask(
            connection.code,
            connection,
            Verb.LOCATE,
            request.subject_id,
            {**terms.instructions(request.right, connection), **known},
        )
        for connection in connections
    ]
    cause = Cause(CauseKind.LOCATION, request.pk, request.pk)
    ask_graph(asks, cause=cause, due_at=request.due_at, by=PLANNER, now=now)


def _kinds_known(request: SubjectRequest) -> set[str]:
    return subjects.kinds_known(subject_id=request.subject_id)


def _could_find_more(task: SystemTask, kinds: set[str]) -> bool:
    """A kind of identifier came to light since this system was asked, and it knows people by that kind."""
    datasets = task.connection.options.get("datasets", [])
    used = {kind for dataset in datasets for kind in dataset.get("identity", {})} or kinds
    return task.status == TaskStatus.COMPLETED and bool((kinds - set(task.instructions["known_by"])) & used)


def _make_plan(request: SubjectRequest, tasks: list[SystemTask], now: datetime) -> None:
    check_move(MOVES, request.status, Status.PLANNED)
    by_connection = {task.connection_id: task for task in tasks}
    systems = register.connections_for(request.controller_id)
    lines = [
        line
        for system in systems
        for line in _lines(system.connection, by_connection.get(system.connection.pk))
    ]
    version = request.plans.count() + 1
    counted_as = {task.connection_id: task.instructions.get("described", "") for task in tasks}
    frozen = terms.frozen(systems, counted_as)
    plan = Plan(
        request=request, version=version, made_at=now, systems=frozen, hash=_hash(request, lines, frozen)
    )
    is_settled = not _needs_two_people(request, systems)
    request.status = Status.PLANNED
    if is_settled:
        assessment.settle_plan(request, plan, PLANNER, now)
    plan.save(force_insert=True)
    for line in lines:
        line.plan = plan
    insert_rows(lines)
    request.save(update_fields=["status"])
    missing = sum(1 for line in lines if line.problem)
    rows = sum(line.found or 0 for line in lines)
    located = RequestLocated(request_id=request.pk, systems=len(systems), rows=rows, missing=missing)
    assessment.note(located, request, PLANNER, now)
    if is_settled:
        assessment.note_approval(request, plan, PLANNER, now)


def _needs_two_people(request: SubjectRequest, systems: list[ConnectedSystem]) -> bool:
    """Erasing always. An answer destroys nothing, so the identity check is enough unless the controller wants more."""
    if request.right == Right.ERASURE:
        return True
    # Read with the systems: no query of its own.
    controller = systems[0].connection.controller if systems else request.controller
    return controller.access_review


def _lines(connection: Any, task: SystemTask | None) -> list[PlanLine]:
    if task is None:
        return [PlanLine(connection=connection, system=connection.code, problem="asked_of_a_person")]
    if task.status != TaskStatus.COMPLETED:
        return [
            PlanLine(connection=connection, system=connection.code, problem=task.error_code or task.status)
        ]
    return [_line(connection, dataset) for dataset in task.outcome.get("datasets", [])]


def _line(connection: Any, dataset: Mapping[str, Any]) -> PlanLine:
    return PlanLine(
        connection=connection,
        system=connection.code,
        dataset=dataset["dataset"],
        found=dataset["found"],
        erase=dataset["erased"],
        change=dataset["changed"],
        keep=dataset["kept"],
        grounds=dataset["grounds"],
    )


def _hash(request: SubjectRequest, lines: list[PlanLine], systems: Mapping[str, str]) -> str:
    """What is approved is exactly this; anything else has another hash."""
    names = ("system", "dataset", "found", "erase", "change", "keep", "grounds")
    content = [[getattr(line, name) for name in names] for line in lines]
    text = json.dumps(
        [str(request.pk), request.right, content, systems], sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()
