"""A system that was told of a changed consent: what counts as having done it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacy_portal.connectors.base import DatasetOutcome, Outcome
from privacy_portal.fanout import people
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import Status
from privacy_portal.vocabulary import Verb
from tests.fanout.conftest import OFFICER

pytestmark = pytest.mark.django_db

STOP = {
    "type": "consent.withdrawn",
    "purpose": "newsletter",
    "actions": ["stop_processing", "delete_profile"],
    "data": {},
}


def fresh(task: SystemTask) -> SystemTask:
    return SystemTask.objects.select_related("connection").get(pk=task.pk)


def ask_and_wait(house, drain, noon, script, verb=Verb.NOTIFY, instructions=None) -> SystemTask:
    """Ask once, and let an hour and a half pass."""
    task = house.ask(
        house.system("crm", script), verb, instructions=STOP if instructions is None else instructions
    )
    for minutes in (0, 30, 60, 90):
        drain(now=noon + timedelta(minutes=minutes))
    return fresh(task)


# -- required actions -----------------------------------------------------------------------------------------------
def test_a_system_that_says_done_and_names_no_action_ends_at_a_person(house, noon, drain, heard, events):
    task = ask_and_wait(house, drain, noon, lambda order: Outcome())

    assert (task.status, task.error_code) == (Status.WAITING_ON_PERSON, "actions_missing")
    assert len(heard) == 3
    assert events(correlation_id=task.correlation_id) == ["task_waits_for_person"]


def test_it_is_asked_again_under_a_new_key_or_it_would_repeat_its_answer(house, noon, drain, heard):
    ask_and_wait(house, drain, noon, lambda order: Outcome())

    assert len({order.key for order in heard}) == 3


def test_half_of_the_actions_is_not_all_of_them(house, noon, drain):
    task = ask_and_wait(house, drain, noon, lambda order: Outcome(actions=("stop_processing",)))

    assert (task.status, task.error_code) == (Status.WAITING_ON_PERSON, "actions_missing")
    assert task.outcome["actions"] == ["stop_processing"]


def test_the_other_half_may_come_with_the_second_answer(house, noon, drain, heard):
    answers = iter([Outcome(actions=("stop_processing",)), Outcome(actions=("delete_profile",))])

    task = ask_and_wait(house, drain, noon, lambda order: next(answers))

    assert task.status == Status.COMPLETED
    assert task.outcome["actions"] == ["stop_processing", "delete_profile"]
    assert len(heard) == 2


def test_a_switch_that_left_rows_unswitched_has_not_stopped(house, noon, drain):
    left = Outcome(
        datasets=(DatasetOutcome("accounts", found=2, changed=1, left=1),),
        rows_left=1,
        actions=tuple(STOP["actions"]),
    )

    task = ask_and_wait(house, drain, noon, lambda order: left)

    assert (task.status, task.error_code, task.rows_left) == (
        Status.WAITING_ON_PERSON,
        "actions_missing",
        1,
    )


def test_a_person_who_asks_again_asks_under_a_new_key(house, noon, drain, heard):
    task = ask_and_wait(house, drain, noon, lambda order: Outcome())
    last = heard[-1].key

    people.retry(task_id=task.pk, by=OFFICER, now=noon + timedelta(hours=2))
    drain(now=noon + timedelta(hours=2))

    assert heard[-1].key != last


def test_a_person_who_confirms_by_hand_does_not_put_words_into_the_systems_mouth(house, noon, drain):
    task = ask_and_wait(house, drain, noon, lambda order: Outcome(actions=("stop_processing",)))

    people.complete_by_hand(task_id=task.pk, reason="Profile deleted by the vendor", by=OFFICER, now=noon)

    task = fresh(task)
    assert (task.status, task.error_code) == (Status.COMPLETED, "by_hand")
    assert task.outcome["actions"] == ["stop_processing"]


def test_a_notice_that_asks_for_no_action_is_completed_when_it_is_answered(house, noon, drain, heard):
    task = ask_and_wait(house, drain, noon, lambda order: Outcome(), instructions={**STOP, "actions": []})

    assert task.status == Status.COMPLETED
    assert len(heard) == 1


# -- rectify and restrict -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("verb", [Verb.RECTIFY, Verb.RESTRICT])
def test_a_change_that_left_rows_unchanged_is_never_completed(house, noon, drain, heard, verb):
    left = Outcome(datasets=(DatasetOutcome("accounts", found=2, changed=0, left=2),), rows_left=2)

    task = ask_and_wait(house, drain, noon, lambda order: left, verb, instructions={})

    assert (task.status, task.error_code, task.rows_left) == (Status.FAILED, "rows_left", 2)
    assert len({order.key for order in heard}) == 3


@pytest.mark.parametrize("verb", [Verb.RECTIFY, Verb.RESTRICT])
def test_a_change_nobody_counted_goes_to_a_person(house, noon, drain, verb):
    task = ask_and_wait(house, drain, noon, lambda order: Outcome(), verb, instructions={})

    assert (task.status, task.error_code) == (Status.WAITING_ON_PERSON, "rows_left_unknown")


@pytest.mark.parametrize("verb", [Verb.RECTIFY, Verb.RESTRICT])
def test_a_change_told_dataset_by_dataset_is_counted_by_them(house, noon, drain, verb):
    changed = Outcome(datasets=(DatasetOutcome("accounts", found=2, changed=2),))

    task = ask_and_wait(house, drain, noon, lambda order: changed, verb, instructions={})

    assert (task.status, task.rows_left) == (Status.COMPLETED, 0)
