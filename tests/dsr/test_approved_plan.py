"""What two people approved is what runs: whatever the register says later, nothing more is erased."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from dsr.actions import assessment
from dsr.states import Status
from governance.models import System
from privacy_portal.fanout import people, run
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.ledger.models import Event
from privacy_portal.vocabulary import Actor

pytestmark = pytest.mark.django_db
ONE, TWO = Actor.staff(1), Actor.staff(2)
INVOICES = "SELECT id, name FROM invoices ORDER BY id"


@pytest.fixture
def approve(noon):
    """`approve(request)` by two people; nothing is delivered yet."""

    def decide(request, at=noon) -> None:
        seen = request.plans.order_by("-version").first().hash
        assessment.accept(request_id=request.pk, plan_hash=seen, by=ONE, now=at)
        assessment.approve(request_id=request.pk, plan_hash=seen, by=TWO, now=at)

    return decide


def delete_instead_of_keep() -> None:
    """Somebody edits the register: names on invoices are no longer kept."""
    books = Connection.objects.get(code="books")
    for field in books.options["datasets"][0]["fields"]:
        field["erase"] = "delete"
    books.save(update_fields=["options"])


def register_late(acme, noon) -> None:
    """A copy of the shop that nobody had registered when the plan was made."""
    shop = Connection.objects.get(code="shop")
    late = Connection.objects.create(controller=acme, code="late", kind="sql", options=shop.options)
    System.objects.create(
        controller=acme, connection=late, code="late", name="Late", kind="sql", country="IE", registered_at=noon
    )  # fmt: skip


def test_what_the_plan_kept_is_not_erased_because_the_register_was_edited_after_the_approval(
    planned, approve, stores, drain, noon, events
):
    request = planned()
    approve(request)
    delete_instead_of_keep()

    drain(now=noon + timedelta(minutes=1))

    request.refresh_from_db()
    assert request.status == Status.PLANNED
    assert (1, "Ann") in stores("books", INVOICES)
    assert len(stores("shop", "SELECT id FROM accounts")) == 2, "nothing at all is asked"
    first, second = request.plans.order_by("version")
    assert (first.set_aside_for, second.set_aside_at) == (["books"], None)
    assert first.hash != second.hash
    assert second.approved_by == second.accepted_by == ""
    said = Event.objects.get(type="plan_set_aside", correlation_id=request.pk).payload
    assert (said["systems"], said["version"]) == (["books"], 1)


def test_the_new_plan_runs_once_two_people_have_approved_it(planned, approve, stores, drain, noon):
    request = planned()
    approve(request)
    delete_instead_of_keep()
    drain(now=noon + timedelta(minutes=1))

    request.refresh_from_db()
    approve(request, noon + timedelta(minutes=2))
    drain(now=noon + timedelta(minutes=3))

    request.refresh_from_db()
    assert request.status in (Status.COMPLETED, Status.COMPLETED_WITH_EXCEPTIONS)
    assert stores("books", INVOICES) == [(3, "Ben")]


def test_a_system_registered_after_the_approval_is_counted_and_shown_before_it_is_erased(
    planned, approve, acme, stores, drain, noon
):
    request = planned()
    approve(request)
    register_late(acme, noon)

    drain(now=noon + timedelta(minutes=1))

    request.refresh_from_db()
    assert request.status == Status.PLANNED
    assert request.plans.get(version=1).set_aside_for == ["late"]
    assert "late" in request.plans.get(version=2).systems
    assert len(stores("shop", "SELECT id FROM accounts")) == 2


def test_a_system_that_moves_to_another_server_does_not_stop_what_was_approved(
    planned, approve, stores, drain, noon
):
    request = planned()
    approve(request)
    books = Connection.objects.get(code="books")
    books.options["url"] += "?timeout=5"
    books.save(update_fields=["options"])

    drain(now=noon)

    request.refresh_from_db()
    assert request.status == Status.COMPLETED_WITH_EXCEPTIONS


def test_a_task_that_waited_is_not_asked_by_another_description_than_the_approved_one(
    planned, approve, stores, drain, noon
):
    request = planned()
    paused = Connection.objects.filter(code="books")
    paused.update(paused_at=noon)
    approve(request)
    drain(now=noon)
    delete_instead_of_keep()
    paused.update(paused_at=None)

    run.work(group="default", clock=lambda: noon)

    task = SystemTask.objects.of_cause("request", request.pk).get(connection__code="books")
    assert (task.status, task.error_code) == ("waiting_on_person", "register_changed")
    assert (1, "Ann") in stores("books", INVOICES)

    people.retry(task_id=task.pk, by=ONE, now=noon)
    drain(now=noon)
    task.refresh_from_db()
    assert task.error_code == "register_changed", "asking again does not help as long as the register differs"


def test_a_service_is_told_field_by_field_what_was_approved(planned, approve, acme, stores, noon, drain):
    shop = Connection.objects.get(code="shop")
    service = Connection.objects.create(
        controller=acme, code="news", kind="http", options={**shop.options, "base_url": "http://127.0.0.1:1"}
    )
    System.objects.create(
        controller=acme, connection=service, code="news", name="News", kind="http", country="IE", registered_at=noon
    )  # fmt: skip

    request = planned()

    count = SystemTask.objects.of_cause("location", request.pk).get(connection=service)
    assert count.instructions["plan"] == {"accounts": {"email": "delete", "name": "delete"}}


def test_the_case_says_why_an_approved_plan_was_not_carried_out(
    planned, approve, stores, staff, client, drain, noon
):
    request = planned()
    approve(request)
    delete_instead_of_keep()
    drain(now=noon + timedelta(minutes=1))

    client.force_login(staff("dpo"))
    page = client.get(reverse("dsr:request_detail", args=[request.pk])).content.decode()

    assert "Version 1 was approved and not carried out" in page
    assert "two people decide again" in page
