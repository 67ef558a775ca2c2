from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from governance.actions import holds, retention
from governance.errors import NothingToSweep, ReasonsNeeded
from governance.models import Disposal, DisposalEntry, Sweep
from governance.states import HoldGround
from governance.tasks import sweep_retention
from governance.web.home import latest_sweep
from privacy_portal import subjects
from privacy_portal.errors import IllegalMove
from privacy_portal.fanout.models import SystemTask
from privacy_portal.ledger.models import Event
from privacy_portal.staff.reach import Reach
from privacy_portal.staff.roles import ROLES, Role
from privacy_portal.vocabulary import Actor
from tests.governance.conftest import COMPANY

OFFICER = Actor.staff(1)
NIGHTLY = Actor.system("retention")


@pytest.fixture
def sweep_of(company, noon, drain, stores):
    """Plans a sweep and lets the house work until it is quiet."""

    def run(now=noon):
        sweep = retention.plan_sweep(controller_id=company.pk, by=NIGHTLY, now=now)
        drain(now=now)
        sweep.refresh_from_db()
        return sweep

    return run


def disposal(dataset: str, sweep: Sweep | None = None) -> Disposal:
    rows = Disposal.objects.filter(dataset=dataset)
    return rows.get(sweep=sweep) if sweep else rows.get()


def test_old_rows_go_and_young_ones_stay(sweep_of, stores, years_ago, events):
    stores.fill("accounts", 30, years_ago(4))
    stores.fill("accounts", 50, years_ago(1))

    sweep = sweep_of()

    assert sweep.status == "completed"
    assert len(stores.rows["accounts"]) == 50
    accounts = disposal("accounts")
    assert (accounts.expected, accounts.erased, accounts.rows_left, accounts.status) == (
        30,
        30,
        0,
        "completed",
    )
    story = events(correlation_id=sweep.correlation_id)
    assert [kind for kind in story if not kind.startswith("task_")] == [
        *["disposal_planned"] * 7,
        "disposal_released",
        "retention_expired",
        "data_deleted",
        "disposal_closed",
    ]


def test_nothing_is_deleted_before_every_system_has_counted(sweep_of, stores, years_ago):
    stores.fill("accounts", 3, years_ago(4))

    sweep_of()

    dry = [order.instructions["dry_run"] for order in stores.orders("expire")]
    assert dry == [True] * 7 + [False]


def test_a_statute_is_not_swept_a_day_too_early(sweep_of, stores, noon):
    stores.fill("invoices", 1, noon.replace(year=2019) - timedelta(days=1))
    stores.fill("invoices", 1, noon.replace(year=2019) + timedelta(days=1))

    sweep_of()

    assert len(stores.rows["invoices"]) == 1
    assert disposal("invoices").before == noon.replace(year=2019)


def test_large_numbers_go_in_batches_until_none_is_left(sweep_of, stores, years_ago, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 10)
    stores.fill("events", 35, years_ago(3))

    sweep = sweep_of()

    assert sweep.status == "completed" and stores.rows["events"] == []
    assert disposal("events").erased == 35
    batches = [order for order in stores.orders("expire") if not order.instructions["dry_run"]]
    assert len(batches) == 4


def test_twice_in_one_night_does_it_once(sweep_of, stores, years_ago, noon, company):
    stores.fill("accounts", 3, years_ago(4))
    first = sweep_of()
    asked = SystemTask.objects.count()

    again = sweep_of(noon + timedelta(hours=2))

    assert again == first and SystemTask.objects.count() == asked
    assert sweep_of(noon + timedelta(days=1)) != first


def test_the_database_itself_refuses_a_second_sweep(sweep_of, company, noon):
    sweep_of()

    with pytest.raises(IntegrityError), transaction.atomic():
        Sweep.objects.create(controller=company, night=noon.date(), planned_at=noon, planned_by="system:x")


def test_people_on_hold_stay_and_the_sweep_says_so(sweep_of, stores, years_ago, company, noon):
    ann = subjects.remember(controller_id=company.pk, identifiers={"email": "ann@example.org"}, now=noon)
    holds.place_hold(
        controller_id=company.pk,
        subject_id=ann.pk,
        dataset_id=None,
        ground=HoldGround.LITIGATION,
        reason="Case 12/2026",
        review_on=date(2027, 1, 1),
        by=OFFICER,
        now=noon,
    )
    stores.fill("subscribers", 2, years_ago(5), "ann@example.org")
    stores.fill("subscribers", 5, years_ago(5), "bob@example.org")

    sweep = sweep_of()

    assert [row.email for row in stores.rows["subscribers"]] == ["ann@example.org"] * 2
    assert sweep.status == "completed_with_exceptions"
    subscribers = disposal("subscribers")
    assert (subscribers.expected, subscribers.held, subscribers.erased, subscribers.rows_left) == (5, 2, 5, 0)
    assert "ann@example.org" not in str(list(SystemTask.objects.values_list("instructions", "outcome")))


