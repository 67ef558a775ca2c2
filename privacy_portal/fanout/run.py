"""The executor: claim, call outside any transaction, record, deliver; again until nothing is ready."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from copy import copy
from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db import connection as database

from privacy_portal import bell
from privacy_portal.errors import DomainError
from privacy_portal.fanout import calls, parcels, upkeep
from privacy_portal.fanout.calls import Answer, Trouble
from privacy_portal.fanout.claim import LEASE, claim
from privacy_portal.fanout.connections import is_repeatable
from privacy_portal.fanout.heartbeat import Clock, heartbeat
from privacy_portal.fanout.models import Parcel, SystemTask
from privacy_portal.fanout.orders import orders_for
from privacy_portal.fanout.settle import StaleResult, settle_answer
from privacy_portal.ledger.deliver import deliver_due
from privacy_portal.ledger.record import together

log = structlog.get_logger(__name__)

Came = tuple[SystemTask, Answer]

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
        self._looked_at = clock()
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
        self._take_back_from_the_dead(now)
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

    def _take_back_from_the_dead(self, now: datetime) -> None:
        """The tick does this too, but it waits in line as long as every process is in the middle of a run."""
        if now - self._looked_at >= LEASE / 2:
            self._looked_at = now
            upkeep.reclaim(now=now)

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
        self._record([(self._open.pop(future)[0], future.result()) for future in done])
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
                answer = Answer(trouble=Trouble.UNREACHABLE, code="hung", repeatable=repeatable)
                self._record([(task, answer)])
        calls.give_up_waiting()

    def _record(self, came: Sequence[Came]) -> None:
        """What came together is written together; if that fails, each alone, so that one stops no other."""
        for task, _answer in came:
            # Writing takes less than a lease, and a renewal meanwhile would wait for these rows, or they for it.
            heartbeat.let_go(task)
        if len(came) > 1 and _settle_together(came, self.clock):
            return
        for task, answer in came:
            _settle_alone(task, answer, self.clock)


def _settle_together(came: Sequence[Came], clock: Clock) -> bool:
    """One transaction; False if it failed, and then nothing of it was written."""
    stale: list[Came] = []
    try:
        with transaction.atomic(), together():
            for task, answer in came:
                if not _settles(task, answer, clock):
                    stale.append((task, answer))
    except (DatabaseError, DomainError, ValueError, LookupError, TypeError) as error:
        # It belongs to one of them: alone, it is raised for that one only.
        log.warning("not_settled_together", tasks=len(came), error=type(error).__name__)
        return False
    for task, answer in stale:
        _refuse(task, answer)
    return True


def _settles(task: SystemTask, answer: Answer, clock: Clock) -> bool:
    try:
        with together():
            settle_answer(copy(task), answer, now=clock())
    except StaleResult:
        return False
    return True


def _settle_alone(task: SystemTask, answer: Answer, clock: Clock) -> None:
    try:
        _settle_surely(task, answer, clock)
    except StaleResult:
        _refuse(task, answer)


def _refuse(task: SystemTask, answer: Answer) -> None:
    log.warning("late_result_refused", task=str(task.pk), token=task.token)
    _discard(answer)


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
