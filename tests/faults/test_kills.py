"""Workers die in the middle of erasures, the bell goes mad, Redis forgets, PostgreSQL hangs up: nothing is lost."""

from __future__ import annotations

import os
import random
import time

import pytest

from tests.faults.checks import check_nothing_was_lost

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

KILLS = int(os.environ.get("FAULTS_KILLS", "20"))
ERASURES = int(os.environ.get("FAULTS_ERASURES", "100"))
EVERY_FIFTH = 5
"""So often the whole worker is killed, with its beat, and started again; otherwise one of its processes."""

OF_THE_SECOND_TEST = 30
ERASURES_IN_ALL = ERASURES + KILLS // EVERY_FIFTH + OF_THE_SECOND_TEST
RESUMED_WITHIN_SECONDS = 10
LONGEST_AIM_SECONDS = 0.3


def test_workers_may_be_killed_at_any_moment_of_a_dry_run_or_an_erasure(world):
    resumed = []

    for number in range(1, KILLS + 1):
        world.ask_erasures(ERASURES // KILLS)
        aim = "location" if number % 2 else "request"
        world.until(lambda aim=aim: world.is_asking(aim), seconds=60)
        time.sleep(random.uniform(0, LONGEST_AIM_SECONDS))
        if number % EVERY_FIFTH == 0:
            resumed.append(restart_after_a_power_cut(world))
        else:
            assert world.kill_one_child()
    world.until(world.is_quiet, seconds=180)

    report = check_nothing_was_lost(world)
    print(f"{KILLS} kills; tasks taken back by cause: {report['lost']}; {report['copies']} mails sent twice or more;"
          f" {len(report['understated'])} letters count less than was erased;"
          f" seconds from restart to work, and until all was taken back: {resumed}")  # fmt: skip
    assert report["lost"].keys() >= {"location", "request"}, (
        "no kill hit such a task: the test proves nothing"
    )
    assert all(at_work < RESUMED_WITHIN_SECONDS for at_work, _taken_back in resumed), resumed
    assert all(taken_back < RESUMED_WITHIN_SECONDS for _at_work, taken_back in resumed), resumed


def restart_after_a_power_cut(world) -> tuple[float, float]:
    """Seconds from the restart until work went on, and until the last task of the dead was taken back."""
    world.kill_worker()
    orphans = world.house("held")
    world.ask_erasures(1)  # while nobody is there to hear the bell
    restarted = world.start_worker()
    world.until(lambda: world.house("started_after", moment=restarted), seconds=60)
    world.until(lambda: not world.house("still_held", since=orphans), seconds=60)
    taken_back = time.time() - restarted
    return world.house("started_after", moment=restarted) - restarted, taken_back


def test_floods_of_bells_an_empty_redis_and_a_database_that_hangs_up_lose_nothing(world):
    world.ask_erasures(10)
    world.house("ring", times=100)
    world.until(lambda: world.is_asking("location"), seconds=60)
    world.empty_redis()
    world.ask_erasures(10)
    world.until(lambda: world.is_asking("request"), seconds=60)
    cut = world.cut_database_connections()
    world.ask_erasures(10)
    time.sleep(1)
    world.cut_database_connections()
    world.empty_redis()
    world.until(world.is_quiet, seconds=120)

    assert cut >= 2
    check_nothing_was_lost(world)
