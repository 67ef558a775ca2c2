"""Access is answered after the identity check, or after two people have looked: each controller decides."""

from __future__ import annotations

import pytest
from django.urls import reverse

from dsr.actions import assessment
from dsr.errors import SecondPersonNeeded
from dsr.states import Status
from privacy_portal.fanout.models import SystemTask
from privacy_portal.vocabulary import Actor

pytestmark = pytest.mark.django_db
ONE, TWO = Actor.staff(1), Actor.staff(2)


@pytest.fixture
def reviewed(acme):
    acme.access_review = True
    acme.save(update_fields=["access_review"])


def test_without_the_switch_access_is_answered_by_itself(planned):
    assert planned("access").status == Status.COMPLETED


def test_with_the_switch_no_system_is_asked_before_a_second_person_has_approved(
    reviewed, planned, drain, noon
):
    request = planned("access")
    seen = request.plans.get().hash

    assert request.status == Status.PLANNED
    assert not SystemTask.objects.of_cause("request", request.pk).exists()
    assessment.accept(request_id=request.pk, plan_hash=seen, by=ONE, now=noon)
    with pytest.raises(SecondPersonNeeded):
        assessment.approve(request_id=request.pk, plan_hash=seen, by=ONE, now=noon)

    assessment.approve(request_id=request.pk, plan_hash=seen, by=TWO, now=noon)
    drain(now=noon)
    request.refresh_from_db()
    assert request.status == Status.COMPLETED
    assert request.answer.parcel.rows == 3


def test_a_reviewed_access_request_can_be_refused(reviewed, planned, noon):
    request = planned("access")

    assessment.refuse(request_id=request.pk, reason="excessive", text="Again.", by=ONE, now=noon)

    request.refresh_from_db()
    assert request.status == Status.REFUSED


def test_the_case_page_offers_the_review_in_its_own_words(
    reviewed, planned, staff, client, drain, noon, time_machine
):
    time_machine.move_to(noon, tick=False)
    request = planned("access")
    first, second = staff("case_worker"), staff("dpo")
    address = reverse("dsr:request_detail", args=[request.pk])

    client.force_login(first)
    assert "Accept the plan" in client.get(address).content.decode()
    client.post(reverse("dsr:accept", args=[request.pk]), {"plan_hash": request.plans.get().hash})
    client.force_login(second)
    page = client.get(address).content.decode()

    assert "Approve and collect the data for the person?" in page
    assert "let the systems erase" not in page
    client.post(reverse("dsr:approve", args=[request.pk]), {"plan_hash": request.plans.get().hash})
    drain(now=noon)
    request.refresh_from_db()
    assert request.status == Status.COMPLETED
