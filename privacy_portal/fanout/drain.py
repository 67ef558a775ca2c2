"""Run the whole house in this process until it is quiet: for tests and for `demo --once`."""

from __future__ import annotations

from datetime import datetime

from privacy_portal import bell
from privacy_portal.fanout import run, upkeep
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import Status
from privacy_portal.ledger.deliver import deliver_due
from privacy_portal.ledger.models import Delivery

MOST_ROUNDS = 100


class NotQuiet(RuntimeError):
    """After many rounds there is still work that is ready; the message says which."""


def drain(*, now: datetime, rounds: int = MOST_ROUNDS) -> int:
    """Deliver events and run tasks of all groups until nothing is ready at `now`; returns the rounds it took.

    Tasks that back off, wait for an answer or for a person stay as they are. Raises NotQuiet.
    """
    with bell.answered_here("portal.deliver", "portal.run_tasks"):
        for number in range(rounds):
            upkeep.expire_answers(now=now)
            done = deliver_due(now=now)
            done += sum(
                run.work(group=group, clock=lambda: now) for group in upkeep.groups_with_work(now=now)
            )
            if not done:
                return number
    raise NotQuiet(_what_is_stuck(now))


def _what_is_stuck(now: datetime) -> str:
    events = list(Delivery.objects.due(now).order_by("pk").values_list("event__type", "handler")[:5])
    tasks = list(
        SystemTask.objects.filter(status=Status.WAITING, run_after__lte=now)
        .order_by("due_at", "pk")
        .values_list("connection__code", "verb", "cause_kind", "error_code")[:5]
    )
    return f"still ready: deliveries {events}, tasks {tasks}"
