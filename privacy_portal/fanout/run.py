"""The executor: claim, call outside any transaction, record, deliver; again until nothing is ready."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from copy import copy
from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError
from django.db import connection as database

from privacy_portal import bell
from privacy_portal.connectors.base import Order
from privacy_portal.errors import DomainError
from privacy_portal.fanout import calls, parcels, upkeep
from privacy_portal.fanout.calls import Answer, Trouble
from privacy_portal.fanout.claim import LEASE, claim
from privacy_portal.fanout.connections import is_repeatable
from privacy_portal.fanout.heartbeat import Clock, heartbeat
from privacy_portal.fanout.models import Parcel, SystemTask
from privacy_portal.fanout.orders import orders_for
from privacy_portal.fanout.settle import Came, StaleResult, settle_answer, settle_answers
from privacy_portal.ledger.deliver import deliver_due

log = structlog.get_logger(__name__)

AT_ONCE = 32
"""Answers written in one transaction, and tasks taken from the queue in one, at most."""

GRACE_SECONDS = 5
"""A connector keeps its own timeout; twice that and this is when it counts as hung."""

_AT_ONE_SYSTEM = calls.SLOTS - 2
"""A slow system with much to do leaves room for the others."""

_LINGER_SECONDS = 0.4
_LOOK_AGAIN_SECONDS = 1.0
_QUICK_SECONDS = 1.0


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
        self._ahead = calls.SLOTS
        self._claimed_at = 0.0
        self._tray: list[tuple[SystemTask, Order | None]] = []
        self._open: dict[Future[Answer], tuple[SystemTask, float]] = {}
        self._came: list[Came] = []

    def work(self) -> None:
        try:
            while self._claim() or self._tray or self._open or self._came or deliver_due(now=self.clock()):
                self._start()
                self._collect()
                self._write_down()
        finally:
            for task in self._held():
                heartbeat.let_go(task)

    def _claim(self) -> bool:
        """Take several at once, so that one query serves them all: more and more while systems answer quickly."""
        if self._startable() is not None or len(self._open) > calls.SLOTS // 2 or self._is_patient():
            return False
        now = self.clock()
        self._take_back_from_the_dead(now)
        room = min(self._next_room(), self.limit - self.asked - len(self._tray))
        tasks = claim(group=self.group, now=now, room=room, busy=self._busy()) if room > 0 else []
        if tasks and len(tasks) == room:
            self._wake_a_colleague()
        orders = orders_for(tasks, now=now)
        for task in tasks:
            # Held only with its order at hand: if the orders cannot be read, the leases run out and all is asked anew.
            heartbeat.hold(task, self.clock)
            self._tray.append((task, orders[task.pk]))
        return bool(tasks)

    def _next_room(self) -> int:
        """Who hoards keeps work from others: as long as systems are slow, only what can be asked at once is taken."""
        quick = time.monotonic() - self._claimed_at < _QUICK_SECONDS
        self._claimed_at = time.monotonic()
        self._ahead = min(2 * self._ahead, AT_ONCE) if quick else calls.SLOTS
        return self._ahead if not self._tray else calls.SLOTS - len(self._open)

    def _is_patient(self) -> bool:
        """Whether what is under way may still come in with the rest of its round."""
        return bool(self._open) and time.monotonic() < self._claimed_at + _LINGER_SECONDS

    def _startable(self) -> int | None:
        """The place in the tray of the next task whose system has not enough to do already."""
        if len(self._open) >= calls.SLOTS:
            return None
        busy = self._busy()
        places = (place for place, (task, _order) in enumerate(self._tray) if task.connection_id not in busy)
        return next(places, None)

    def _start(self) -> None:
        while (place := self._startable()) is not None:
            task, order = self._tray.pop(place)
            self.asked += 1
            until = time.monotonic() + 2 * task.connection.timeout_seconds + GRACE_SECONDS
            self._open[calls.start(task, order, on=self.clock().date())] = task, until

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

    def _held(self) -> list[SystemTask]:
        under_way = [task for task, _until in self._open.values()]
        return [*(task for task, _order in self._tray), *under_way, *(task for task, _answer in self._came)]

    def _collect(self) -> None:
        if not self._open:
            return
        patience = min(until for _task, until in self._open.values()) - time.monotonic()
        linger = self._claimed_at + _LINGER_SECONDS - time.monotonic()
        patience = min(patience, linger if linger > 0 else _LOOK_AGAIN_SECONDS)
        done, _open = wait(self._open, timeout=max(patience, 0.0), return_when=FIRST_COMPLETED)
        self._came += [(self._open.pop(future)[0], future.result()) for future in done]
        if not done:
            self._give_up_on_the_slow()

    def _give_up_on_the_slow(self) -> None:
        """Connectors keep their own timeouts; this is for the one that does not."""
        slow = [future for future, (_task, until) in self._open.items() if until <= time.monotonic()]
        for future in slow:
            task, _until = self._open.pop(future)
            repeatable = is_repeatable(task.connection)
            self._came.append((task, Answer(trouble=Trouble.UNREACHABLE, code="hung", repeatable=repeatable)))
        if slow:
            calls.give_up_waiting()

    def _write_down(self) -> None:
        """Answers wait a moment for each other, never for a slow one; what they cause is delivered at once."""
        if self._is_patient() and len(self._came) < AT_ONCE:
            return
        if self._came:
            came, self._came = self._came, []
            self._record(came)
            deliver_due(now=self.clock())

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
    try:
        settled = settle_answers([(copy(task), answer) for task, answer in came], now=clock())
    except (DatabaseError, DomainError, ValueError, LookupError, TypeError) as error:
        # It belongs to one of them: alone, it is raised for that one only.
        log.warning("not_settled_together", tasks=len(came), error=type(error).__name__)
        return False
    for task, answer in came:
        if task.pk not in settled:
            _refuse(task, answer)
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
