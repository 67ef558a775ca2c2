"""From a graph of tasks to its end, in one process."""

from __future__ import annotations

import pytest

from privacy_portal.fanout.ask import Ask
from privacy_portal.fanout.models import TaskStatusChange
from privacy_portal.fanout.states import Status
from privacy_portal.vocabulary import Verb

pytestmark = pytest.mark.django_db


def test_an_erasure_goes_from_row_to_system_to_ledger(house, noon, drain, events, heard):
    task = house.ask(house.system("crm"))

    drain(now=noon)

    task.refresh_from_db()
    assert task.status == Status.COMPLETED
    assert task.finished_at == noon
    assert events(correlation_id=task.correlation_id) == ["task_completed", "data_deleted"]
    assert [identifier.value for identifier in heard[0].identifiers] == ["ann@example.org"]
    assert heard[0].key == str(task.key)


def test_a_system_is_asked_after_those_it_depends_on(house, noon, drain, heard):
    first, second, third = house.system("marketing"), house.system("payment"), house.system("users")
    house.ask_graph(
        Ask("users", third, Verb.ERASE, house.subject.pk, after=["payment", "marketing"]),
        Ask("payment", second, Verb.ERASE, house.subject.pk, after=["marketing"]),
        Ask("marketing", first, Verb.ERASE, house.subject.pk),
    )

    drain(now=noon)

    assert [order.callback_url.rsplit("/", 1)[1] for order in heard] == ["marketing", "payment", "users"]


def test_the_history_of_a_task_tells_every_step(house, noon, drain):
    task = house.ask(house.system("crm"))

    drain(now=noon)

    steps = TaskStatusChange.objects.filter(task=task).order_by("pk").values_list("status", "by", "attempt")
    assert list(steps) == [
        ("waiting", "staff:1", 0),
        ("running", "system:portal", 1),
        ("completed", "system:crm", 1),
    ]
