"""Handlers run exactly once, in one transaction with their mark; failures wait, then stop."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from privacy_portal.errors import IllegalMove, NotFound
from privacy_portal.ledger import deliver, record
from privacy_portal.ledger.deliver import MAX_ATTEMPTS, deliver_due, retry_delivery
from privacy_portal.ledger.models import Delivery, Event
from privacy_portal.vocabulary import Actor
from tests.ledger import listeners

OFFICER = Actor.staff(7)
ECHO, OTHER, CHAIN, FAIL, TOGETHER, TOGETHER_BUT_FOUR, PURPOSE = (
    f"tests.ledger.listeners.{name}"
    for name in (
        "echo",
        "echo_of_another_kind",
        "chain",
        "fail",
        "count_together",
        "all_but_four_together",
        "purpose",
    )
)


@pytest.fixture
def handlers(monkeypatch):
    monkeypatch.setattr(record, "_handlers", {})
    monkeypatch.setattr("privacy_portal.bell.ring", lambda job, *args: None)
    listeners.calls.clear()
    return record.subscribe


@pytest.mark.django_db
def test_what_is_due_is_handled_once(write, noon, handlers):
    handlers({"consent_given": (ECHO,)})
    write()

    first, second = deliver_due(now=noon), deliver_due(now=noon)

    assert (first, second) == (1, 0)
    assert listeners.calls == ["consent_given"]
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.done_at, delivery.attempts) == ("done", noon, 0)


@pytest.mark.django_db
def test_a_handlers_events_name_their_cause_and_are_handled_in_the_same_run(write, noon, handlers):
    handlers({"consent_given": (CHAIN,), "hold_lifted": (OTHER,)})
    given = write()[0]

    deliver_due(now=noon)

    lifted = Event.objects.get(type="hold_lifted")
    assert (lifted.causation_id, lifted.correlation_id) == (given.event_id, given.correlation_id)
    assert listeners.calls == ["other:hold_lifted"]


@pytest.mark.django_db
def test_a_delivery_waits_for_its_time(write, noon, handlers):
    handlers({"consent_given": (ECHO,)})
    write()
    Delivery.objects.update(due_at=noon + timedelta(seconds=1))

    assert deliver_due(now=noon) == 0
    assert deliver_due(now=noon + timedelta(seconds=1)) == 1


@pytest.mark.django_db
def test_a_run_stops_at_its_limit(write, noon, handlers):
    handlers({"consent_given": (OTHER,)})
    write(5)

    assert deliver_due(now=noon, limit=3) == 3
    assert Delivery.objects.due(noon).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_failing_handler_leaves_nothing_behind_and_is_tried_again_later(write, noon, handlers):
    handlers({"consent_given": (FAIL, OTHER)})
    write()

    deliver_due(now=noon)

    assert not Event.objects.filter(type="data_accessed").exists()
    failed, other = Delivery.objects.order_by("pk")
    assert (failed.status, failed.attempts, failed.last_error) == ("waiting", 1, "ValueError")
    assert noon + timedelta(seconds=1) <= failed.due_at <= noon + timedelta(seconds=2)
    assert other.status == "done"


@pytest.mark.django_db(transaction=True)
def test_the_message_of_a_failure_reaches_neither_rows_nor_logs(write, noon, handlers, caplog, capsys):
    handlers({"consent_given": (FAIL,)})
    write()

    deliver_due(now=noon)

    logged = caplog.text + "".join(capsys.readouterr())
    assert "handler_failed" in logged
    assert "ann@example.org" not in logged + Delivery.objects.get().last_error


@pytest.mark.django_db(transaction=True)
def test_a_handler_that_keeps_failing_is_given_up_and_can_be_retried(write, noon, handlers, monkeypatch):
    handlers({"consent_given": (FAIL,)})
    given = write()[0]
    now = noon
    for _attempt in range(MAX_ATTEMPTS):
        assert deliver_due(now=now) == 1
        now += timedelta(hours=2)
    dead = deliver.dead().get()

    assert (dead.status, dead.attempts, deliver_due(now=now)) == ("dead", MAX_ATTEMPTS, 0)

    monkeypatch.setattr(listeners, "fail", listeners.echo_of_another_kind)
    retry_delivery(delivery_id=dead.pk, by=OFFICER, now=now)
    deliver_due(now=now)

    assert Delivery.objects.get(pk=dead.pk).status == "done"
    retried = Event.objects.get(type="delivery_retried")
    assert (retried.actor, retried.causation_id) == ("staff:7", given.event_id)


@pytest.mark.django_db(transaction=True)
def test_what_one_handler_takes_together_it_gets_at_once(write, noon, handlers):
    handlers({"consent_given": (TOGETHER, FAIL)})
    write(3, correlation_id=uuid4())
    write(2, correlation_id=uuid4())

    deliver_due(now=noon)

    assert sorted(listeners.calls) == ["5 of consent_given", *["fail"] * 5]
    assert Delivery.objects.filter(handler=TOGETHER, status="done").count() == 5
    assert Delivery.objects.filter(handler=FAIL, status="waiting", attempts=1).count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_story_that_fails_among_many_fails_alone(write, noon, handlers):
    handlers({"consent_given": (TOGETHER_BUT_FOUR,)})
    stories = [uuid4() for _number in range(3)]
    for number, story in zip((1, 4, 2), stories, strict=True):
        write(number, correlation_id=story)

    deliver_due(now=noon)

    kept = Event.objects.filter(type="hold_lifted").values_list("correlation_id", flat=True)
    assert set(kept) == {stories[0], stories[2]}
    assert Delivery.objects.filter(status="done").count() == 3
    assert Delivery.objects.filter(status="waiting", attempts=1).count() == 4


@pytest.mark.django_db(transaction=True)
def test_each_line_of_a_handler_of_many_names_the_cause_of_its_own_story(write, noon, handlers):
    handlers({"consent_given": (TOGETHER_BUT_FOUR,)})
    given = [write(1, correlation_id=uuid4())[0] for _number in range(3)]

    deliver_due(now=noon)

    lifted = Event.objects.filter(type="hold_lifted")
    causes = {event.correlation_id: event.causation_id for event in lifted}
    assert causes == {event.correlation_id: event.event_id for event in given}


@pytest.mark.django_db
def test_what_concerns_one_person_is_handled_in_the_order_it_happened(write, noon, handlers):
    handlers({"consent_given": (PURPOSE,)})
    people = [uuid4() for _number in range(4)]
    for turn in range(3):
        for subject_id in people:
            write(turn + 1, subject_id=subject_id)

    deliver_due(now=noon)

    order = ["purpose_0", "purpose_0", "purpose_1", "purpose_0", "purpose_1", "purpose_2"]
    assert listeners.calls == order * len(people)


@pytest.mark.django_db
def test_only_a_given_up_delivery_can_be_retried(write, noon, handlers):
    handlers({"consent_given": (ECHO,)})
    write()

    with pytest.raises(IllegalMove):
        retry_delivery(delivery_id=Delivery.objects.get().pk, by=OFFICER, now=noon)
    with pytest.raises(NotFound):
        retry_delivery(delivery_id=0, by=OFFICER, now=noon)


@pytest.mark.django_db(transaction=True)
def test_a_handler_that_is_not_there_is_a_failure_not_a_loss(write, noon, handlers):
    handlers({"consent_given": ("tests.ledger.listeners.nobody",)})
    write()

    deliver_due(now=noon)

    assert Delivery.objects.get().last_error == "ImportError"


def test_the_wait_grows_and_never_passes_an_hour():
    waits = [deliver._wait(attempts).total_seconds() for attempts in range(1, 40)]

    assert 1 <= waits[0] <= 2
    assert 16 <= waits[4] <= 32
    assert all(1800 <= wait <= 3600 for wait in waits[12:])


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_handle_everything_exactly_once(write, noon, handlers):
    handlers({"consent_given": (ECHO, OTHER)})
    write(20)
    at_the_line, handled = threading.Barrier(2), []

    def work() -> None:
        at_the_line.wait(timeout=10)
        try:
            while tried := deliver_due(now=noon, limit=3):
                handled.append(tried)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)

    assert sum(handled) == 40
    assert len(listeners.calls) == 40
    assert Event.objects.filter(type="data_accessed").count() == 20
    assert Delivery.objects.filter(status="done").count() == 40


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_delivery_another_worker_holds_is_passed_over(write, noon, handlers):
    handlers({"consent_given": (OTHER,)})
    write(2)
    held, done = threading.Event(), threading.Event()

    def hold_the_first() -> None:
        try:
            with transaction.atomic():
                Delivery.objects.select_for_update().order_by("pk").first()
                held.set()
                done.wait(timeout=30)
        finally:
            connection.close()

    holder = threading.Thread(target=hold_the_first)
    holder.start()
    assert held.wait(timeout=10)

    first_run = deliver_due(now=noon)
    done.set()
    holder.join(timeout=30)

    assert (first_run, len(listeners.calls)) == (1, 1)
    assert deliver_due(now=noon) == 1