def test_a_hold_on_the_dataset_keeps_all_of_it(sweep_of, stores, years_ago, company, system, noon):
    holds.place_hold(
        controller_id=company.pk,
        subject_id=None,
        dataset_id=system("payment_service").datasets.get(name="orders").pk,
        ground=HoldGround.AUDIT,
        reason="Tax audit",
        review_on=date(2027, 1, 1),
        by=OFFICER,
        now=noon,
    )
    stores.fill("orders", 4, years_ago(9))

    sweep = sweep_of()

    assert len(stores.rows["orders"]) == 4
    assert (disposal("orders").status, disposal("orders").held) == ("held", 4)
    assert sweep.status == "completed_with_exceptions"


# -- the brake ------------------------------------------------------------------------------------------------------
def test_a_first_run_over_the_cap_waits_for_a_person(sweep_of, stores, years_ago, noon, drain):
    stores.fill("events", 2001, years_ago(3))

    sweep = sweep_of()

    assert sweep.status == "awaiting_release"
    assert "analytics_service.events: 2001 rows in the first run" in sweep.brake
    assert len(stores.rows["events"]) == 2001

    retention.release(sweep_id=sweep.pk, by=OFFICER, now=noon)
    drain(now=noon)
    sweep.refresh_from_db()
    assert (sweep.status, sweep.released_by, stores.rows["events"]) == ("completed", "staff:1", [])


def test_many_times_the_usual_number_waits_for_a_person(sweep_of, stores, years_ago, noon):
    for night in range(3):
        stores.fill("events", 40, years_ago(3))
        assert sweep_of(noon + timedelta(days=night)).status == "completed"
    stores.fill("events", 201, years_ago(3))

    sweep = sweep_of(noon + timedelta(days=3))

    assert sweep.status == "awaiting_release"
    assert "201 rows, usual are 40" in sweep.brake


def test_a_sweep_can_be_held_back_while_systems_count(company, stores, years_ago, noon, drain):
    stores.fill("accounts", 3, years_ago(4))
    sweep = retention.plan_sweep(controller_id=company.pk, by=NIGHTLY, now=noon)
    with pytest.raises(ReasonsNeeded):
        retention.hold_back(sweep_id=sweep.pk, reason=" ", by=OFFICER, now=noon)

    retention.hold_back(sweep_id=sweep.pk, reason="Migration tonight", by=OFFICER, now=noon)
    drain(now=noon)

    sweep.refresh_from_db()
    assert (sweep.status, sweep.brake) == ("awaiting_release", "Held back: Migration tonight")
    assert len(stores.rows["accounts"]) == 3


def test_a_cancelled_sweep_deletes_nothing_whatever_comes_in_later(company, stores, years_ago, noon, drain):
    stores.fill("accounts", 3, years_ago(4))
    sweep = retention.plan_sweep(controller_id=company.pk, by=NIGHTLY, now=noon)

    retention.cancel(sweep_id=sweep.pk, reason="Not tonight", by=OFFICER, now=noon)
    drain(now=noon)

    sweep.refresh_from_db()
    assert sweep.status == "cancelled" and len(stores.rows["accounts"]) == 3
    with pytest.raises(IllegalMove):
        retention.release(sweep_id=sweep.pk, by=OFFICER, now=noon)


# -- honest ends ----------------------------------------------------------------------------------------------------
def test_a_system_that_cannot_count_does_not_stop_the_others(sweep_of, stores, years_ago):
    stores.broken.add("events")
    stores.fill("accounts", 3, years_ago(4))

    sweep = sweep_of()

    assert stores.rows["accounts"] == []
    assert disposal("events").status == "not_counted"
    assert sweep.status == "partly_failed"


