"""A night is not lost with a message, and not kept twice."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from celery import Celery
from celery.schedules import crontab
from django.conf import settings
from django.urls import reverse
from structlog.testing import capture_logs

from governance import tasks as governance_jobs
from governance.actions import retention
from privacy_portal import bell, clock, environment, tasks, wiring
from privacy_portal.appointments import keep
from privacy_portal.appointments.apart import PartlyFailed, each
from privacy_portal.appointments.models import Appointment
from privacy_portal.appointments.moments import CLOCKS, following, latest
from privacy_portal.staff.models import Membership, User
from privacy_portal.staff.roles import Role

SWEEP = "governance.sweep_retention"
HOUR = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
MORNING = HOUR + timedelta(hours=4)


@pytest.fixture
def yesterday(db):
    """An installation that has lived: every job kept its last moments of the day before."""
    for moment in HOUR - timedelta(hours=20), HOUR - timedelta(hours=1):
        assert keep.owed(now=moment) is not None
        for job in CLOCKS:
            keep.keep(job, lambda: None, clock=lambda moment=moment: moment)


@pytest.fixture
def swept(monkeypatch):
    """The controllers of whom a sweep was planned, in order; `broken` among them fails."""
    planned: list[str] = []

    def plan(*, controller_id, by, now):
        planned.append(controller_id)
        if controller_id == "broken":
            raise RuntimeError("a defect")
        return retention.Sweep(pk=None)

    monkeypatch.setattr(governance_jobs.retention, "plan_sweep", plan)
    monkeypatch.setattr(
        governance_jobs.retention_queries, "controllers_to_sweep", lambda: ["acme", "borealis"]
    )
    return planned


@pytest.fixture
def rung(monkeypatch):
    bells: list[str] = []
    monkeypatch.setattr(tasks.bell, "ring_now", lambda job, *args: bells.append(job))
    return bells


def at(moment):
    return time_machine.travel(moment, tick=False)


@pytest.mark.parametrize(
    ("clock", "now", "last", "next_"),
    [
        (crontab(hour=2, minute=0), "2026-11-22T02:00", "2026-11-22T02:00", "2026-11-23T02:00"),
        (crontab(hour=2, minute=0), "2026-11-22T01:59", "2026-11-21T02:00", "2026-11-22T02:00"),
        (crontab(minute=17), "2026-11-22T00:05", "2026-11-21T23:17", "2026-11-22T00:17"),
        (crontab(minute=17), "2027-01-01T00:16", "2026-12-31T23:17", "2027-01-01T00:17"),
    ],
)
def test_the_moments_of_a_clock(clock, now, last, next_):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert f"{latest(clock, moment):%Y-%m-%dT%H:%M}" == last
    assert f"{following(clock, moment):%Y-%m-%dT%H:%M}" == next_


def test_clocks_say_hour_and_minute_only_as_their_moments_are_read_so():
    every_day = set(range(1, 32)), set(range(1, 13)), set(range(7))

    assert CLOCKS
    for job, every in CLOCKS.items():
        assert (every.day_of_month, every.month_of_year, every.day_of_week) == every_day, job


def test_what_comes_once_an_hour_or_a_night_does_not_expire():
    for schedule in settings.CELERY_BEAT_SCHEDULE, clock.app.conf.beat_schedule:
        nightly = {name for name, entry in wiring.SCHEDULE.items() if entry.job in CLOCKS}
        assert {"sweep", "consents", "tokens", "answers"} <= nightly
        assert all("expires" not in schedule[name]["options"] for name in nightly)
        assert all(schedule[name]["options"]["expires"] == 60 for name in set(schedule) - nightly)


def test_a_worker_that_was_down_over_the_hour_sweeps_when_it_is_back(yesterday, swept, rung):
    with at(MORNING):
        tasks.tick()
        assert SWEEP in rung

        governance_jobs.sweep_retention()
        rung.clear()
        tasks.tick()

    assert swept == ["acme", "borealis"]
    assert SWEEP not in rung
    assert Appointment.objects.get(job=SWEEP, due_at=HOUR).finished_at == MORNING


def test_a_night_is_swept_once_however_often_it_is_called_for(yesterday, swept):
    with at(HOUR):
        governance_jobs.sweep_retention()
    with at(MORNING):
        governance_jobs.sweep_retention()

    assert swept == ["acme", "borealis"]


def test_of_two_schedulers_one_gets_the_night(yesterday, swept):
    """The second message is taken up while the first is worked on."""

    def work():
        governance_jobs.sweep_retention()
        swept.append("the work")

    with at(HOUR):
        kept = keep.keep(SWEEP, work, clock=lambda: HOUR)

    assert kept
    assert swept == ["the work"]


def test_every_night_is_its_own(yesterday, swept):
    for night in range(3):
        with at(HOUR + timedelta(days=night)):
            governance_jobs.sweep_retention()

    assert swept == ["acme", "borealis"] * 3


def test_a_worker_that_dies_at_it_is_followed_by_another(yesterday, rung, swept):
    class Killed(BaseException):
        """As a signal leaves it: nothing is written after it."""

    def die():
        raise Killed

    with pytest.raises(Killed):
        keep.keep(SWEEP, die, clock=lambda: HOUR)

    assert SWEEP not in keep.owed(now=HOUR + timedelta(minutes=1))
    assert SWEEP in keep.owed(now=HOUR + keep.LEASE)
    with at(HOUR + keep.LEASE):
        governance_jobs.sweep_retention()
    assert swept == ["acme", "borealis"]
    assert Appointment.objects.get(job=SWEEP, due_at=HOUR).attempts == 2


def test_what_a_worker_taken_for_dead_says_later_is_not_written(yesterday):
    def slow():
        keep.keep(SWEEP, lambda: None, clock=lambda: HOUR + keep.LEASE)
        raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        keep.keep(SWEEP, slow, clock=lambda: HOUR)

    assert Appointment.objects.get(job=SWEEP, due_at=HOUR).last_error == ""


def test_one_controller_in_trouble_does_not_stop_the_others(yesterday, swept, monkeypatch):
    monkeypatch.setattr(governance_jobs.retention_queries, "controllers_to_sweep", lambda: ["broken", "acme"])

    with at(HOUR), pytest.raises(PartlyFailed, match="1 of 2 failed: RuntimeError"):
        governance_jobs.sweep_retention()

    assert swept == ["broken", "acme"]
    row = Appointment.objects.get(job=SWEEP, due_at=HOUR)
    assert (row.last_error, row.finished_at) == ("PartlyFailed", None)
    assert SWEEP not in keep.owed(now=HOUR + timedelta(minutes=1))
    assert SWEEP in keep.owed(now=HOUR + timedelta(minutes=2))


def test_one_breach_in_trouble_does_not_stop_the_warnings_of_others(db, monkeypatch):
    warned = []

    def warn(*, breach_id, by, now):
        warned.append(breach_id)
        if breach_id == "broken":
            raise KeyError(breach_id)

    monkeypatch.setattr(governance_jobs.breach_queries, "clocks_to_warn_of", lambda now: ["broken", "sound"])
    monkeypatch.setattr(governance_jobs.breach_clocks, "warn_of_deadlines", warn)

    with pytest.raises(PartlyFailed):
        governance_jobs.warn_breach_deadlines()

    assert warned == ["broken", "sound"]


def test_parts_that_hold_give_their_results():
    assert each([1, 2], lambda number: number * 2) == [2, 4]


def test_without_any_broker_the_night_stays_owed_and_is_kept_later(yesterday, swept, monkeypatch):
    """Redis is gone: no message of the scheduler arrives and no bell can be rung."""
    away = "redis://127.0.0.1:1/0"
    alone = Celery(broker=away, set_as_current=False)
    alone.conf.broker_transport_options = environment.broker_options(away, settings.DATA_DIR)
    monkeypatch.setattr(bell, "current_app", alone)

    with at(MORNING):
        begun = time.monotonic()
        with capture_logs() as said:
            tasks.tick()
        assert time.monotonic() - begun < 5, "a bell that cannot be rung holds nobody up"
        assert {"bell_not_rung"} == {line["event"] for line in said}
        assert SWEEP in keep.owed(now=MORNING)
        governance_jobs.sweep_retention()

    assert SWEEP not in keep.owed(now=MORNING)
    assert swept == ["acme", "borealis"]


def test_an_installation_does_not_begin_with_a_sweep(db):
    assert keep.owed(now=MORNING) == []
    assert keep.owed(now=MORNING) == []
    assert SWEEP in keep.owed(now=HOUR + timedelta(days=1))


def test_old_appointments_are_forgotten(yesterday):
    keep.keep(SWEEP, lambda: None, clock=lambda: HOUR + keep.REMEMBER + timedelta(days=1))

    assert Appointment.objects.filter(job=SWEEP).count() == 1


def test_staff_see_what_ran_and_what_is_owed(client, controller, yesterday, swept):
    officer = User.objects.create_user("dpo@example.org", "x", name="D")
    Membership.objects.create(user=officer, controller=controller(), role=Role.DPO)
    client.force_login(officer)

    with at(MORNING):
        before = client.get(reverse("portal:clocks")).content.decode()
        governance_jobs.sweep_retention()
        after = client.get(reverse("portal:clocks")).content.decode()

    assert "Owed: no worker has begun it" in before
    assert "2026-11-22 06:00:00" not in before
    assert "2026-11-22 06:00:00" in after
    assert "for 2026-11-22 02:00" in after
