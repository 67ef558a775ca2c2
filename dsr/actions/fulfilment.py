"""Every system is asked, in dependency order; the end state says what really happened."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from dsr.actions import answer, holding, terms
from dsr.actions import plan as planning
from dsr.actions.answer import Ended
from dsr.models import Plan, SubjectRequest
from dsr.states import MOVES, Status
from governance import queries as register
from governance.queries import ConnectedSystem
from privacy_portal.fanout.ask import Ask, Cause, Graph, ask_graphs
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import FINAL
from privacy_portal.fanout.states import Status as TaskStatus
from privacy_portal.ledger.catalogue import RequestAnswered, RequestDelayed
from privacy_portal.ledger.record import record
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor, CauseKind, Right, Verb
from privacy_portal.writing import update_rows

VERBS = {Right.ACCESS: Verb.EXPORT, Right.ERASURE: Verb.ERASE}
FULFILLER = Actor.system("dsr.fulfilment")


@transaction.atomic(savepoint=False)
def start_fulfilment(*, request_ids: Collection[UUID], now: datetime) -> None:
    """Ask every system of the plan; order only where erasing needs it.

    Nothing is erased that two people did not see: if the register says anything else by now, all is counted anew.
    """
    requests = SubjectRequest.objects.all_locked(request_ids)
    plans = _newest_plans(requests)
    going = [request for request in requests if not _is_set_aside(request, plans.get(request.pk), now)]
    graphs = [_graph(request, plans.get(request.pk)) for request in going]
    ask_graphs(graphs, by=FULFILLER, now=now)
    for request, graph in zip(going, graphs, strict=True):
        request.tasks_total = len(graph.asks)
    update_rows(going, "tasks_total")
    for request in going:
        if _erases(request) and register.holds_touching(request.controller_id, request.subject_id):
            holding.apply_holds(request=request, now=now)


def _newest_plans(requests: Sequence[SubjectRequest]) -> dict[UUID, Plan]:
    plans = Plan.objects.filter(request__in=requests).order_by("version", "pk")
    return {plan.request_id: plan for plan in plans}


def _is_set_aside(request: SubjectRequest, plan: Plan | None, now: datetime) -> bool:
    if plan is None or not _erases(request):
        return False
    changed = terms.changed(plan, register.connections_for(request.controller_id))
    if changed:
        planning.set_aside(request, plan, changed=changed, now=now)
    return bool(changed)


def _erases(request: SubjectRequest) -> bool:
    return VERBS[Right(request.right)] == Verb.ERASE


def _graph(request: SubjectRequest, plan: Plan | None) -> Graph:
    systems = register.connections_for(request.controller_id)
    seen = {"plan_hash": plan.hash if plan else ""}
    known = {system.code for system in systems}
    asks = []
    for system in systems:
        after = _after(system, known) if _erases(request) else []
        told = {**terms.instructions(request.right, system.connection), **seen}
        verb = VERBS[Right(request.right)]
        asks.append(Ask(system.code, system.connection, verb, request.subject_id, told, after))
    return Graph(asks, Cause(CauseKind.REQUEST, request.pk, request.pk), request.due_at)


def _after(system: ConnectedSystem, known: set[str]) -> list[str]:
    """Our own request files go last: who we write to is forgotten only when all others are done."""
    if system.connection.kind == "dsr":
        return sorted(known - {system.code})
    return [code for code in system.after if code in known]


@transaction.atomic(savepoint=False)
def note_tasks(*, counts: Mapping[UUID, int], now: datetime) -> None:
    """So many more tasks of each are finished; with the last one a request is answered. No task is told twice."""
    requests = SubjectRequest.objects.all_locked(counts)
    for request in requests:
        request.tasks_done += counts[request.pk]
    _finish([request for request in requests if _is_finished(request)], now)
    update_rows(requests, "tasks_done", "status", "closed_at")


def _is_finished(request: SubjectRequest) -> bool:
    return request.status == Status.FULFILLING and request.tasks_done == request.tasks_total


@transaction.atomic(savepoint=False)
def note_trouble(*, request_id: UUID, task_id: UUID, system: str, reason: str, now: datetime) -> None:
    """A system is away, refuses, or a person must act: the request is late in the making, and the ledger says so."""
    request = SubjectRequest.objects.locked(request_id)
    record(
        RequestDelayed(request_id=request.pk, reason=reason, system=system, task_id=task_id),
        controller_id=request.controller_id,
        subject_id=request.subject_id,
        by=FULFILLER,
        now=now,
        correlation_id=request.pk,
    )


def _finish(requests: Sequence[SubjectRequest], now: datetime) -> None:
    tasks = _tasks_of(requests)
    ended = [Ended(request, tasks[request.pk], end_state(tasks[request.pk])) for request in requests]
    answer.prepare(ended, now=now)
    for request, done, end in ended:
        check_move(MOVES, request.status, end)
        request.status, request.closed_at = end, now
        record(
            RequestAnswered(
                request_id=request.pk,
                right=request.right,
                end_state=end,
                rows_left=sum(rows_left(task) for task in done),
                skipped=sum(1 for task in done if task.status != TaskStatus.COMPLETED),
                on_time=now < request.due_at,
            ),
            controller_id=request.controller_id,
            subject_id=request.subject_id,
            by=FULFILLER,
            now=now,
            correlation_id=request.pk,
        )


def _tasks_of(requests: Sequence[SubjectRequest]) -> dict[UUID, list[SystemTask]]:
    tasks: dict[UUID, list[SystemTask]] = {request.pk: [] for request in requests}
    asked = SystemTask.objects.filter(cause_kind=CauseKind.REQUEST, cause_id__in=list(tasks))
    for task in asked.prefetch_related("connection"):
        assert task.status in FINAL
        tasks[task.cause_id].append(task)
    return tasks


def end_state(tasks: Iterable[SystemTask]) -> Status:
    """Never `completed` while a system was skipped, a row is left, or data is kept on a ground.

    Our own request files are no exception by themselves: every request leaves one, as proof and without personal
    data, and an end that all have tells nobody anything. The plan and the answer list them as kept all the same.
    """
    tasks = list(tasks)
    if any(task.status != TaskStatus.COMPLETED or rows_left(task) for task in tasks):
        return Status.PARTLY_FAILED
    if any(task.verb == Verb.ERASE and _keeps(task) for task in tasks):
        return Status.COMPLETED_WITH_EXCEPTIONS
    return Status.COMPLETED


def rows_left(task: SystemTask) -> int:
    return int(task.outcome.get("rows_left") or 0)


def _keeps(task: SystemTask) -> bool:
    """Kept on a ground, or only pseudonymised: both still concern the person."""
    if task.connection.kind == "dsr":
        return False
    return any(dataset["kept"] or dataset["pseudonymised"] for dataset in task.outcome.get("datasets", []))
