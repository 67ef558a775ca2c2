"""Asking a system is writing rows; nothing leaves the house here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from privacy_portal import bell
from privacy_portal.errors import Conflict
from privacy_portal.fanout.models import Connection, SystemTask, TaskDependency, TaskStatusChange
from privacy_portal.fanout.states import Status
from privacy_portal.vocabulary import Actor, CauseKind, Verb
from privacy_portal.writing import insert_rows


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing to ask of one system. `name` is unique in its graph; `after` names the asks that come first."""

    name: str
    connection: Connection
    verb: Verb
    subject_id: UUID | None = None
    instructions: Mapping[str, Any] = field(default_factory=dict)
    after: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """The case a graph of tasks belongs to; `correlation_id` ties its events together in the ledger."""

    kind: CauseKind
    id: UUID
    correlation_id: UUID


@dataclass(frozen=True, slots=True)
class Graph:
    """What is asked for one case; among tasks that are ready, the nearest `due_at` (legal due date) goes first."""

    asks: Sequence[Ask]
    cause: Cause
    due_at: datetime


def ask_graph(
    asks: Sequence[Ask], *, cause: Cause, due_at: datetime, by: Actor, now: datetime
) -> dict[str, SystemTask]:
    """Write a whole graph of tasks in the caller's transaction; returns the tasks by name.

    Raises Conflict on an unknown name in `after`, a name used twice, or a circle.
    """
    return ask_graphs([Graph(asks, cause, due_at)], by=by, now=now)[0]


def ask_graphs(graphs: Sequence[Graph], *, by: Actor, now: datetime) -> list[dict[str, SystemTask]]:
    """The same for several cases, in one statement per table."""
    written = [_Written(graph, now) for graph in graphs]
    tasks = [task for graph in written for task in graph.tasks.values()]
    insert_rows(tasks)
    insert_rows(dependency for graph in written for dependency in graph.dependencies)
    insert_rows(
        TaskStatusChange(task=task, status=task.status, at=now, by=str(by), attempt=0) for task in tasks
    )
    for group in {task.group for task in tasks if task.status == Status.WAITING}:
        bell.ring("portal.run_tasks", group)
    return [graph.tasks for graph in written]


class _Written:
    """A graph as rows: its tasks by name, and what must come before what."""

    def __init__(self, graph: Graph, now: datetime) -> None:
        ordered = _in_order(graph.asks)
        self.tasks = {ask.name: _task(ask, graph, now) for ask in ordered}
        self.dependencies = [
            TaskDependency(task=self.tasks[ask.name], needs=self.tasks[name])
            for ask in ordered
            for name in dict.fromkeys(ask.after)
        ]


def ask(
    connection: Connection,
    verb: Verb,
    *,
    cause: Cause,
    due_at: datetime,
    by: Actor,
    now: datetime,
    subject_id: UUID | None = None,
    instructions: Mapping[str, Any] | None = None,
) -> SystemTask:
    """One task on its own."""
    single = Ask("only", connection, verb, subject_id=subject_id, instructions=instructions or {})
    return ask_graph([single], cause=cause, due_at=due_at, by=by, now=now)["only"]


def _task(ask: Ask, graph: Graph, now: datetime) -> SystemTask:
    cause = graph.cause
    blockers = len(set(ask.after))
    return SystemTask(
        id=uuid4(),
        controller_id=ask.connection.controller_id,
        connection=ask.connection,
        verb=ask.verb,
        cause_kind=cause.kind,
        cause_id=cause.id,
        correlation_id=cause.correlation_id,
        subject_id=ask.subject_id,
        instructions=dict(ask.instructions),
        group=ask.connection.group,
        status=Status.BLOCKED if blockers else Status.WAITING,
        blockers=blockers,
        due_at=graph.due_at,
        run_after=now,
        asked_at=now,
    )


def _in_order(asks: Sequence[Ask]) -> list[Ask]:
    """Dependencies first. Raises Conflict if there is no such order."""
    by_name = {ask.name: ask for ask in asks}
    if len(by_name) != len(asks):
        raise Conflict("Two tasks of one graph have the same name.")
    unknown = {name for ask in asks for name in ask.after} - by_name.keys()
    if unknown:
        raise Conflict(f"Tasks depend on what is not in the graph: {', '.join(sorted(unknown))}.")
    done: dict[str, Ask] = {}
    while len(done) < len(asks):
        ready = [ask for ask in asks if ask.name not in done and all(name in done for name in ask.after)]
        if not ready:
            raise Conflict(f"These depend on each other: {', '.join(sorted(by_name.keys() - done.keys()))}.")
        done.update((ask.name, ask) for ask in ready)
    return list(done.values())
