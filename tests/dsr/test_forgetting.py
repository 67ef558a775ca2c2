"""After an erasure we forget the person too, with the last letter that needs their address."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dsr.actions import assessment
from privacy_portal.fanout import upkeep
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import Status
from privacy_portal.ledger.models import Event
from privacy_portal.vocabulary import Actor

pytestmark = pytest.mark.django_db


def erase(request, drain, now) -> None:
    seen = request.plans.get().hash
    assessment.accept(request_id=request.pk, plan_hash=seen, by=Actor.staff(1), now=now)
    assessment.approve(request_id=request.pk, plan_hash=seen, by=Actor.staff(2), now=now)
    drain(now=now)
    request.refresh_from_db()
    request.subject.refresh_from_db()


def test_the_person_is_forgotten_when_the_answer_has_gone_out(planned, drain, noon):
    request = planned()

    erase(request, drain, noon)

    assert request.subject.forgotten_at == noon
    assert Event.objects.filter(type="subject_forgotten", correlation_id=request.pk).count() == 1


def test_a_letter_whose_worker_died_is_still_sent_before_the_person_is_forgotten(planned, drain, noon):
    request = planned()
    letters = SystemTask.objects.filter(cause_id=request.pk, instructions__template="dsr_started")
    lease_until = noon + timedelta(seconds=5)
    letters.update(status=Status.RUNNING, token=1, attempts=1, lease_until=lease_until, finished_at=None)

    erase(request, drain, noon)
    assert request.closed_at == noon
    assert request.subject.forgotten_at is None

    later = lease_until + timedelta(seconds=1)
    upkeep.reclaim(now=later)
    drain(now=later)

    request.subject.refresh_from_db()
    assert letters.get().status == Status.COMPLETED
    assert request.subject.forgotten_at == later
    assert Event.objects.filter(type="subject_forgotten", correlation_id=request.pk).count() == 1
