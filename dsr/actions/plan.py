"""The dry run: every system counts what it holds, and the plan is made from what they say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from dsr.actions import assessment, terms
from dsr.models import Plan, PlanLine, SubjectRequest
from dsr.states import MOVES, Status
from governance import queries as register
from governance.queries import ConnectedSystem
from privacy_portal import subjects
from privacy_portal.fanout.ask import Ask, Cause, Graph, ask_graphs
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.fanout.states import Status as TaskStatus
from privacy_portal.ledger.catalogue import PlanSetAside, RequestLocated
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor, CauseKind, Right, Verb
from privacy_portal.writing import insert_rows, update_rows

COUNTABLE = ("sql", "http", "consent", "dsr", "fake")
"""Kinds of system that can count by themselves; the others are asked of a person, in the run only."""
PLANNER = Actor.system("dsr.planner")
_COUNTED = (TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.WAITING_ON_PERSON, TaskStatus.SKIPPED)


Counts = dict[UUID, list[SystemTask]]
"""By request: the counts that systems gave."""


@transaction.atomic(savepoint=False)
def start_location(*, request_ids: Collection[UUID], now: datetime) -> None:
    """Ask every system that can count what it holds and what the right would do there: the dry run."""
    requests = SubjectRequest.objects.all_locked(request_ids)
    asked = {request: _countable(request) for request in requests}
    _count({request: connections for request, connections in asked.items() if connections}, now)
    _make_plans({request: [] for request, connections in asked.items() if not connections}, now)


@transaction.atomic(savepoint=False)
def note_location(*, request_ids: Collection[UUID], now: datetime) -> None:
    """A system has counted, or cannot. Where none is left to wait for, the plan is made.

    A system may tell us a further way to find the person (e-mail → customer number); those that know people by it
    and were asked before are asked once more.
    """
    requests = {
        request.pk: request for request in SubjectRequest.objects.all_locked(_all_counted(request_ids))
    }
    locating = [request for request in requests.values() if request.status == Status.LOCATING]
    counts = _counts(locating)
    kinds = subjects.kinds_known(request.subject_id for request in locating)
    again: dict[SubjectRequest, list[Connection]] = {}
    ready: dict[SubjectRequest, list[SystemTask]] = {}
    for request in locating:
        tasks = counts[request.pk]
        if any(task.status not in _COUNTED for task in tasks):
            continue  # asked once more meanwhile, by whoever had the lock
        newest = {task.connection_id: task for task in tasks}
        more = [
            task.connection for task in newest.values() if _could_find_more(task, kinds[request.subject_id])
        ]
        if more:
            again[request] = more
        else:
            ready[request] = list(newest.values())
    _count(again, now)
    _make_plans(ready, now)


@transaction.atomic
def return_plan(*, request_id: UUID, by: Actor, now: datetime) -> SubjectRequest:
    """Not like this: count again and make a new plan. Raises IllegalMove."""
    request = SubjectRequest.objects.locked(request_id)
    if request.status == Status.ACCEPTED:
        request.status = Status.PLANNED
    check_move(MOVES, request.status, Status.LOCATING)
    request.status = Status.LOCATING
    request.save(update_fields=["status"])
    start_location(request_ids=[request.pk], now=now)
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
    start_location(request_ids=[request.pk], now=now)


def _countable(request: SubjectRequest) -> list[Connection]:
    systems = register.connections_for(request.controller_id)
    return [system.connection for system in systems if system.connection.kind in COUNTABLE]


def _all_counted(request_ids: Collection[UUID]) -> set[UUID]:
    """Those for which no system is being asked any more: whoever settles the last one sees all others."""
    counting = SystemTask.objects.filter(cause_kind=CauseKind.LOCATION, cause_id__in=list(request_ids))
    return set(request_ids) - set(counting.exclude(status__in=_COUNTED).values_list("cause_id", flat=True))


def _counts(requests: Iterable[SubjectRequest]) -> Counts:
    """Every count so far, the newest last; of two asked in the same moment, the one that knew more."""
    counts: Counts = {request.pk: [] for request in requests}
    tasks = SystemTask.objects.filter(cause_kind=CauseKind.LOCATION, cause_id__in=list(counts))
    for task in tasks.prefetch_related("connection"):
        counts[task.cause_id].append(task)
    for found in counts.values():
        found.sort(key=lambda task: (task.asked_at, len(task.instructions["known_by"])))
    return counts


def _count(asked: Mapping[SubjectRequest, Iterable[Connection]], now: datetime) -> None:
    kinds = subjects.kinds_known(request.subject_id for request in asked)
    graphs = []
    for request, connections in asked.items():
        known = {"known_by": sorted(kinds[request.subject_id])}
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
        graphs.append(Graph(asks, Cause(CauseKind.LOCATION, request.pk, request.pk), request.due_at))
    ask_graphs(graphs, by=PLANNER, now=now)


def _could_find_more(task: SystemTask, kinds: set[str]) -> bool:
    """A kind of identifier came to light since this system was asked, and it knows people by that kind."""
    datasets = task.connection.options.get("datasets", [])
    used = {kind for dataset in datasets for kind in dataset.get("identity", {})} or kinds
    return task.status == TaskStatus.COMPLETED and bool((kinds - set(task.instructions["known_by"])) & used)


def _make_plans(counted: Mapping[SubjectRequest, list[SystemTask]], now: datetime) -> None:
    """What each request's systems said becomes its plan, in one statement per table."""
    drafts = _drafts(counted, now)
    for draft in drafts:
        check_move(MOVES, draft.request.status, Status.PLANNED)
        draft.request.status = Status.PLANNED
        if draft.is_settled:
            assessment.settle_plan(draft.request, draft.plan, PLANNER, now)
    insert_rows(draft.plan for draft in drafts)
    for draft in drafts:
        for line in draft.lines:
            line.plan = draft.plan
    insert_rows(line for draft in drafts for line in draft.lines)
    update_rows([draft.request for draft in drafts], "status")
    for draft in drafts:
        _note_plan(draft, now)


