"""A person's answer has the numbers and grounds that a system's has: on its page, in the task, for the case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from privacy_portal.connectors.base import Outcome, State
from privacy_portal.fanout.models import Confirmation, SystemTask
from privacy_portal.fanout.states import Status
from privacy_portal.staff.roles import Role

pytestmark = pytest.mark.django_db

ARTICLE = "GDPR Art. 17(3)(b)"


@pytest.fixture
def noon():
    """Doors read the real clock."""
    return timezone.now()


def by_a_person(order):
    return Outcome(state=State.NEEDS_PERSON)


@pytest.fixture
def archive(house):
    return house.system("archive", by_a_person)


@pytest.fixture
def stuck(house, archive, noon, drain):
    def make(verb: str = "erase", **more) -> SystemTask:
        task = house.ask(archive, verb, **more)
        drain(now=noon)
        return task

    return make


@pytest.fixture
def answered(client, staff, house, noon):
    client.force_login(staff(house.controller, Role.DPO))
    said = {
        "reason": "Went through the binders.",
        "found": 3,
        "erased": 1,
        "kept": 2,
        "kept_reason": "Contracts are kept ten years",
        "kept_article": ARTICLE,
        "kept_until": (noon + timedelta(days=900)).date().isoformat(),
        "rows_left": 0,
    }

    def post(task: SystemTask, **other):
        return client.post(reverse("portal:task_complete", args=[task.pk]), {**said, **other})

    return post


def test_what_a_person_counted_and_kept_stands_like_a_systems_answer(client, stuck, answered, noon):
    task = stuck()

    assert answered(task).status_code == 302

    task.refresh_from_db()
    (dataset,) = task.outcome["datasets"]
    (ground,) = dataset["grounds"]
    until = (noon + timedelta(days=900)).date().isoformat()
    assert task.status == Status.COMPLETED
    assert (dataset["dataset"], dataset["found"], dataset["erased"], dataset["kept"]) == ("archive", 3, 1, 2)
    assert (ground["rows"], ground["article"], ground["until"]) == (2, ARTICLE, until)
    page = client.get(reverse("portal:task_detail", args=[task.pk])).content.decode()
    for words in ("Contracts are kept ten years", ARTICLE, until):
        assert words in page


@pytest.mark.parametrize(
    ("other", "words"),
    [
        pytest.param({"found": ""}, "required", id="nothing counted"),
        pytest.param({"erased": -1}, "greater than or equal", id="less than nothing"),
        pytest.param({"found": 4}, "the erased and the kept rows together", id="numbers that disagree"),
        pytest.param({"kept_reason": " "}, "on what ground", id="kept without a reason"),
        pytest.param({"kept_article": ""}, "name the article", id="kept without an article"),
        pytest.param({"kept_until": "2020-01-01"}, "must lie ahead", id="kept until a day gone by"),
        pytest.param({"kept_until": "soon"}, "valid date", id="no day"),
        pytest.param({"erased": 3, "kept": 0}, "how many rows", id="a ground for nothing"),
    ],
)
def test_numbers_that_do_not_agree_and_keeping_without_a_ground_are_refused(stuck, answered, other, words):
    task = stuck()

    answer = answered(task, **other)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    task.refresh_from_db()
    assert task.status == Status.WAITING_ON_PERSON
    assert not Confirmation.objects.exists()


@pytest.mark.parametrize(
    ("datasets", "instructions", "name"),
    [
        pytest.param([{"name": "binders"}], {}, "binders", id="the only one"),
        pytest.param([{"name": "binders"}, {"name": "cards"}], {}, "archive", id="several, counted together"),
        pytest.param(
            [{"name": "binders"}, {"name": "cards"}], {"dataset": "cards"}, "cards", id="the one asked"
        ),
    ],
)
def test_the_numbers_are_those_of_the_dataset_that_was_asked_about(
    archive, stuck, answered, datasets, instructions, name
):
    archive.options = {**archive.options, "datasets": datasets}
    archive.save()
    task = stuck("expire" if instructions else "erase", instructions=instructions)

    answered(task)

    task.refresh_from_db()
    assert [row["dataset"] for row in task.outcome["datasets"]] == [name]


def test_of_a_count_beforehand_the_form_asks_what_would_happen(client, stuck, answered):
    task = stuck("locate")
    answered(task, found=9)  # signs in, and is refused

    page = client.get(reverse("portal:task_detail", args=[task.pk])).content.decode()

    assert "Rows that would be erased" in page


def test_where_no_rows_are_asked_about_none_are_counted(client, stuck, answered):
    task = stuck("export")

    answered(task, reason="No letter of hers.")

    task.refresh_from_db()
    assert (task.status, task.outcome["datasets"]) == (Status.COMPLETED, [])
