"""The executor: claim, call outside any transaction, record, deliver; again until nothing is ready."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from copy import copy
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError
from django.db import connection as database

from privacy_portal import bell
from privacy_portal.fanout import calls, parcels
from privacy_portal.fanout.calls import Answer, Trouble
from privacy_portal.fanout.claim import claim
from privacy_portal.fanout.connections import is_repeatable
from privacy_portal.fanout.heartbeat import Clock, heartbeat
from privacy_portal.fanout.models import Parcel, SystemTask
from privacy_portal.fanout.orders import orders_for
from privacy_portal.fanout.settle import StaleResult, settle_answer
from privacy_portal.ledger.deliver import deliver_due

log = structlog.get_logger(__name__)

GRACE_SECONDS = 5
"""A connector keeps its own timeout; twice that and this is when it counts as hung."""

_AT_ONE_SYSTEM = calls.SLOTS - 2
"""A slow system with much to do leaves room for the others."""


def work(*, group: str, clock: Clock, limit: int = 500) -> int:
    """Run up to `limit` ready tasks of a group and deliver what follows; returns how many were asked.

    The door passes its clock, because one run lasts. Work left over rings for the next one.
    """
    with bell.answered_here("portal.deliver", f"portal.run_tasks {group}"):
        shift = Shift(group, clock, limit)
        shift.work()
    if shift.asked >= limit:
        bell.ring_now("portal.run_tasks", group)
    return shift.asked


class Shift:
    """One run of one worker. All reading and writing is done in this thread; only calls are made in others."""

    def __init__(self, group: str, clock: Clock, limit: int) -> None:
        self.group, self.clock, self.limit = group, clock, limit
        self.asked = 0
        self._woken = False
        self._open: dict[Future[Answer], tuple[SystemTask, float]] = {}

    def work(self) -> None:
        try:
            while self._claim_and_start() or self._open or deliver_due(now=self.clock()):
                self._record_what_came()
        finally:
            for task, _until in self._open.values():
                heartbeat.let_go(task)

    def _claim_and_start(self) -> bool:
        """Fill the slots when half of them are free, so that one query serves several tasks."""
        room = min(calls.SLOTS - len(self._open), self.limit - self.asked)
        if room < min(calls.SLOTS // 2, self.limit - self.asked) or room <= 0:
            return False
        now = self.clock()
        tasks = claim(group=self.group, now=now, room=room, busy=self._busy())
        if len(tasks) == calls.SLOTS:
            self._wake_a_colleague()
        for task in tasks:
            heartbeat.hold(task, self.clock)
        orders = orders_for(tasks, now=now)
        for task in tasks:
            self.asked += 1
            until = time.monotonic() + 2 * task.connection.timeout_seconds + GRACE_SECONDS
            self._open[calls.start(task, orders[task.pk], on=now.date())] = task, until
        return bool(tasks)

    def _wake_a_colleague(self) -> None:
        """There is more than one process can hold. SQLite has one writer: a second process would only wait for it."""
        if not self._woken and database.features.has_select_for_update_skip_locked:
            self._woken = True
            bell.ring_now("portal.run_tasks", self.group)

    def _busy(self) -> list[UUID]:
        held = [task.connection_id for task, _until in self._open.values()]
        return [pk for pk in set(held) if held.count(pk) >= _AT_ONE_SYSTEM]

    def _record_what_came(self) -> None:
        if not self._open:
            return
        patience = min(until for _task, until in self._open.values()) - time.monotonic()
        done, _open = wait(self._open, timeout=max(patience, 0.0), return_when=FIRST_COMPLETED)
        for future in done:
            task, _until = self._open.pop(future)
            self._record(task, future.result())
        if not done:
            self._give_up_on_the_slow()
        elif not any(future.done() for future in self._open):
            deliver_due(now=self.clock())

    def _give_up_on_the_slow(self) -> None:
        """Connectors keep their own timeouts; this is for the one that does not."""
        for future, (task, until) in list(self._open.items()):
            if until <= time.monotonic():
                del self._open[future]
                repeatable = is_repeatable(task.connection)
                self._record(task, Answer(trouble=Trouble.UNREACHABLE, code="hung", repeatable=repeatable))
        calls.give_up_waiting()

    def _record(self, task: SystemTask, answer: Answer) -> None:
        try:
            _settle_surely(task, answer, self.clock)
        except StaleResult:
            log.warning("late_result_refused", task=str(task.pk), token=task.token)
            _discard(answer)
        finally:
            heartbeat.let_go(task)


def _settle_surely(task: SystemTask, answer: Answer, clock: Clock) -> None:
    """The call has happened: a database that drops the connection now must not lose the answer."""
    pauses = [0.2, 0.5, 1.0]
    while True:
        try:
            settle_answer(copy(task), answer, now=clock())
            return
        except (OperationalError, InterfaceError):
            if not pauses or database.in_atomic_block:
                raise  # the lease runs out and the task is asked again, under the same key
            database.close()
            time.sleep(pauses.pop(0))


def _discard(answer: Answer) -> None:
    """A commit whose confirmation was lost did happen: its parcel stays."""
    if answer.packed is not None and not Parcel.objects.filter(pk=answer.packed.id).exists():
        parcels.discard(answer.packed)
