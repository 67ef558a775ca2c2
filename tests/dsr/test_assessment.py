"""The plan is decided by two people, about exactly what they saw; a hold beats it; more time is taken once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dsr.actions import assessment, deadlines, intake, plan
from dsr.errors import AlreadyExtended, OnHold, PlanChanged, SecondPersonNeeded
from dsr.states import MOVES, Status
from governance.models import Hold
from privacy_portal.errors import IllegalMove, Invalid
from privacy_portal.vocabulary import Actor

pytestmark = pytest.mark.django_db
ONE, TWO = Actor.staff(1), Actor.staff(2)


def hash_of(request) -> str:
    return request.plans.order_by("-version").first().hash


def test_who_accepted_cannot_approve(planned, noon):
    request = planned()
    assessment.accept(request_id=request.pk, plan_hash=hash_of(request), by=ONE, now=noon)

    with pytest.raises(SecondPersonNeeded):
        assessment.approve(request_id=request.pk, plan_hash=hash_of(request), by=ONE, now=noon)


def test_a_plan_nobody_accepted_cannot_be_approved(planned, noon):
    request = planned()

    with pytest.raises(IllegalMove):
        assessment.approve(request_id=request.pk, plan_hash=hash_of(request), by=TWO, now=noon)


def test_another_plan_than_the_one_seen_is_not_decided(planned, noon):
    request = planned()

    with pytest.raises(PlanChanged):
        assessment.accept(request_id=request.pk, plan_hash="0" * 64, by=ONE, now=noon)


def test_a_returned_plan_is_counted_again(planned, noon, drain):
    request = planned()
    assessment.accept(request_id=request.pk, plan_hash=hash_of(request), by=ONE, now=noon)

    plan.return_plan(request_id=request.pk, by=TWO, now=noon)
    drain(now=noon)

    request.refresh_from_db()
    assert (request.status, request.plans.count()) == (Status.PLANNED, 2)


def test_a_legal_hold_beats_erasure_even_between_acceptance_and_approval(planned, noon, acme):
    request = planned()
    assessment.accept(request_id=request.pk, plan_hash=hash_of(request), by=ONE, now=noon)
    Hold.objects.create(
        controller=acme, subject=request.subject, reason="lawsuit", placed_at=noon, placed_by="staff:1",
        review_on=date(2027, 1, 1),
    )  # fmt: skip

    with pytest.raises(OnHold):
        assessment.approve(request_id=request.pk, plan_hash=hash_of(request), by=TWO, now=noon)


def test_a_refusal_names_its_ground_and_is_final(planned, noon):
    request = planned()

    with pytest.raises(Invalid):
        assessment.refuse(request_id=request.pk, reason="do not like it", text="", by=ONE, now=noon)
    refused = assessment.refuse(
        request_id=request.pk, reason="exception_applies", text="A court asks us to.", by=ONE, now=noon
    )

    assert refused.status == Status.REFUSED
    with pytest.raises(IllegalMove):
        assessment.refuse(request_id=request.pk, reason="excessive", text="", by=ONE, now=noon)


def test_an_extension_adds_two_months_from_receipt_and_says_why(planned, noon):
    request = planned()

    extended = assessment.extend(request_id=request.pk, reason="Many systems", by=ONE, now=noon)

    assert request.due_on == date(2026, 12, 21)
    assert extended.due_on == date(2027, 2, 22), "21 February 2027 is a Sunday"
    with pytest.raises(AlreadyExtended):
        assessment.extend(request_id=request.pk, reason="Still", by=ONE, now=noon)


def test_after_the_first_period_it_is_too_late_to_extend(planned, noon):
    request = planned()

    with pytest.raises(Invalid):
        assessment.extend(request_id=request.pk, reason="Late", by=ONE, now=noon + timedelta(days=40))


def test_a_person_can_cancel_until_systems_are_asked(planned, noon):
    request = planned()
    cancelled = intake.cancel(request_id=request.pk, by=Actor.subject(request.subject_id), now=noon)
    assert cancelled.status == Status.CANCELLED

    running = planned(email="ben@example.org")
    assessment.accept(request_id=running.pk, plan_hash=hash_of(running), by=ONE, now=noon)
    assessment.approve(request_id=running.pk, plan_hash=hash_of(running), by=TWO, now=noon)
    with pytest.raises(IllegalMove):
        intake.cancel(request_id=running.pk, by=Actor.subject(running.subject_id), now=noon)


def test_lateness_is_told_once_even_after_nights_without_a_clock(planned, noon, events):
    request = planned()
    later = request.due_at + timedelta(days=3)

    assert deadlines.warn_late(now=later) == 1
    assert deadlines.warn_late(now=later + timedelta(days=1)) == 0
    assert events(correlation_id=request.pk).count("request_delayed") == 1


def test_a_request_nobody_confirms_is_closed_and_never_called_completed(acme, noon):
    asked = intake.Asked(right="access", law="GDPR", identifiers={"email": "x@example.org"}, channel="form")
    request = intake.open_request(controller_id=acme.pk, asked=asked, by=ONE, now=noon)

    deadlines.warn_late(now=noon + deadlines.UNCONFIRMED_FOR + timedelta(hours=1))

    request.refresh_from_db()
    assert request.status == Status.EXPIRED


def test_every_stage_leads_somewhere_or_is_final():
    assert {target for targets in MOVES.values() for target in targets} <= set(MOVES)
    assert set(MOVES) == set(Status.values)


@pytest.mark.parametrize(
    ("law", "due"),
    [
        pytest.param("GDPR", date(2026, 12, 21), id="Art. 12(3): one month"),
        pytest.param("CCPA", date(2027, 1, 5), id="11 CCR 7021: 45 days"),
    ],
)
def test_the_due_date_comes_from_the_law_with_its_reasons(planned, law, due):
    request = planned(law=law)

    assert request.due_on == due
    assert len(request.deadline["steps"]) > 2
