from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from privacy_portal import subjects
from privacy_portal.fanout.models import SystemTask
from privacy_portal.ledger.catalogue import ConsentExpired, ConsentGiven, ConsentWithdrawn
from privacy_portal.ledger.record import record
from privacy_portal.vocabulary import Actor


@pytest.fixture
def person(company, noon):
    return subjects.remember(controller_id=company.pk, identifiers={"email": "ann@example.org"}, now=noon)


@pytest.fixture
def happen(company, person, noon):
    @transaction.atomic
    def write(fact):
        return record(
            fact, controller_id=company.pk, subject_id=person.pk, by=Actor.subject(person.pk), now=noon
        )

    return write


def tasks():
    return {task.connection.code: task for task in SystemTask.objects.select_related("connection")}


def test_a_withdrawal_tells_every_system_that_uses_the_purpose(happen, person, noon, drain, stores, events):
    decision = uuid4()
    withdrawn = happen(ConsentWithdrawn(purpose="newsletter", decision_id=decision))

    drain(now=noon)

    told = tasks()
    assert set(told) == {"marketing_service", "user_service"}
    marketing = told["marketing_service"]
    assert (marketing.verb, marketing.cause_kind, marketing.cause_id) == ("notify", "withdrawal", decision)
    assert marketing.correlation_id == withdrawn.correlation_id
    assert marketing.subject_id == person.pk
    assert marketing.instructions == {
        "type": "consent.withdrawn",
        "purpose": "newsletter",
        "actions": ["stop_processing", "delete_non_essential_data"],
        "data": {"decided_at": noon.isoformat()},
    }
    assert marketing.due_at == noon + timedelta(hours=24)
    assert {task.status for task in told.values()} == {"completed"}
    assert events().count("task_completed") == 2


def test_the_activity_may_be_quicker_than_the_purpose(happen, noon, drain, stores):
    happen(ConsentWithdrawn(purpose="analytics", decision_id=uuid4()))

    drain(now=noon)

    assert tasks()["analytics_service"].due_at == noon + timedelta(hours=48)


def test_consent_that_runs_out_stops_the_same_systems(happen, noon, drain, stores):
    happen(ConsentExpired(purpose="newsletter", decision_id=uuid4()))

    drain(now=noon)

    assert tasks()["user_service"].instructions["type"] == "consent.expired"
    assert tasks()["user_service"].instructions["actions"] == ["stop_processing", "clear_opt_in"]


def test_consent_given_resumes_where_the_register_says_so(happen, noon, drain, stores):
    happen(ConsentGiven(purpose="newsletter", decision_id=uuid4()))

    drain(now=noon)

    assert {task.instructions["actions"][0] for task in tasks().values()} == {"resume_processing"}
    assert tasks()["marketing_service"].instructions["type"] == "consent.given"


def test_only_the_systems_of_the_same_controller_are_told(happen, borealis, noon, drain, stores):
    happen(ConsentWithdrawn(purpose="newsletter", decision_id=uuid4()))

    drain(now=noon)

    assert not SystemTask.objects.filter(controller=borealis).exists()


def test_a_task_holds_no_personal_data(happen, noon, drain, stores):
    happen(ConsentWithdrawn(purpose="newsletter", decision_id=uuid4()))

    drain(now=noon)

    assert "ann@example.org" not in str(list(SystemTask.objects.values_list("instructions", "outcome")))


def test_what_was_not_said_yet_is_not_said_after_a_newer_decision(happen, noon, drain, stores):
    from privacy_portal.fanout.models import Connection

    Connection.objects.filter(code="marketing_service").update(paused_at=noon)
    happen(ConsentWithdrawn(purpose="newsletter", decision_id=uuid4()))
    drain(now=noon)
    happen(ConsentWithdrawn(purpose="newsletter", decision_id=uuid4()))
    drain(now=noon)

    told = SystemTask.objects.filter(connection__code="marketing_service").order_by("asked_at", "token")
    assert sorted(task.status for task in told) == ["cancelled", "waiting"]
    assert [task.error_code for task in told if task.status == "cancelled"] == ["superseded"]
