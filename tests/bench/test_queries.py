"""How many statements the hot paths cost: numbers that may fall, and rise only on purpose. Nothing is timed."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from privacy_portal.connectors.base import Outcome
from privacy_portal.fanout.ask import Ask, Cause, ask_graph
from privacy_portal.fanout.calls import Answer
from privacy_portal.fanout.claim import claim
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.fanout.settle import settle_answer
from privacy_portal.ledger import record as ledger
from privacy_portal.ledger.catalogue import ConsentGiven
from privacy_portal.ledger.models import Delivery, Event, PendingSeal
from privacy_portal.ledger.record import record, together
from privacy_portal.vocabulary import Actor, CauseKind, Verb

BY = Actor.system("measuring")
DONE = Answer(outcome=Outcome(rows_left=0))


@pytest.fixture
def one_listener(monkeypatch):
    monkeypatch.setattr(ledger, "_handlers", {"consent_given": ("tests.nobody",)})


def written(queries: CaptureQueriesContext) -> list[str]:
    """The tables that were written to, statement by statement; savepoints cost next to nothing."""
    sentences = [re.sub(r'^\d+ times: |"', "", query["sql"]).split() for query in queries]
    return [
        words[2] if words[0] == "INSERT" else words[1]
        for words in sentences
        if words[0] in ("INSERT", "UPDATE")
    ]


@pytest.mark.django_db
def test_what_is_recorded_together_costs_one_statement_per_table(noon, one_listener):
    with CaptureQueriesContext(connection) as queries, transaction.atomic(), together():
        for number in range(8):
            record(ConsentGiven(purpose=f"purpose-{number}"), by=BY, now=noon)

    assert written(queries) == ["portal_event", "portal_pendingseal", "portal_delivery"]


@pytest.mark.django_db
def test_what_is_recorded_together_keeps_its_order(noon, one_listener):
    with transaction.atomic(), together():
        said = [record(ConsentGiven(purpose=f"purpose-{number}"), by=BY, now=noon) for number in range(5)]

    kept = list(Event.objects.order_by("pk").values_list("event_id", flat=True))
    assert kept == [event.event_id for event in said]
    assert PendingSeal.objects.count() == Delivery.objects.count() == 5


@pytest.mark.django_db
def test_of_what_is_recorded_together_a_part_that_fails_is_forgotten(noon, one_listener):
    with transaction.atomic(), together():
        record(ConsentGiven(purpose="first"), by=BY, now=noon)
        with pytest.raises(RuntimeError), transaction.atomic(), together():
            record(ConsentGiven(purpose="undone"), by=BY, now=noon)
            raise RuntimeError
        record(ConsentGiven(purpose="last"), by=BY, now=noon)

    assert [event.payload["purpose"] for event in Event.objects.order_by("pk")] == ["first", "last"]


@pytest.mark.django_db
def test_an_event_may_name_a_cause_that_is_not_written_yet(noon, one_listener):
    with transaction.atomic(), together():
        cause = record(ConsentGiven(purpose="first"), by=BY, now=noon)
        effect = record(ConsentGiven(purpose="then"), by=BY, now=noon, causation_id=cause.event_id)

    effect.refresh_from_db()
    assert (effect.causation_id, effect.correlation_id) == (cause.event_id, cause.correlation_id)


@pytest.fixture
def claimed(controller, noon) -> list[SystemTask]:
    """Two tasks that run, of which the third waits for the first."""
    shop = Connection.objects.create(controller=controller(), code="shop", kind="fake")
    asks = [
        Ask(name, shop, Verb.EXPORT, after=after) for name, after in [("a", ()), ("b", ()), ("c", ("a",))]
    ]
    story = uuid4()
    ask_graph(asks, cause=Cause(CauseKind.REQUEST, story, story), due_at=noon + timedelta(1), by=BY, now=noon)
    return sorted(claim(group="default", now=noon, room=8), key=lambda task: not task.is_awaited)


@pytest.mark.django_db
def test_a_task_nobody_waits_for_looks_for_nobody(claimed, noon):
    _awaited, alone = claimed

    with CaptureQueriesContext(connection) as queries:
        settle_answer(alone, DONE, now=noon)

    assert written(queries).count("portal_systemtask") == 1


@pytest.mark.django_db
def test_a_task_somebody_waits_for_sets_them_free(claimed, noon):
    awaited, _alone = claimed

    settle_answer(awaited, DONE, now=noon)

    assert SystemTask.objects.get(blockers=0, token=0).status == "waiting"
