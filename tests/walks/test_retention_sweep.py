"""The third walk: at night what is past its time goes, except where a hold stands before it."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from governance import tasks
from governance.models import Sweep
from privacy_portal.law.spans import months_after

STORES = {"accounts": ("user_service", "last_login_at", 36), "orders": ("payment_service", "placed_at", 84),
          "invoices": ("payment_service", "issued_on", 84)}  # fmt: skip


def old(town, table: str) -> int:
    store, column, months = STORES[table]
    border = months_after(timezone.now().date(), -months) - timedelta(days=1)
    return town.witness.count(store, table, f"{column} < :border", border=border.isoformat())


def test_the_nightly_job_counts_releases_disposes_and_asks_again(town, client):
    before = {table: old(town, table) for table in STORES}
    total = town.witness.count("payment_service", "invoices")
    assert all(before.values())

    # door: the clock
    tasks.sweep_retention()

    # action and task: the systems are asked for counts only
    sweep = Sweep.objects.get(controller=town.controller)
    assert sweep.status == "counting"
    assert {table: old(town, table) for table in STORES} == before

    # event, handler, task: nothing unusual, so it is released and disposed of in the same night
    town.work()
    sweep.refresh_from_db()
    story = town.events(correlation_id=sweep.correlation_id)
    assert story.index("disposal_planned") < story.index("disposal_released") < story.index("data_deleted")
    assert story[-1] == "disposal_closed"

    # outside: the old are gone, the young are not
    assert {table: old(town, table) for table in STORES} == dict.fromkeys(STORES, 0)
    assert town.witness.count("payment_service", "invoices") == total - before["invoices"]

    # back: the log, on its page
    assert sweep.status == "completed"
    client.force_login(town.staff("auditor"))
    page = client.get(reverse("governance:sweep_detail", args=[sweep.pk]))
    assert page.status_code == 200
    assert "invoices" in page.content.decode()


def test_the_same_night_is_swept_once(town):
    tasks.sweep_retention()
    town.work()
    asked = len(town.witness.journal("analytics_service"))

    tasks.sweep_retention()
    town.work()

    assert Sweep.objects.filter(controller=town.controller).count() == 1
    assert len(town.witness.journal("analytics_service")) == asked


def test_a_hold_keeps_somebodys_old_invoices(town, client):
    held = town.ann.customer_id
    client.force_login(town.staff("dpo"))
    placed = client.post(
        reverse("governance:hold_list"),
        {
            "controller": town.controller.pk,
            "subject_id": town.subject_id(town.ann),
            "ground": "litigation",
            "reason": "A claim is before the court",
            "review_on": (timezone.now() + timedelta(days=90)).date(),
        },
    )
    assert placed.status_code == 302

    tasks.sweep_retention()
    town.work()

    left = town.witness.rows(
        "payment_service", "SELECT DISTINCT customer_id FROM invoices WHERE issued_on < '2019-01-01'"
    )
    assert {row["customer_id"] for row in left} == {held}
