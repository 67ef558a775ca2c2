"""The call itself: one Order to one connector, outside any transaction, and whatever comes back as an Answer."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

import structlog

from privacy_portal.connectors.base import Order, Outcome, Record, Refused, State, Unreachable
from privacy_portal.fanout import letters, parcels
from privacy_portal.fanout.connections import connector_for
from privacy_portal.fanout.models import SystemTask
from privacy_portal.vocabulary import Verb

log = structlog.get_logger(__name__)

SLOTS = 8
"""Calls one process has open at the same time."""

_OVER_THE_NETWORK = frozenset({"http", "mail", "sql"})
"""Kinds that wait for others and never touch our own database: they may wait side by side, in threads."""


class Trouble(StrEnum):
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome, or what stood in its way and under which code."""

    outcome: Outcome | None = None
    trouble: Trouble | None = None
    code: str = ""
    retry_after_seconds: float | None = None
    repeatable: bool = True
    packed: parcels.Packed | None = None
    rows: int = 0


def start(task: SystemTask, order: Order | None, *, on: date) -> Future[Answer]:
    """Begin the call; systems on the network are asked in a thread, our own tables here and now."""
    if task.connection.retired_at is not None:
        return _known(Answer(trouble=Trouble.NOT_ASKED, code="system_retired"))
    if order is None:
        return _known(Answer(trouble=Trouble.NOT_ASKED, code="no_identifiers"))
    if not _is_as_approved(task):
        return _known(Answer(trouble=Trouble.NOT_ASKED, code="register_changed"))
    if _is_letter(task):
        return _start_letter(task, order, on)
    if task.connection.kind in _OVER_THE_NETWORK:
        return _threads().submit(ask_system, task, order, on=on)
    return _known(ask_system(task, order, on=on))


def ask_system(task: SystemTask, order: Order, *, on: date) -> Answer:
    """Call the verb and read the answer to its end. Never raises: every failure has a code, without its text."""
    repeatable = [True]

    def call() -> Answer:
        connector = connector_for(task.connection)
        repeatable[0] = connector.repeatable
        return _read(getattr(connector, task.verb)(order), order, on)

    return replace(_guarded(task, call), repeatable=repeatable[0])


def give_up_waiting() -> None:
    """Leave threads that hang to themselves; what they bring later is refused by its token."""
    pool = _pools.pop(os.getpid(), None)
    if pool is not None:
        pool.shutdown(wait=False)


def _guarded(task: SystemTask, deed: Callable[[], Answer]) -> Answer:
    """What a deed returns, or the Answer that says how it failed."""
    try:
        return deed()
    except Unreachable as error:
        return Answer(
            trouble=Trouble.UNREACHABLE, code=error.code, retry_after_seconds=error.retry_after_seconds
        )
    except Refused as error:
        return Answer(trouble=Trouble.REFUSED, code=error.code)
    except Exception as error:
        # A connector may fail in any way; the other tasks must still run. The class is kept, its text may be personal.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        log.error("connector_failed", task=str(task.pk), kind=task.connection.kind, error=type(error).__name__,
                  at=f"{frame.filename}:{frame.lineno}")  # fmt: skip
        return Answer(trouble=Trouble.UNREACHABLE, code=f"error.{type(error).__name__}")


def _is_as_approved(task: SystemTask) -> bool:
    """Nothing is erased by another description than the one people approved, however long the task has waited."""
    approved = task.instructions.get("described")
    return task.verb != Verb.ERASE or approved in (None, task.connection.described)


def _is_letter(task: SystemTask) -> bool:
    return task.connection.kind == "mail" and "template" in task.instructions


def _start_letter(task: SystemTask, order: Order, on: date) -> Future[Answer]:
    """A letter is composed here, from our own tables, and only sent in the thread."""
    composed: dict[str, str] = {}

    def compose() -> Answer:
        composed.update(letters.compose(task, order.identifiers))
        return Answer()

    answer = _guarded(task, compose)
    if answer.trouble is not None:
        return _known(answer)
    return _threads().submit(ask_system, task, replace(order, values=composed), on=on)


def _read(outcome: Outcome, order: Order, on: date) -> Answer:
    if order.verb != Verb.EXPORT or outcome.state != State.DONE:
        return Answer(outcome=outcome)
    lines = _Lines(outcome.records)
    packed = parcels.pack(lines, on=on)
    if not lines.count:
        parcels.discard(packed)
        return Answer(outcome=replace(outcome, records=()))
    return Answer(outcome=replace(outcome, records=()), packed=packed, rows=lines.count)


class _Lines:
    """Records as JSON lines, counted as they pass."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = records
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for record in self._records:
            self.count += 1
            line = {"dataset": record.dataset, "values": dict(record.values)}
            yield json.dumps(line, ensure_ascii=False, default=_plain).encode() + b"\n"


def _plain(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat else str(value)


_pools: dict[int, ThreadPoolExecutor] = {}


def _threads() -> ThreadPoolExecutor:
    """One pool per process, made when first needed; a forked child has another id and makes its own."""
    pool = _pools.get(os.getpid())
    if pool is None:
        pool = _pools[os.getpid()] = ThreadPoolExecutor(max_workers=SLOTS, thread_name_prefix="fanout")
    return pool


def _known(answer: Answer) -> Future[Answer]:
    future: Future[Answer] = Future()
    future.set_result(answer)
    return future