@dataclass(frozen=True, slots=True)
class _Draft:
    request: SubjectRequest
    plan: Plan
    lines: list[PlanLine]
    systems: list[ConnectedSystem]

    @property
    def is_settled(self) -> bool:
        return not _needs_two_people(self.request, self.systems)


def _drafts(counted: Mapping[SubjectRequest, list[SystemTask]], now: datetime) -> list[_Draft]:
    made = dict(
        Plan.objects.filter(request__in=list(counted))
        .values_list("request")
        .annotate(number=Count("pk"))
        .order_by()
    )
    drafts = []
    for request, tasks in counted.items():
        by_connection = {task.connection_id: task for task in tasks}
        systems = register.connections_for(request.controller_id)
        lines = [
            line
            for system in systems
            for line in _lines(system.connection, by_connection.get(system.connection.pk))
        ]
        version = made.get(request.pk, 0) + 1
        counted_as = {task.connection_id: task.instructions.get("described", "") for task in tasks}
        frozen = terms.frozen(systems, counted_as)
        plan_hash = _hash(request, lines, frozen)
        plan = Plan(request=request, version=version, made_at=now, systems=frozen, hash=plan_hash)
        drafts.append(_Draft(request, plan, lines, systems))
    return drafts


def _note_plan(draft: _Draft, now: datetime) -> None:
    located = RequestLocated(
        request_id=draft.request.pk,
        systems=len(draft.systems),
        rows=sum(line.found or 0 for line in draft.lines),
        missing=sum(1 for line in draft.lines if line.problem),
    )
    assessment.note(located, draft.request, PLANNER, now)
    if draft.is_settled:
        assessment.note_approval(draft.request, draft.plan, PLANNER, now)


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
