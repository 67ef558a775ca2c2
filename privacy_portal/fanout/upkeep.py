"""What time does to tasks: leases run out, answers stay away, waiting ends."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from privacy_portal import bell
from privacy_portal.fanout.claim import BY_OURSELVES
from privacy_portal.fanout.connections import is_repeatable
from privacy_portal.fanout.models import SystemTask, SystemTaskQuerySet
from privacy_portal.fanout.settle import StaleResult, move
from privacy_portal.fanout.states import Status
from privacy_portal.fanout.verdicts import Verdict


def tick(*, now: datetime) -> None:
    """Everything that is due though nobody rang."""
    reclaim(now=now)
    expire_answers(now=now)
    for group in groups_with_work(now=now):
        bell.ring_now("portal.run_tasks", group)


def reclaim(*, now: datetime) -> int:
    """Give tasks of dead workers back to the queue; returns how many.

    A task that takes one worker after another down ends as failed, at a person.
    """
    lost = SystemTask.objects.filter(status=Status.RUNNING, lease_until__lt=now)
    return sum(_move(task, _after_lost_worker(task, now), now) for task in _with_connection(lost))


def expire_answers(*, now: datetime) -> int:
    """A system that took the order and did not answer in time has failed; returns how many."""
    silent = SystemTask.objects.filter(status=Status.ACCEPTED, run_after__lte=now)
    return sum(_move(task, Verdict(Status.FAILED, "no_answer"), now) for task in _with_connection(silent))


def groups_with_work(*, now: datetime) -> list[str]:
    return list(SystemTask.objects.ready(now).order_by("group").values_list("group", flat=True).distinct())


def _after_lost_worker(task: SystemTask, now: datetime) -> Verdict:
    if not is_repeatable(task.connection):
        return Verdict(Status.WAITING_ON_PERSON, "answer_lost")
    if task.attempts >= task.connection.max_attempts:
        return Verdict(Status.FAILED, "worker_lost")
    return Verdict(Status.WAITING, "worker_lost", run_after=now)


@transaction.atomic
def _move(task: SystemTask, verdict: Verdict, now: datetime) -> bool:
    try:
        move(task, verdict, by=BY_OURSELVES, now=now)
    except StaleResult:
        return False  # the worker lives, or another tick was first
    return True


def _with_connection(tasks: SystemTaskQuerySet) -> list[SystemTask]:
    return list(tasks.select_related("connection").order_by("due_at", "pk")[:500])
