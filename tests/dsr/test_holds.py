"""A legal hold beats an erasure, however late it comes; and it stops no more than what it covers."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from dsr.actions import assessment
from dsr.states import Status
from governance.actions import holds
from governance.models import Dataset, System
from governance.states import HoldGround
from privacy_portal.fanout import people
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.ledger.models import Event
from privacy_portal.vocabulary import Actor

pytestmark = pytest.mark.django_db
ONE, TWO = Actor.staff(1), Actor.staff(2)
ACCOUNTS = "SELECT id FROM accounts ORDER BY id"


@pytest.fixture
def approve(noon):
    def decide(request) -> None:
        seen = request.plans.order_by("-version").first().hash
        assessment.accept(request_id=request.pk, plan_hash=seen, by=ONE, now=noon)
        assessment.approve(request_id=request.pk, plan_hash=seen, by=TWO, now=noon)

    return decide


@pytest.fixture
def hold(acme, noon):
    """`hold(subject)` on a person; `hold(dataset="accounts")` on everybody's rows in a dataset of the shop."""

    def place(subject=None, dataset: str = ""):
        system = System.objects.get(code="shop")
        covered = Dataset.objects.get_or_create(system=system, name=dataset)[0].pk if dataset else None
        return holds.place_hold(
            controller_id=acme.pk,
            subject_id=subject.pk if subject else None,
            dataset_id=covered,
            ground=HoldGround.LITIGATION,
            reason="Case 12/2026",
            review_on=date(2027, 1, 1),
            by=ONE,
            now=noon,
        )

    return place


def of(request):
    request.refresh_from_db()
    tasks = SystemTask.objects.of_cause("request", request.pk).select_related("connection")
    return {task.connection.code: task for task in tasks}


def test_a_hold_placed_between_approval_and_start_holds_every_system_until_it_is_lifted(
    planned, approve, hold, stores, drain, noon, events
):
    request = planned()
    approve(request)
    placed = hold(request.subject)

    drain(now=noon)

    assert {task.held_by for task in of(request).values()} == {placed.pk}
    assert stores("shop", ACCOUNTS) == [("C1",), ("C2",)]
    held = Event.objects.get(type="request_held", correlation_id=request.pk).payload
    assert (held["hold_id"], held["systems"]) == (str(placed.pk), ["books", "shop"])

    holds.lift_hold(hold_id=placed.pk, by=ONE, now=noon)
    drain(now=noon)
    request.refresh_from_db()
    assert request.status == Status.COMPLETED_WITH_EXCEPTIONS
    assert stores("shop", ACCOUNTS) == [("C2",)]
    assert "request_released" in events(correlation_id=request.pk)


def test_a_hold_placed_while_systems_wait_stops_those_that_were_not_asked_yet(
    planned, approve, hold, stores, drain, noon
):
    request = planned()
    Connection.objects.filter(code="shop").update(paused_at=noon)
    approve(request)
    drain(now=noon)
    placed = hold(request.subject)
    drain(now=noon)
    Connection.objects.filter(code="shop").update(paused_at=None)

    drain(now=noon)

    tasks = of(request)
    assert tasks["books"].status == "completed", "it had been asked before the hold"
    assert (tasks["shop"].status, tasks["shop"].held_by) == ("waiting", placed.pk)
    assert stores("shop", ACCOUNTS) == [("C1",), ("C2",)]


def test_under_a_hold_nobody_does_it_by_hand(planned, approve, hold, stores, drain, noon):
    request = planned()
    approve(request)
    hold(request.subject)
    drain(now=noon)
    task = of(request)["books"]

    with pytest.raises(people.HeldBack):
        people.complete_by_hand(task_id=task.pk, reason="Done.", by=ONE, now=noon)


def test_a_hold_on_a_dataset_holds_back_its_system_only(planned, approve, hold, stores, drain, noon):
    request = planned()
    placed = hold(dataset="accounts")

    approve(request)
    drain(now=noon)

    tasks = of(request)
    assert (tasks["books"].status, tasks["books"].held_by) == ("completed", None)
    assert tasks["shop"].held_by == placed.pk
    assert request.status == Status.FULFILLING


def test_a_hold_on_a_dataset_does_not_concern_who_has_no_row_in_it(
    planned, approve, hold, stores, drain, noon
):
    request = planned(email="stranger@example.org")
    hold(dataset="accounts")

    approve(request)
    drain(now=noon)

    request.refresh_from_db()
    assert request.status == Status.COMPLETED


def test_two_holds_are_both_lifted_before_anything_is_asked(planned, approve, hold, stores, drain, noon):
    request = planned()
    approve(request)
    first, second = hold(request.subject), hold(dataset="accounts")
    drain(now=noon)

    holds.lift_hold(hold_id=first.pk, by=ONE, now=noon)
    drain(now=noon)

    tasks = of(request)
    assert tasks["books"].status == "completed"
    assert tasks["shop"].held_by == second.pk
    assert stores("shop", ACCOUNTS) == [("C1",), ("C2",)]


def test_the_case_says_by_which_hold_it_is_held(planned, approve, hold, stores, staff, client, drain, noon):
    request = planned()
    approve(request)
    hold(request.subject)
    drain(now=noon)

    client.force_login(staff("dpo"))
    page = client.get(reverse("dsr:request_detail", args=[request.pk])).content.decode()

    assert "1 legal hold stands against erasing" in page
    assert "Legal claims, Art. 17(3)(e)" in page
    assert "held back by a legal hold" in page