def test_rows_that_will_not_go_are_never_called_completed(sweep_of, stores, years_ago, noon, drain):
    stores.sticky.add("events")
    stores.fill("events", 3, years_ago(3))
    sweep = sweep_of()
    for minutes in range(1, 5):
        drain(now=noon + timedelta(hours=minutes))

    sweep.refresh_from_db()
    assert (disposal("events").status, disposal("events").rows_left) == ("failed", 3)
    assert sweep.status == "partly_failed"
    assert Event.objects.get(type="disposal_closed").payload["rows_left"] == 3


def test_a_failed_disposal_that_a_person_has_repeated_ends_well(sweep_of, stores, years_ago, noon, drain):
    from privacy_portal.fanout import people

    stores.sticky.add("events")
    stores.fill("events", 3, years_ago(3))
    sweep = sweep_of()
    for hours in range(1, 5):
        drain(now=noon + timedelta(hours=hours))
    stores.sticky.clear()

    people.retry(task_id=disposal("events").task_id, by=OFFICER, now=noon + timedelta(hours=5))
    drain(now=noon + timedelta(hours=5))

    sweep.refresh_from_db()
    assert (sweep.status, disposal("events").status, disposal("events").erased) == (
        "completed",
        "completed",
        3,
    )


def test_a_controller_without_rules_is_not_swept(borealis, noon):
    with pytest.raises(NothingToSweep):
        retention.plan_sweep(controller_id=borealis.pk, by=NIGHTLY, now=noon)


def test_the_disposal_log_cannot_be_changed(sweep_of, stores, years_ago):
    stores.fill("accounts", 3, years_ago(4))
    sweep_of()

    assert list(
        DisposalEntry.objects.filter(disposal__dataset="accounts").order_by("pk").values_list("what", "rows")
    ) == [
        ("counted", 3),
        ("released", 0),
        ("disposed", 3),
    ]
    for statement in ("UPDATE governance_disposalentry SET rows = 0", "DELETE FROM governance_disposalentry"):
        with (
            pytest.raises(Exception, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_the_nightly_job_sweeps_every_controller_with_rules(company, borealis, stores, noon, drain):
    with time_machine.travel(noon, tick=False):
        sweep_retention()
        sweep_retention()

    assert Sweep.objects.get().controller == company


def test_the_home_page_hears_of_the_sweep_that_needs_a_person(sweep_of, stores, years_ago, company, noon):
    stores.fill("events", 2001, years_ago(3))
    sweep_of()
    sweep_of(noon + timedelta(days=1))

    summary = latest_sweep(Reach(actor=OFFICER, permissions={company.pk: ROLES[Role.DPO]}), noon)

    assert summary.status == "awaiting_release" and summary.words == "2001 rows past their time, 0 erased."
    worker = Reach(actor=OFFICER, permissions={company.pk: ROLES[Role.CASE_WORKER]})
    assert latest_sweep(worker, noon) is None


def test_each_batch_is_an_order_of_its_own(sweep_of, stores, years_ago, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 10)
    stores.fill("events", 25, years_ago(3))

    sweep_of()

    keys = [order.key for order in stores.orders("expire") if not order.instructions["dry_run"]]
    assert len(keys) == len(set(keys)) == 3, "a system answers a known key with its last answer"


def test_a_count_that_a_person_ticks_off_is_no_count(company, stores, years_ago, noon, drain):
    from privacy_portal.fanout import people

    stores.broken.add("events")
    sweep = retention.plan_sweep(controller_id=company.pk, by=NIGHTLY, now=noon)
    drain(now=noon)

    people.complete_by_hand(task_id=disposal("events").task_id, reason="Looked myself", by=OFFICER, now=noon)
    drain(now=noon)

    sweep.refresh_from_db()
    assert (disposal("events").status, sweep.status) == ("not_counted", "partly_failed")


def test_a_system_without_an_interface_does_not_hold_up_the_sweep(
    company, load, stores, years_ago, noon, drain
):
    head = "    - name: letters\n      fields:\n"
    rule = "      retention: {start: written_on, period: P3Y, source: Policy}\n"
    field = "      - {name: written_on, category: none}\n"
    text = COMPANY.read_text()
    load(text.replace(head, "    - name: letters\n" + rule + "      fields:\n" + field))
    stores.fill("accounts", 3, years_ago(4))

    sweep = retention.plan_sweep(controller_id=company.pk, by=NIGHTLY, now=noon)
    drain(now=noon)

    sweep.refresh_from_db()
    assert (disposal("letters").status, sweep.status) == ("not_counted", "partly_failed")
    assert stores.rows["accounts"] == []
