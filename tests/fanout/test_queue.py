"""The queue: order, leases, fences, and what it costs."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from privacy_portal import bell
from privacy_portal.connectors.base import Outcome
from privacy_portal.errors import Conflict, IllegalMove
from privacy_portal.fanout import run, upkeep
from privacy_portal.fanout.ask import Ask
from privacy_portal.fanout.calls import Answer
from privacy_portal.fanout.claim import LEASE, claim
from privacy_portal.fanout.drain import NotQuiet, drain
from privacy_portal.fanout.heartbeat import Heartbeat
from privacy_portal.fanout.models import SystemTask, TaskStatusChange
from privacy_portal.fanout.settle import StaleResult, settle_answer
from privacy_portal.fanout.states import MOVES, Status
from privacy_portal.vocabulary import Verb

pytestmark = pytest.mark.django_db
DONE = Answer(outcome=Outcome(rows_left=0))


def fresh(task: SystemTask) -> SystemTask:
    return SystemTask.objects.select_related("connection").get(pk=task.pk)


def take(now, room=8, **more) -> list[SystemTask]:
    return claim(group="default", now=now, room=room, **more)


# -- order ----------------------------------------------------------------------------------------------------------
def test_the_nearest_legal_due_date_comes_first(house, noon):
    crm = house.system("crm")
    later, sooner = (house.ask(crm, due_at=noon + timedelta(days=days)) for days in (20, 10))

    assert [task.pk for task in take(noon)] == [sooner.pk, later.pk]


def test_a_worker_of_one_group_leaves_the_others_alone(house, noon, heard):
    house.ask(house.system("crm", group="eu"))
    house.ask(house.system("shop", group="us"))

    asked = run.work(group="eu", clock=lambda: noon)

    assert asked == len(heard) == 1


def test_a_busy_system_leaves_room_for_the_others(house, noon):
    crm, shop = house.system("crm"), house.system("shop")
    house.ask(crm, due_at=noon)
    other = house.ask(shop)

    assert [task.pk for task in take(noon, busy=[crm.pk])] == [other.pk]


def test_a_task_taken_once_is_not_taken_twice(house, noon):
    house.ask(house.system("crm"))

    assert len(take(noon)) == 1
    assert take(noon) == []


# -- leases and fences ----------------------------------------------------------------------------------------------
def test_a_claim_is_a_lease_a_token_and_a_line_of_history(house, noon):
    house.ask(house.system("crm"))

    (task,) = take(noon)

    stored = fresh(task)
    assert (stored.status, stored.token, stored.attempts) == (Status.RUNNING, 1, 1)
    assert stored.lease_until == task.lease_until == noon + LEASE
    assert TaskStatusChange.objects.filter(task=task, status=Status.RUNNING, attempt=1).count() == 1


def test_tasks_of_a_dead_worker_go_back_to_the_queue(house, noon):
    house.ask(house.system("crm"))
    (task,) = take(noon)

    too_early = upkeep.reclaim(now=noon + LEASE)
    in_time = upkeep.reclaim(now=noon + LEASE + timedelta(seconds=1))

    assert (too_early, in_time) == (0, 1)
    assert (fresh(task).status, fresh(task).error_code) == (Status.WAITING, "worker_lost")


def test_a_task_that_takes_workers_down_ends_at_a_person(house, noon):
    house.ask(house.system("crm", max_attempts=3))

    for number in range(3):
        now = noon + timedelta(minutes=number)
        (task,) = take(now)
        upkeep.reclaim(now=now + timedelta(seconds=30))

    assert (fresh(task).status, fresh(task).error_code) == (Status.FAILED, "worker_lost")


def test_a_lost_worker_at_a_system_without_keys_goes_to_a_person(house, noon):
    house.ask(house.system("crm", repeatable=False))
    (task,) = take(noon)

    upkeep.reclaim(now=noon + timedelta(minutes=1))

    assert (fresh(task).status, fresh(task).error_code) == (Status.WAITING_ON_PERSON, "answer_lost")


def test_a_late_result_with_an_old_token_is_refused_and_leaves_nothing(house, noon, events):
    house.ask(house.system("crm"))
    (slow,) = take(noon)
    upkeep.reclaim(now=noon + timedelta(minutes=1))
    (fast,) = take(noon + timedelta(minutes=1))

    with pytest.raises(StaleResult):
        settle_answer(slow, DONE, now=noon + timedelta(minutes=2))

    assert fresh(slow).status == Status.RUNNING
    assert events() == []
    settle_answer(fast, DONE, now=noon + timedelta(minutes=2))
    assert events() == ["task_completed", "data_deleted"]


def test_a_result_is_recorded_once(house, noon, events):
    house.ask(house.system("crm"))
    (task,) = take(noon)
    (twin,) = [SystemTask.objects.select_related("connection").get(pk=task.pk)]
    settle_answer(task, DONE, now=noon)

    with pytest.raises(StaleResult):
        settle_answer(twin, DONE, now=noon)

    assert events() == ["task_completed", "data_deleted"]


def test_the_heartbeat_renews_only_what_its_process_still_holds(house, noon):
    house.ask(house.system("crm"))
    house.ask(house.system("shop"))
    mine, lost = take(noon)
    beat = Heartbeat()
    beat._held = {
        mine.pk: (mine.token, lambda: noon + timedelta(seconds=4)),
        lost.pk: (lost.token - 1, lambda: noon),
    }

    renewed = beat.renew()

    assert renewed == 1
    assert fresh(mine).lease_until == noon + timedelta(seconds=4) + LEASE
    assert fresh(lost).lease_until == noon + LEASE


def test_a_run_lets_go_of_everything_it_held(house, noon):
    from privacy_portal.fanout.heartbeat import heartbeat

    house.ask(house.system("crm"))
    run.work(group="default", clock=lambda: noon)

    assert heartbeat._held == {}


# -- promises of the database ---------------------------------------------------------------------------------------
def test_only_a_running_task_holds_a_lease(house, noon):
    task = house.ask(house.system("crm"))

    with pytest.raises(IntegrityError):
        SystemTask.objects.filter(pk=task.pk).update(lease_until=noon)


def test_no_move_leads_out_of_a_final_state():
    assert all(not MOVES[status] for status in (Status.COMPLETED, Status.SKIPPED, Status.CANCELLED))
    assert set(MOVES) == set(Status)


def test_a_move_the_table_does_not_list_is_refused(house, noon):
    task = fresh(house.ask(house.system("crm")))
    task.status = Status.COMPLETED

    with pytest.raises(IllegalMove):
        settle_answer(task, DONE, now=noon)


@pytest.mark.parametrize(
    ("after", "complaint"),
    [({"a": ["b"], "b": ["a"]}, "each other"), ({"a": ["x"], "b": []}, "not in the graph")],
)
def test_a_graph_that_cannot_be_walked_is_not_written(house, after, complaint):
    crm = house.system("crm")

    with pytest.raises(Conflict, match=complaint):
        house.ask_graph(
            *(Ask(name, crm, Verb.ERASE, house.subject.pk, after=needs) for name, needs in after.items())
        )

    assert not SystemTask.objects.exists()


def test_a_diamond_of_tasks_unblocks_once_and_only_when_all_are_done(house, noon, drain):
    order = []

    def named(name):
        def script(_order):
            order.append(name)
            return Outcome(rows_left=0)

        return script

    connections = {name: house.system(name, named(name)) for name in "abcd"}
    house.ask_graph(
        Ask("d", connections["d"], Verb.ERASE, house.subject.pk, after=["b", "c", "b"]),
        Ask("b", connections["b"], Verb.ERASE, house.subject.pk, after=["a"]),
        Ask("c", connections["c"], Verb.ERASE, house.subject.pk, after=["a"]),
        Ask("a", connections["a"], Verb.ERASE, house.subject.pk),
    )

    drain(now=noon)

    assert (order[0], order[-1], sorted(order)) == ("a", "d", ["a", "b", "c", "d"])


# -- several systems at once ----------------------------------------------------------------------------------------
def test_systems_on_the_network_are_asked_side_by_side(house, noon):
    meeting = threading.Barrier(3, timeout=5)

    def wait_for_the_others(order):
        meeting.wait()
        return Outcome(rows_left=0)

    tasks = [house.ask(house.system(code, wait_for_the_others, kind="http")) for code in ("a", "b", "c")]

    asked = run.work(group="default", clock=lambda: noon)

    assert asked == 3
    assert {fresh(task).status for task in tasks} == {Status.COMPLETED}


def test_a_connector_that_hangs_is_given_up(house, noon, monkeypatch):
    freed = threading.Event()
    task = house.ask(
        house.system("crm", lambda order: freed.wait(20) and None, kind="http", timeout_seconds=1)
    )
    monkeypatch.setattr(run, "GRACE_SECONDS", -1.9)

    started = time.monotonic()
    run.work(group="default", clock=lambda: noon)
    freed.set()

    assert time.monotonic() - started < 10
    assert (fresh(task).status, fresh(task).error_code) == (Status.WAITING, "hung")


# -- bells and costs ------------------------------------------------------------------------------------------------
def test_work_left_over_rings_for_the_next_run(house, noon, monkeypatch):
    rung = []
    monkeypatch.setattr(bell, "ring_now", lambda job, *args: rung.append((job, *args)))
    crm = house.system("crm")
    for _ in range(3):
        house.ask(crm)

    asked = run.work(group="default", clock=lambda: noon, limit=2)

    assert asked == 2
    assert ("portal.run_tasks", "default") in rung


def test_the_tick_rings_for_each_group_that_has_work(house, noon, monkeypatch):
    rung = []
    monkeypatch.setattr(bell, "ring_now", lambda job, *args: rung.append((job, *args)))
    house.ask(house.system("crm", group="eu"))
    house.ask(house.system("shop", group="us"))

    upkeep.tick(now=noon)

    assert rung == [("portal.run_tasks", "eu"), ("portal.run_tasks", "us")]


def test_a_task_costs_at_most_eight_queries(house, noon):
    crm = house.system("crm")
    tasks = [house.ask(crm) for _ in range(16)]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        run.work(group="default", clock=lambda: noon)

    said = [
        query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN"))
    ]
    assert len(said) / len(tasks) <= 8, said[:40]


def test_draining_says_what_is_stuck(house, noon, monkeypatch):
    monkeypatch.setattr(run, "work", partial(run.work, limit=5))

    def asks_for_more(_order):
        house.ask(crm)
        return Outcome(rows_left=0)

    crm = house.system("crm", asks_for_more)
    house.ask(crm)

    with pytest.raises(NotQuiet, match="crm"):
        drain(now=noon, rounds=3)
