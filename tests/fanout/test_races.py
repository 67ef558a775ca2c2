"""Several workers at once, on the database that has row locks."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from privacy_portal.connectors.base import Outcome
from privacy_portal.fanout import run, upkeep
from privacy_portal.fanout.ask import Ask
from privacy_portal.fanout.calls import Answer
from privacy_portal.fanout.claim import claim
from privacy_portal.fanout.models import SystemTask, TaskStatusChange
from privacy_portal.fanout.settle import StaleResult, settle_answer
from privacy_portal.fanout.states import Status
from privacy_portal.ledger.models import Event
from privacy_portal.vocabulary import Verb

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

DONE = Answer(outcome=Outcome(rows_left=0))


@pytest.fixture
def noon():
    return timezone.now()


def at_once(deed, times: int) -> list:
    """Run it in so many threads, each with a database connection of its own, all let go together."""
    gate = threading.Barrier(times, timeout=10)

    def in_a_thread(number: int):
        try:
            connection.ensure_connection()
            gate.wait()
            return deed(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(in_a_thread, range(times)))


def test_two_workers_never_claim_one_task(house, noon):
    crm = house.system("crm")
    asked = {house.ask(crm).pk for _ in range(40)}

    claimed = at_once(lambda _n: [task.pk for task in claim(group="default", now=noon, room=16)], times=4)

    taken = [pk for batch in claimed for pk in batch]
    assert len(taken) == len(set(taken))
    assert set(taken) <= asked
    assert len(taken) >= 16


def test_four_workers_do_everything_once(house, noon, heard):
    def slowly(order):
        time.sleep(0.002)
        return Outcome(rows_left=0)

    systems = [house.system(f"s{number}", slowly) for number in range(3)]
    for number in range(60):
        house.ask(systems[number % 3])

    asked = at_once(lambda _n: run.work(group="default", clock=timezone.now), times=4)

    assert sum(asked) == 60
    assert set(Counter(order.key for order in heard).values()) == {1}
    assert not SystemTask.objects.exclude(status=Status.COMPLETED).exists()
    assert Event.objects.filter(type="task_completed").count() == 60


def test_of_two_results_for_one_claim_one_is_recorded(house, noon):
    house.ask(house.system("crm"))
    (task,) = claim(group="default", now=noon, room=1)
    twins = [SystemTask.objects.select_related("connection").get(pk=task.pk) for _ in range(4)]

    def settle(number: int) -> bool:
        try:
            settle_answer(twins[number], DONE, now=noon)
        except StaleResult:
            return False
        return True

    assert sorted(at_once(settle, times=4)) == [False, False, False, True]
    assert Event.objects.filter(type="task_completed").count() == 1


def test_two_dependencies_finished_at_the_same_moment_unblock_once(house, noon):
    for number in range(10):
        connections = {name: house.system(f"{name}-{number}") for name in "abc"}
        tasks = house.ask_graph(
            Ask("c", connections["c"], Verb.ERASE, house.subject.pk, after=["a", "b"]),
            Ask("a", connections["a"], Verb.ERASE, house.subject.pk),
            Ask("b", connections["b"], Verb.ERASE, house.subject.pk),
        )
        claimed = claim(group="default", now=timezone.now(), room=8)

        at_once(lambda n, held=claimed: settle_answer(held[n], DONE, now=noon), times=2)

        last = SystemTask.objects.get(pk=tasks["c"].pk)
        assert (last.status, last.blockers) == (Status.WAITING, 0)
        assert TaskStatusChange.objects.filter(task=last, status=Status.WAITING).count() == 1
        SystemTask.objects.filter(pk=last.pk).update(status=Status.CANCELLED)


def test_two_ticks_take_a_lost_task_back_once(house, noon):
    house.ask(house.system("crm"))
    (task,) = claim(group="default", now=noon, room=1)
    later = noon + timezone.timedelta(seconds=30)

    taken = at_once(lambda _n: upkeep.reclaim(now=later), times=3)

    assert sum(taken) == 1
    assert TaskStatusChange.objects.filter(task=task, code="worker_lost").count() == 1


def test_the_heartbeat_keeps_a_long_call_from_being_taken_over(house, noon, monkeypatch):
    def longer_than_a_lease(order):
        time.sleep(6.5)
        return Outcome(rows_left=0)

    task = house.ask(house.system("crm", longer_than_a_lease, kind="http"))

    def work_or_watch(number: int) -> int:
        if number == 0:
            return run.work(group="default", clock=timezone.now)
        taken_back = 0
        for _ in range(13):
            time.sleep(0.5)
            taken_back += upkeep.reclaim(now=timezone.now())
        return taken_back

    assert at_once(work_or_watch, times=2) == [1, 0]
    assert SystemTask.objects.get(pk=task.pk).attempts == 1
