"""Every system is asked, in dependency order; the end state says what really happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from dsr.actions import answer, holding, terms
from dsr.actions import plan as planning
from dsr.models import SubjectRequest
from dsr.states import MOVES, Status
from governance import queries as register
from governance.queries import ConnectedSystem
from privacy_portal.fanout.ask import Ask, Cause, ask_graph
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import FINAL
from privacy_portal.fanout.states import Status as TaskStatus
from privacy_portal.ledger.catalogue import RequestAnswered, RequestDelayed
from privacy_portal.ledger.record import record
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor, CauseKind, Right, Verb

VERBS = {Right.ACCESS: Verb.EXPORT, Right.ERASURE: Verb.ERASE}
FULFILLER = Actor.system("dsr.fulfilment")


@transaction.atomic(savepoint=False)
def start_fulfilment(*, request_id: UUID, now: datetime) -> None:
    """Ask every system of the plan; order only where erasing needs it.

    Nothing is erased that two people did not see: if the register says anything else by now, all is counted anew.
    """
    request = SubjectRequest.objects.locked(request_id)
    verb = VERBS[Right(request.right)]
    systems = list(register.connections_for(request.controller_id))
    plan = request.plans.order_by("-version").first()
    if plan and verb == Verb.ERASE and (changed := terms.changed(plan, systems)):
        planning.set_aside(request, plan, changed=changed, now=now)
        return
    seen = {"plan_hash": plan.hash if plan else ""}
    known = {system.code for system in systems}
    asks = []
    for system in systems:
        after = _after(system, known) if verb == Verb.ERASE else []
        told = {**terms.instructions(request.right, system.connection), **seen}
        asks.append(Ask(system.code, system.connection, verb, request.subject_id, told, after))
    cause = Cause(CauseKind.REQUEST, request.pk, request.pk)
    ask_graph(asks, cause=cause, due_at=request.due_at, by=FULFILLER, now=now)
    request.tasks_total = len(asks)
    request.save(update_fields=["tasks_total"])
    if verb == Verb.ERASE and register.holds_touching(request.controller_id, request.subject_id):
        holding.apply_holds(request=request, now=now)


def _after(system: ConnectedSystem, known: set[str]) -> list[str]:
    """Our own request files go last: who we write to is forgotten only when all others are done."""
    if system.connection.kind == "dsr":
        return sorted(known - {system.code})
    return [code for code in system.after if code in known]


@transaction.atomic(savepoint=False)
def note_tasks(*, request_id: UUID, count: int, now: datetime) -> None:
    """So many more tasks are finished; with the last one the request is answered. No task is told twice."""
    request = SubjectRequest.objects.locked(request_id)
    request.tasks_done += count
    if request.status == Status.FULFILLING and request.tasks_done == request.tasks_total:
        _finish(request, now)
    request.save(update_fields=["tasks_done", "status", "closed_at"])


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


def _finish(request: SubjectRequest, now: datetime) -> None:
    tasks = list(SystemTask.objects.of_cause(CauseKind.REQUEST, request.pk).select_related("connection"))
    assert all(task.status in FINAL for task in tasks)
    end = end_state(tasks)
    check_move(MOVES, request.status, end)
    answer.prepare(request=request, tasks=tasks, end=end, now=now)
    request.status = end
    request.closed_at = now
    skipped = sum(1 for task in tasks if task.status != TaskStatus.COMPLETED)
    record(
        RequestAnswered(
            request_id=request.pk,
            right=request.right,
            end_state=end,
            rows_left=sum(rows_left(task) for task in tasks),
            skipped=skipped,
            on_time=now < request.due_at,
        ),
        controller_id=request.controller_id,
        subject_id=request.subject_id,
        by=FULFILLER,
        now=now,
        correlation_id=request.pk,
    )


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
