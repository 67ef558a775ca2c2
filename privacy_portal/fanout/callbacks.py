"""A system answers later: its signed message settles the task it was asked to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from privacy_portal.connectors.base import Refused, Unreachable
from privacy_portal.connectors.wire.answers import PROBLEM_CODES, outcome_of
from privacy_portal.fanout.calls import Answer, Trouble
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.fanout.settle import settle_answer
from privacy_portal.fanout.states import FINAL, MOVES, Status
from privacy_portal.fanout.verdicts import decide
from privacy_portal.vocabulary import Verb

_STILL_AT_IT = frozenset({"pending", "in_progress"})
_GIVEN_UP = frozenset({"cancelled", "failed", "denied"})


class Settled(NamedTuple):
    """What came of a callback: the problem, or ""; and whom it is about, where its task is known."""

    problem: str
    subject_id: UUID | None = None


def settle_callback(*, connection: Connection, data: Mapping[str, Any], now: datetime) -> Settled:
    """Settle the task whose key is `subject_request_id`, in the caller's transaction.

    `data` has the shape of a synchronous answer (docs/connector_contract.md).
    Whatever state the task is in, the answer of the system itself counts: it may come before our own worker has
    noted that the order was taken, or after we stopped waiting.
    """
    task = _task_of(data.get("subject_request_id"))
    if task is None:
        return Settled("unknown_task")
    if task.connection_id != connection.pk:
        return Settled("another_systems_task")
    return Settled(_settle(task, data, now), task.subject_id)


def _settle(task: SystemTask, data: Mapping[str, Any], now: datetime) -> str:
    if task.status in FINAL:
        return "task_already_finished"
    if task.token == 0:
        return "task_never_asked"
    if data.get("request_status") in _STILL_AT_IT:
        return ""
    try:
        answer = _read(task, data)
    except (Refused, Unreachable, KeyError, TypeError, ValueError):
        return "malformed"
    target = decide(task, answer, now=now).status
    if target not in MOVES[task.status]:
        return f"task_stays_{Status(task.status)}"
    settle_answer(task, answer, now=now)
    return ""


def _task_of(key: object) -> SystemTask | None:
    try:
        wanted = UUID(str(key))
    except ValueError:
        return None
    return (
        SystemTask.objects.select_for_update(of=("self",))
        .select_related("connection")
        .filter(key=wanted)
        .first()  # the key is unique
    )


def _read(task: SystemTask, data: Mapping[str, Any]) -> Answer:
    """Raises ValueError on an export: a person's data is answered at once and goes nowhere but into its parcel."""
    if data.get("request_status") in _GIVEN_UP:
        code = data.get("code")
        return Answer(trouble=Trouble.REFUSED, code=code if code in PROBLEM_CODES else "system_gave_up")
    if task.verb == Verb.EXPORT:
        raise ValueError("export by callback")
    return Answer(outcome=outcome_of(json.dumps(data, sort_keys=True).encode()))
