"""What each answer of a system does to its task."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacy_portal import subjects
from privacy_portal.connectors.base import (
    DatasetOutcome,
    Identifier,
    Outcome,
    Record,
    Refused,
    State,
    Unreachable,
)
from privacy_portal.fanout import parcels
from privacy_portal.fanout.models import Parcel, SystemTask
from privacy_portal.fanout.states import Status
from privacy_portal.fanout.verdicts import wait
from privacy_portal.staff.roles import Role
from privacy_portal.subjects.models import Subject
from privacy_portal.vocabulary import Verb

pytestmark = pytest.mark.django_db


def failing(error: Exception):
    def script(order):
        raise error

    return script


def erased(left: int, gone: int = 0):
    return Outcome(
        datasets=(DatasetOutcome("accounts", found=gone + left, erased=gone, left=left),), rows_left=left
    )


def fresh(task: SystemTask) -> SystemTask:
    return SystemTask.objects.select_related("connection").get(pk=task.pk)


# -- a system that is away ------------------------------------------------------------------------------------------
def test_a_system_that_is_away_is_asked_again_later_under_the_same_key(house, noon, drain, heard):
    answers = iter([Unreachable("no_connection"), None])

    def script(order):
        if error := next(answers):
            raise error
        return Outcome(rows_left=0)

    task = house.ask(house.system("crm", script))
    drain(now=noon)
    waiting = fresh(task)
    drain(now=noon + timedelta(hours=5))

    assert (waiting.status, waiting.error_code, waiting.attempts) == (Status.WAITING, "no_connection", 1)
    assert fresh(task).status == Status.COMPLETED
    assert {order.key for order in heard} == {str(task.key)}
    assert len(heard) == 2


def test_a_system_is_not_asked_earlier_than_it_says(house, noon, drain):
    task = house.ask(house.system("crm", failing(Unreachable("http_429", retry_after_seconds=900))))

    drain(now=noon)

    assert fresh(task).run_after >= noon + timedelta(seconds=900)


def test_a_system_that_stays_away_ends_as_a_dead_letter(house, noon, drain, events):
    task = house.ask(house.system("crm", failing(Unreachable("timeout")), max_attempts=3))

    for hours in (0, 5, 10, 15):
        drain(now=noon + timedelta(hours=hours))

    task = fresh(task)
    assert (task.status, task.error_code, task.attempts) == (Status.FAILED, "timeout", 3)
    assert events(correlation_id=task.correlation_id) == ["task_failed"]


@pytest.mark.parametrize("attempt", [1, 2, 5, 8, 500])
def test_the_back_off_grows_with_full_jitter_up_to_four_hours(attempt):
    ceiling = min(timedelta(hours=4), timedelta(seconds=4) * 4 ** min(attempt - 1, 10))

    drawn = [wait(attempt) for _ in range(200)]

    assert all(timedelta(0) <= each <= ceiling for each in drawn)
    assert max(drawn) > ceiling * 0.8
    assert min(drawn) < ceiling * 0.2


def test_an_answer_lost_by_a_system_without_keys_goes_to_a_person(house, noon, drain, staff):
    owner = staff(house.controller, Role.SYSTEM_OWNER)
    crm = house.system("crm", failing(Unreachable("timeout")), repeatable=False, owner=owner)
    task = house.ask(crm)

    drain(now=noon)

    task = fresh(task)
    assert (task.status, task.error_code, task.assignee) == (Status.WAITING_ON_PERSON, "answer_lost", owner)


def test_a_connector_that_breaks_is_tried_again_and_keeps_only_the_class_of_its_error(
    house, noon, drain, caplog
):
    task = house.ask(house.system("crm", failing(RuntimeError("no such person: ann@example.org"))))

    drain(now=noon)

    task = fresh(task)
    assert (task.status, task.error_code) == (Status.WAITING, "error.RuntimeError")
    assert "ann@example.org" not in caplog.text


def test_one_broken_system_does_not_stop_the_others(house, noon, drain):
    broken = house.ask(house.system("crm", failing(KeyError("x"))))
    sound = house.ask(house.system("shop"))

    drain(now=noon)

    assert fresh(broken).status == Status.WAITING
    assert fresh(sound).status == Status.COMPLETED


# -- a system that says no ------------------------------------------------------------------------------------------
def test_a_refusal_is_not_tried_again(house, noon, drain, heard, events):
    task = house.ask(house.system("crm", failing(Refused("http_422"))))

    drain(now=noon)
    drain(now=noon + timedelta(days=1))

    assert (fresh(task).status, fresh(task).error_code) == (Status.FAILED, "http_422")
    assert len(heard) == 1
    assert events(correlation_id=task.correlation_id) == ["task_failed"]


def test_a_code_that_is_no_code_is_made_fit_for_the_ledger(house, noon, drain):
    task = house.ask(house.system("crm", failing(Refused("no row for ann@example.org, 00491701234567"))))

    drain(now=noon)

    assert fresh(task).error_code == "no_row_for_ann_example.org_n"


def test_a_system_without_interface_waits_for_its_owner(house, noon, drain, staff, events):
    owner = staff(house.controller, Role.SYSTEM_OWNER)
    task = house.ask(house.system("letters", lambda order: Outcome(state=State.NEEDS_PERSON), owner=owner))

    drain(now=noon)

    assert (fresh(task).status, fresh(task).assignee) == (Status.WAITING_ON_PERSON, owner)
    assert events(correlation_id=task.correlation_id) == ["task_waits_for_person"]


def test_a_system_named_after_a_date_does_not_break_its_tasks(house, noon, drain):
    task = house.ask(house.system("orders-20241231"))

    drain(now=noon)

    assert fresh(task).status == Status.COMPLETED


# -- rows that are left ---------------------------------------------------------------------------------------------
def test_an_erasure_that_leaves_rows_is_never_completed(house, noon, drain, heard):
    task = house.ask(house.system("crm", lambda order: erased(left=2)))

    for minutes in (0, 30, 60, 90):
        drain(now=noon + timedelta(minutes=minutes))

    assert (fresh(task).status, fresh(task).error_code, fresh(task).rows_left) == (
        Status.FAILED,
        "rows_left",
        2,
    )
    assert len(heard) == 3


def test_rows_left_in_one_dataset_count_even_if_the_total_says_none(house, noon, drain):
    lying = Outcome(datasets=(DatasetOutcome("accounts", found=1, left=1),), rows_left=0)
    task = house.ask(house.system("crm", lambda order: lying))

    drain(now=noon)

    assert fresh(task).status != Status.COMPLETED
    assert fresh(task).rows_left == 1


def test_an_erasure_in_batches_goes_on_while_it_moves_and_adds_up(house, noon, drain, heard):
    answers = iter([erased(left=900, gone=500), erased(left=400, gone=500), erased(left=0, gone=400)])
    task = house.ask(house.system("crm", lambda order: next(answers)), Verb.EXPIRE, subject_id=None)

    drain(now=noon)

    assert fresh(task).status == Status.COMPLETED
    assert fresh(task).outcome["datasets"][0]["erased"] == 1400
    assert len(heard) == 3


def test_an_erasure_nobody_counted_goes_to_a_person(house, noon, drain):
    task = house.ask(house.system("crm", lambda order: Outcome()))

    drain(now=noon)

    assert (fresh(task).status, fresh(task).error_code) == (Status.WAITING_ON_PERSON, "rows_left_unknown")


def test_a_dry_run_may_leave_rows(house, noon, drain):
    task = house.ask(
        house.system("crm", lambda order: erased(left=5)),
        Verb.EXPIRE,
        subject_id=None,
        instructions={"dry_run": True},
    )

    drain(now=noon)

    assert fresh(task).status == Status.COMPLETED


# -- answers that come later ----------------------------------------------------------------------------------------
def test_a_system_that_takes_the_order_and_stays_silent_has_failed(house, noon, drain, events):
    crm = house.system("crm", lambda order: Outcome(state=State.ACCEPTED), answer_within_hours=48)
    task = house.ask(crm)

    drain(now=noon)
    taken = fresh(task)
    drain(now=noon + timedelta(hours=47))
    still_taken = fresh(task)
    drain(now=noon + timedelta(hours=48))

    assert taken.status == still_taken.status == Status.ACCEPTED
    assert (fresh(task).status, fresh(task).error_code) == (Status.FAILED, "no_answer")
    assert events(correlation_id=task.correlation_id) == ["task_failed"]


# -- what a system knows --------------------------------------------------------------------------------------------
def test_identifiers_a_system_knows_are_added_to_the_person(house, noon, drain):
    found = Outcome(identifiers=(Identifier("customer_id", "c-17"), Identifier("phone", "nonsense")))
    task = house.ask(house.system("crm", lambda order: found), Verb.LOCATE)

    drain(now=noon)

    assert fresh(task).status == Status.COMPLETED
    assert {item.value for item in subjects.reveal(subject_id=house.subject.pk)} == {
        "ann@example.org",
        "c-17",
    }


def test_an_identifier_of_somebody_else_goes_to_a_person(house, noon, drain):
    subjects.remember(controller_id=house.controller.pk, identifiers={"customer_id": "c-17"}, now=noon)
    found = Outcome(identifiers=(Identifier("customer_id", "c-17"),))
    task = house.ask(house.system("crm", lambda order: found), Verb.LOCATE)

    drain(now=noon)

    assert (fresh(task).status, fresh(task).error_code) == (Status.WAITING_ON_PERSON, "ambiguous_subject")
    assert [item.kind for item in subjects.reveal(subject_id=house.subject.pk)] == ["email"]


def test_exported_records_stream_into_a_parcel_and_nowhere_else(house, noon, drain, events):
    rows = (Record("orders", {"id": number, "note": "für Ann"}) for number in range(3))
    task = house.ask(house.system("shop", lambda order: Outcome(records=rows)), Verb.EXPORT)

    drain(now=noon)

    parcel = Parcel.objects.get(task=task)
    lines = b"".join(parcels.open_stream(parcel)).splitlines()
    assert (parcel.rows, len(lines)) == (3, 3)
    assert "für Ann" in lines[0].decode()
    assert "Ann" not in str(fresh(task).outcome)
    assert events(correlation_id=task.correlation_id) == ["task_completed", "parcel_made"]


def test_an_export_without_rows_makes_no_parcel(house, noon, drain):
    task = house.ask(house.system("shop", lambda order: Outcome()), Verb.EXPORT)

    drain(now=noon)

    assert fresh(task).status == Status.COMPLETED
    assert not Parcel.objects.exists()


def test_an_export_that_breaks_off_leaves_nothing_behind(house, noon, drain, tmp_path, settings):
    def rows():
        yield Record("orders", {"id": 1})
        raise Unreachable("half_body")

    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "parcels": storage}
    task = house.ask(house.system("shop", lambda order: Outcome(records=rows())), Verb.EXPORT)

    drain(now=noon)

    assert (fresh(task).status, fresh(task).error_code) == (Status.WAITING, "half_body")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


# -- who is not asked -----------------------------------------------------------------------------------------------
def test_a_system_retired_in_the_meantime_goes_to_a_person(house, noon, drain, heard):
    crm = house.system("crm")
    task = house.ask(crm)
    crm.retired_at = noon
    crm.save()

    drain(now=noon)

    assert (fresh(task).status, fresh(task).error_code) == (Status.WAITING_ON_PERSON, "system_retired")
    assert not heard


def test_a_person_forgotten_in_the_meantime_goes_to_a_person(house, noon, drain, heard):
    task = house.ask(house.system("crm"))
    subjects.forget(subject_id=house.subject.pk, now=noon)

    drain(now=noon)

    assert (fresh(task).status, fresh(task).error_code) == (Status.WAITING_ON_PERSON, "no_identifiers")
    assert not heard


def test_a_person_whose_key_cannot_be_read_does_not_stop_the_others(house, noon, drain):
    other = subjects.remember(
        controller_id=house.controller.pk, identifiers={"email": "bob@example.org"}, now=noon
    )
    crm = house.system("crm")
    broken, sound = house.ask(crm), house.ask(crm, subject_id=other.pk)
    Subject.objects.filter(pk=house.subject.pk).update(key=b"\x00" * 61)

    drain(now=noon)

    assert fresh(broken).status == Status.WAITING_ON_PERSON
    assert fresh(sound).status == Status.COMPLETED


def test_a_merged_person_is_found_by_the_identifiers_of_the_one_that_stays(house, noon, drain, heard):
    other = subjects.remember(
        controller_id=house.controller.pk, identifiers={"phone": "+49 30 123456"}, now=noon
    )
    house.ask(house.system("crm"))
    subjects.merge(from_id=house.subject.pk, into_id=other.pk, now=noon)

    drain(now=noon)

    assert {identifier.kind for identifier in heard[0].identifiers} == {"email", "phone"}


def test_people_on_hold_are_named_to_a_system_that_lets_rows_expire(house, noon, drain, heard):
    instructions = {"dataset": "accounts", "hold": [str(house.subject.pk)]}
    house.ask(house.system("crm"), Verb.EXPIRE, subject_id=None, instructions=instructions)

    drain(now=noon)

    assert [identifier.value for identifier in heard[0].identifiers] == ["ann@example.org"]


def test_nothing_expires_while_a_person_on_hold_cannot_be_named(house, noon, drain, heard):
    instructions = {"dataset": "accounts", "hold": [str(house.subject.pk)]}
    task = house.ask(house.system("crm"), Verb.EXPIRE, subject_id=None, instructions=instructions)
    Subject.objects.filter(pk=house.subject.pk).update(key=b"\x00" * 61)

    drain(now=noon)

    assert fresh(task).status == Status.WAITING_ON_PERSON
    assert not heard
