"""An event is one line in the caller's transaction, with one delivery per handler."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from privacy_portal.ledger import record as ledger
from privacy_portal.ledger.catalogue import ConsentGiven, ConsentWithdrawn, HoldPlaced, TaskCompleted
from privacy_portal.ledger.facts import NotForTheLedger
from privacy_portal.ledger.models import Delivery, Event, PendingSeal
from privacy_portal.ledger.record import NotInATransaction, record
from privacy_portal.vocabulary import Actor

BY = Actor.staff(7)
an_id = UUID("7f5c0e1c-0f3b-4a3e-9b7e-3d1c5a6b7c8d")


@pytest.fixture
def handlers(monkeypatch):
    """Sets who listens, for this test."""
    monkeypatch.setattr(ledger, "_handlers", {})
    return ledger.subscribe


@pytest.fixture
def rung(monkeypatch) -> list[str]:
    jobs: list[str] = []
    monkeypatch.setattr("privacy_portal.bell.ring", lambda job, *args: jobs.append(job))
    return jobs


def task_completed(**more: object) -> TaskCompleted:
    ids = {"task_id": an_id, "connection_id": an_id, "cause_id": an_id}
    return TaskCompleted(**ids, system="shop", verb="erase", **{"cause_kind": "request", **more})


@pytest.mark.django_db
def test_an_event_holds_what_was_said(controller, noon, handlers):
    acme, subject_id = controller(), uuid4()

    said = ConsentWithdrawn(purpose="marketing", decision_id=an_id)
    event = record(said, controller_id=acme.pk, subject_id=subject_id, by=BY, now=noon)

    event.refresh_from_db()
    assert event.type == "consent_withdrawn"
    assert event.payload["purpose"] == "marketing"
    assert (event.controller_id, event.subject_id, event.actor) == (acme.pk, subject_id, "staff:7")
    assert (event.occurred_at, event.correlation_id, event.causation_id) == (noon, event.event_id, None)
    assert event.fact() == said
    assert PendingSeal.objects.get().event == event


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_refused(noon):
    with pytest.raises(NotInATransaction):
        record(ConsentGiven(purpose="news"), by=BY, now=noon)

    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_vanishes_with_its_transaction(noon):
    with pytest.raises(RuntimeError, match="changed my mind"), transaction.atomic():
        record(ConsentGiven(purpose="news"), by=BY, now=noon)
        raise RuntimeError("changed my mind")

    assert not Event.objects.exists()
    assert not PendingSeal.objects.exists()


@pytest.mark.django_db
def test_every_handler_gets_one_delivery(noon, handlers, rung):
    handlers({"consent_given": ("tests.a", "tests.b"), "consent_withdrawn": ("tests.c",)})

    record(ConsentGiven(purpose="news"), by=BY, now=noon)

    deliveries = Delivery.objects.order_by("pk")
    assert [(row.handler, row.status, row.due_at) for row in deliveries] == [
        ("tests.a", "waiting", noon),
        ("tests.b", "waiting", noon),
    ]
    assert rung == ["portal.deliver"]


@pytest.mark.django_db
def test_without_a_handler_no_bell_rings(noon, handlers, rung):
    handlers({})

    record(ConsentGiven(purpose="news"), by=BY, now=noon)

    assert (Delivery.objects.count(), rung) == (0, [])


@pytest.mark.django_db
def test_a_handler_may_listen_to_one_kind_of_cause(noon, handlers, rung):
    handlers(
        {
            "task_completed:request": ("t.dsr",),
            "task_completed:sweep": ("t.gov",),
            "task_completed": ("t.all",),
        }
    )

    record(task_completed(cause_kind="request"), by=BY, now=noon)

    assert set(Delivery.objects.values_list("handler", flat=True)) == {"t.all", "t.dsr"}


@pytest.mark.django_db
def test_a_handler_named_twice_is_called_once(noon, handlers, rung):
    handlers({"task_completed": ("tests.all",), "task_completed:request": ("tests.all",)})

    record(task_completed(), by=BY, now=noon)

    assert Delivery.objects.count() == 1


def test_a_subscription_to_an_unknown_event_stops_the_start(handlers):
    with pytest.raises(KeyError, match="consent_givne"):
        handlers({"consent_givne": ("tests.a",)})


@pytest.mark.django_db
def test_the_switchboard_names_events_of_the_catalogue_only(handlers):
    from privacy_portal import wiring

    handlers(wiring.HANDLERS)

    assert ledger._handlers.keys() == wiring.HANDLERS.keys()


@pytest.mark.django_db
def test_recording_costs_two_inserts_and_one_for_all_deliveries(
    noon, handlers, rung, django_assert_num_queries
):
    from django.db import connection

    handlers({"consent_given": ("tests.a", "tests.b", "tests.c")})

    with CaptureQueriesContext(connection) as queries:
        record(ConsentGiven(purpose="news"), by=BY, now=noon)
        record(ConsentWithdrawn(purpose="news"), by=BY, now=noon)

    assert [query["sql"].replace('"', "").split()[2] for query in queries] == [
        "portal_event",
        "portal_pendingseal",
        "portal_delivery",
        "portal_event",
        "portal_pendingseal",
    ]


@pytest.mark.django_db
def test_an_event_continues_the_story_of_its_cause(noon, handlers):
    first = record(ConsentGiven(purpose="news"), by=BY, now=noon)

    second = record(ConsentWithdrawn(purpose="news"), by=BY, now=noon, causation_id=first.event_id)

    assert (second.correlation_id, second.causation_id) == (first.event_id, first.event_id)
    assert list(Event.objects.of_story(first.correlation_id)) == [first, second]


@pytest.mark.django_db
def test_what_is_recorded_while_handling_names_the_handled_event_as_cause(noon, handlers):
    first = record(ConsentGiven(purpose="news"), by=BY, now=noon)

    with ledger.handling(first):
        inside = record(ConsentWithdrawn(purpose="news"), by=BY, now=noon)
        elsewhere = record(ConsentWithdrawn(purpose="ads"), by=BY, now=noon, correlation_id=an_id)
    after = record(HoldPlaced(hold_id=an_id), by=BY, now=noon)

    assert (inside.correlation_id, inside.causation_id) == (first.event_id, first.event_id)
    assert (elsewhere.correlation_id, elsewhere.causation_id) == (an_id, first.event_id)
    assert (after.correlation_id, after.causation_id) == (after.event_id, None)


@pytest.mark.django_db
@pytest.mark.parametrize("ref", ["ann@example.org", "Ann Smith", "", "x" * 71])
def test_an_actor_is_a_kind_and_a_reference(noon, ref):
    with pytest.raises(NotForTheLedger) as caught:
        record(ConsentGiven(purpose="news"), by=Actor.staff(ref), now=noon)

    assert not ref or ref not in str(caught.value)


@pytest.mark.django_db
def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(NotForTheLedger):
        record(ConsentGiven(purpose="news"), by=BY, now=datetime(2026, 11, 21))
