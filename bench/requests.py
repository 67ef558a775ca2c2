"""Subject requests, from the POST to the end: the answer given, the letters out, the ledger sealed."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db.models import OuterRef, Subquery

from bench import load
from bench.house import House
from dsr.actions import assessment
from dsr.models import Plan, SubjectRequest
from dsr.states import Status
from privacy_portal.demo.people import Person
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import Status as TaskStatus
from privacy_portal.ledger.models import Delivery, DeliveryStatus, PendingSeal
from privacy_portal.vocabulary import Actor

FIRST, SECOND = Actor.staff(1), Actor.staff(2)
GOOD = frozenset({Status.COMPLETED.value, Status.COMPLETED_WITH_EXCEPTIONS.value})
_UNDER_WAY = (TaskStatus.WAITING, TaskStatus.BLOCKED, TaskStatus.RUNNING)
"""Not those a person must look at: the consent rounds leave some where a system has no switch for a purpose."""
_CONNECTIONS = 2
_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 300.0


class DidNotEnd(RuntimeError):
    """Requests that were not answered, or not well; the message says what became of them."""


@dataclass(frozen=True, slots=True)
class Run:
    """`seconds` last until every request is closed and every letter is out; CPU counts until the ledger is sealed.

    CPU figures are seconds per request. `staff_cpu` is what two people's decisions cost in the web process.
    """

    count: int
    seconds: float
    worker_cpu: float
    web_cpu: float
    staff_cpu: float
    ends: dict[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return self.count / self.seconds


def run(house: House, token: str, right: str, people: Sequence[Person]) -> Run:
    """Starts when the house is quiet: what an earlier part left to do is not charged here. Raises DidNotEnd."""
    _wait(lambda: _is_busy() or PendingSeal.objects.exists())
    worker, web, staff = house.cpu("worker", "beat"), house.cpu("web"), _Staff()
    asked = [_asked(right, person) for person in people]
    mark = datetime.now(UTC)
    start = time.monotonic()
    with ThreadPoolExecutor(1) as poster:
        posting = poster.submit(load.run, house.port, asked, token=token, connections=_CONNECTIONS)
        _wait(lambda: staff.decide() or not posting.done() or _is_busy())
        posting.result().check("201")
    seconds = time.monotonic() - start
    _wait(PendingSeal.objects.exists)
    count = len(people)
    return Run(
        count=count,
        seconds=seconds,
        worker_cpu=(house.cpu("worker", "beat") - worker) / count,
        web_cpu=(house.cpu("web") - web) / count,
        staff_cpu=staff.cpu / count,
        ends=_ends(mark, right, count),
    )


class _Staff:
    """Two people who decide as soon as a plan is there."""

    def __init__(self) -> None:
        self.cpu = 0.0

    def decide(self) -> bool:
        """Whether there was something to decide."""
        began = time.process_time()
        newest = Plan.objects.filter(request=OuterRef("pk")).order_by("-version").values("hash")[:1]
        planned = SubjectRequest.objects.filter(status=Status.PLANNED).annotate(plan_hash=Subquery(newest))
        ready = list(planned.values_list("pk", "plan_hash")[:20])
        for request_id, plan_hash in ready:
            decided = {"request_id": request_id, "plan_hash": plan_hash, "now": datetime.now(UTC)}
            assessment.accept(by=FIRST, **decided)
            assessment.approve(by=SECOND, **decided)
        if ready:
            self.cpu += time.process_time() - began
        return bool(ready)


def _asked(right: str, person: Person) -> load.Asked:
    body = {"right": right, "law": "GDPR", "identifiers": {"email": person.email}, "verified": True}
    return "POST", "/api/v1/requests", json.dumps(body)


def _is_busy() -> bool:
    """Anything not finished: a request, a question to a system, a letter, an event not yet delivered."""
    return (
        SubjectRequest.objects.filter(closed_at=None).exists()
        or SystemTask.objects.filter(status__in=_UNDER_WAY).exists()
        or Delivery.objects.filter(status=DeliveryStatus.WAITING).exists()
    )


def _wait(still: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while still():
        if time.monotonic() > deadline:
            tasks = Counter(SystemTask.objects.values_list("status", "error_code"))
            requests = Counter(SubjectRequest.objects.values_list("status", flat=True))
            raise DidNotEnd(f"not quiet after {_PATIENCE_SECONDS:.0f} s: requests {requests}, tasks {tasks}")
        time.sleep(_POLL_SECONDS)


def _ends(since: datetime, right: str, count: int) -> dict[str, int]:
    rows = SubjectRequest.objects.filter(right=right, received_at__gte=since)
    ends = Counter(rows.values_list("status", flat=True))
    if ends.keys() - GOOD or ends.total() != count:
        raise DidNotEnd(f"{right}: {dict(ends)} of {count}")
    return dict(ends)
