"""One thread per process that keeps the leases of all tasks this process holds."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Q

from privacy_portal.fanout.claim import LEASE
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import Status

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]


class Heartbeat:
    """Holds (task, token) pairs. The thread starts with the first and sleeps while there is none."""

    def __init__(self) -> None:
        self._held: dict[UUID, tuple[int, Clock]] = {}
        self._lock = threading.Lock()
        self._something_held = threading.Event()
        self._pid = 0

    def hold(self, task: SystemTask, clock: Clock) -> None:
        with self._lock:
            self._held[task.pk] = (task.token, clock)
            if self._pid != os.getpid():  # a forked child has this object but not the thread
                self._pid = os.getpid()
                threading.Thread(target=self._beat, name="fanout-heartbeat", daemon=True).start()
        self._something_held.set()

    def let_go(self, task: SystemTask) -> None:
        with self._lock:
            self._held.pop(task.pk, None)
            if not self._held:
                self._something_held.clear()

    def _beat(self) -> None:
        pause = threading.Event()
        while self._something_held.wait():
            pause.wait(LEASE.total_seconds() / 4)
            try:
                self.renew()
            except (DatabaseError, InterfaceError) as error:
                # The database is away: the next beat tries again, and an expired lease costs a repetition only.
                log.warning("leases_not_renewed", error=type(error).__name__)
                connection.close()
            if not self._something_held.is_set():
                connection.close()  # this thread's own; nothing is left to keep it open for

    def renew(self) -> int:
        with self._lock:
            held = dict(self._held)
        if not held:
            return 0
        mine = Q()
        for pk, (token, _clock) in held.items():
            mine |= Q(pk=pk, token=token)
        clock = next(iter(held.values()))[1]
        return SystemTask.objects.filter(mine, status=Status.RUNNING).update(lease_until=clock() + LEASE)


heartbeat = Heartbeat()
