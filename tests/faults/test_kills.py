"""Workers die in the middle of erasures, the bell goes mad, Redis forgets, PostgreSQL hangs up: nothing is lost."""

from __future__ import annotations

import os
import time

import pytest

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

KILLS = int(os.environ.get("FAULTS_KILLS", "20"))
ERASURES = int(os.environ.get("FAULTS_ERASURES", "100"))
EVERY_FIFTH = 5
"""So often the whole worker is killed, with its beat, and started again; otherwise one of its processes."""

RESUMED_WITHIN_SECONDS = 10


def check_nothing_was_lost(world) -> dict:
    """Every task is done, each key had its effect once, each end is told once, and the ledger holds."""
    report = world.house("report")
    assert report["tasks"] == {"completed": 2 * world.asked}, world.log()
    assert report["completed_events"] == report["tasks_told"] == 2 * world.asked
    assert report["open_deliveries"] == 0
    journals = world.effects()
    assert sorted(key for rows in journals.values() for key, _received, _effects in rows) == sorted(
        report["keys"]
    )
    assert {effects for rows in journals.values() for _key, _received, effects in rows} == {1}
    world.run("manage.py", "seal_ledger")
    world.run("manage.py", "verify_ledger")
    return report


def restart_after_a_power_cut(world) -> tuple[float, float]:
    """Seconds from the restart until work went on, and until the last task of the dead was taken back."""
    world.kill_worker()
    orphans = world.house("held")
    restarted = world.start_worker()
    world.until(lambda: world.house("started_after", moment=restarted), seconds=60)
    world.until(lambda: not world.house("still_held", since=orphans), seconds=60)
    return world.house("started_after", moment=restarted) - restarted, time.time() - restarted


def test_workers_may_be_killed_at_any_moment(world):
    resumed = []

    for number in range(1, KILLS + 1):
        world.ask_erasures(ERASURES // KILLS)
        world.until(world.is_busy, seconds=60)
        if number % EVERY_FIFTH == 0:
            resumed.append(restart_after_a_power_cut(world))
        else:
            assert world.kill_one_child()
    world.until(world.is_done, seconds=120)

    report = check_nothing_was_lost(world)
    print(
        f"{KILLS} kills, {report['lost_workers']} tasks taken back; seconds from restart to work: {resumed}"
    )
    assert report["lost_workers"] > 0, "no kill hit a task: the test proves nothing"
    assert all(at_work < RESUMED_WITHIN_SECONDS for at_work, _taken_back in resumed), resumed
    assert all(taken_back < RESUMED_WITHIN_SECONDS for _at_work, taken_back in resumed), resumed


def test_floods_of_bells_an_empty_redis_and_a_database_that_hangs_up_lose_nothing(world):
    world.ask_erasures(10)
    world.house("ring", times=100)
    world.until(world.is_busy, seconds=60)
    world.empty_redis()
    world.ask_erasures(10)
    world.until(world.is_busy, seconds=60)
    cut = world.cut_database_connections()
    world.ask_erasures(10)
    time.sleep(1)
    world.cut_database_connections()
    world.empty_redis()
    world.until(world.is_done, seconds=120)

    assert cut >= 2
    check_nothing_was_lost(world)
