"""What staff may do with a task, and what it leaves on record."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from privacy_portal.connectors.base import Outcome, Refused, State
from privacy_portal.errors import IllegalMove, Invalid, NotFound
from privacy_portal.fanout import evidence, parcels, people, steering
from privacy_portal.fanout.ask import Ask
from privacy_portal.fanout.models import Confirmation, Parcel, SystemTask, TaskStatusChange
from privacy_portal.fanout.states import Status
from privacy_portal.staff.roles import Role
from privacy_portal.vocabulary import Actor, Verb
from tests.fanout.conftest import OFFICER

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    for alias in ("default", "parcels"):
        storage = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / alias},
        }
        settings.STORAGES = {**settings.STORAGES, alias: storage}


def refusing(order):
    raise Refused("http_422")


def by_a_person(order):
    return Outcome(state=State.NEEDS_PERSON)


@pytest.fixture
def stuck(house, noon, drain):
    """`stuck(verb)` is a task that waits for a person; what depends on it is blocked."""

    def make(verb: Verb = Verb.ERASE, script=by_a_person) -> SystemTask:
        letters, users = house.system("letters", script), house.system("users")
        tasks = house.ask_graph(
            Ask("letters", letters, verb, house.subject.pk),
            Ask("users", users, verb, house.subject.pk, after=["letters"]),
        )
        drain(now=noon)
        return fresh(tasks["letters"])

    return make


def fresh(task: SystemTask) -> SystemTask:
    return SystemTask.objects.select_related("connection").get(pk=task.pk)


def dependent(task: SystemTask) -> SystemTask:
    return SystemTask.objects.get(needs__needs=task)


def pdf(content: bytes = b"%PDF a letter to Ann", name: str = "Ann Example.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


# -- done by hand ---------------------------------------------------------------------------------------------------
def test_a_task_done_by_hand_is_completed_proven_and_unblocks_the_next(stuck, noon, drain, events):
    task = stuck()

    people.complete_by_hand(task_id=task.pk, reason="Shredded.", evidence=pdf(), by=OFFICER, now=noon)
    drain(now=noon)

    said = Confirmation.objects.get(task=task)
    assert fresh(task).status == dependent(task).status == Status.COMPLETED
    assert (said.reason, said.by, said.rows_left) == ("Shredded.", "staff:1", 0)
    assert fresh(task).outcome["evidence"] == said.evidence_sha256
    assert events(correlation_id=task.correlation_id) == [
        "task_waits_for_person",
        "task_completed",
        "data_deleted",
        "task_completed",
        "data_deleted",
    ]


def test_evidence_is_encrypted_at_rest_and_its_name_is_not_kept(stuck, noon):
    task = stuck()

    people.complete_by_hand(task_id=task.pk, reason="Shredded.", evidence=pdf(), by=OFFICER, now=noon)

    said = Confirmation.objects.get(task=task)
    with said.evidence.open("rb") as file:
        assert b"Ann" not in file.read()
    assert "Ann" not in said.evidence.name
    assert evidence.read(said) == b"%PDF a letter to Ann"


def test_evidence_about_a_person_can_be_destroyed_and_only_its_hash_stays(
    house, stuck, noon, django_capture_on_commit_callbacks
):
    task = stuck()
    people.complete_by_hand(task_id=task.pk, reason="Shredded.", evidence=pdf(), by=OFFICER, now=noon)
    said = Confirmation.objects.get(task=task)

    with django_capture_on_commit_callbacks(execute=True):
        assert evidence.destroy_about([house.subject.pk]) == 1

    with pytest.raises(evidence.EvidenceGone):
        evidence.read(said)
    assert not said.evidence.storage.exists(said.evidence.name)
    assert said.evidence_sha256


def test_a_task_with_rows_left_is_not_completed_by_hand(stuck, noon):
    task = stuck()

    with pytest.raises(people.RowsLeft):
        people.complete_by_hand(task_id=task.pk, reason="Nearly.", rows_left=2, by=OFFICER, now=noon)

    assert fresh(task).status == Status.WAITING_ON_PERSON
    assert not Confirmation.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        pytest.param({"reason": "  "}, "reason", id="no reason"),
        pytest.param({"evidence": pdf(name="run.exe")}, "evidence", id="not a document"),
        pytest.param({"evidence": pdf(b"x" * (evidence.LARGEST_EVIDENCE + 1))}, "evidence", id="too large"),
    ],
)
def test_an_unfit_confirmation_is_refused_by_field(stuck, noon, given, field):
    task = stuck()

    with pytest.raises(Invalid) as refusal:
        people.complete_by_hand(
            **{"task_id": task.pk, "reason": "Done.", "by": OFFICER, "now": noon, **given}
        )

    assert refusal.value.field == field
    assert fresh(task).status == Status.WAITING_ON_PERSON


def test_a_file_handed_in_for_an_export_becomes_part_of_the_answer(stuck, noon, events):
    task = stuck(Verb.EXPORT)

    people.complete_by_hand(task_id=task.pk, reason="Scanned.", evidence=pdf(), by=OFFICER, now=noon)

    record = json.loads(b"".join(parcels.open_stream(Parcel.objects.get(task=task))))
    assert record["dataset"] == "sent-by-hand"
    assert record["values"]["file"] == "letters.pdf"
    said = Confirmation.objects.get(task=task)
    assert not said.evidence, "the parcel expires, and no second copy outlives it"
    assert said.evidence_sha256 == hashlib.sha256(b"%PDF a letter to Ann").hexdigest()
    assert "parcel_made" in events(correlation_id=task.correlation_id)


def test_an_export_by_hand_without_a_file_says_that_nothing_is_held(stuck, noon):
    task = stuck(Verb.EXPORT)

    people.complete_by_hand(task_id=task.pk, reason="No letter from her.", by=OFFICER, now=noon)

    assert fresh(task).status == Status.COMPLETED
    assert not Parcel.objects.filter(task=task).exists()


def test_a_dead_letter_can_be_completed_by_hand(stuck, noon):
    task = stuck(script=refusing)

    people.complete_by_hand(task_id=task.pk, reason="Done in their console.", by=OFFICER, now=noon)

    assert fresh(task).status == Status.COMPLETED


def test_a_task_that_is_over_stays_as_it_is(stuck, noon):
    task = stuck()
    people.skip(task_id=task.pk, reason="Closed.", by=OFFICER, now=noon)

    for deed in (people.complete_by_hand, people.skip):
        with pytest.raises(IllegalMove):
            deed(task_id=task.pk, reason="Again.", by=OFFICER, now=noon)
    with pytest.raises(IllegalMove):
        people.retry(task_id=task.pk, by=OFFICER, now=noon)


def test_a_task_being_asked_at_this_moment_is_left_alone(house, noon):
    task = house.ask(house.system("crm"))
    SystemTask.objects.filter(pk=task.pk).update(
        status=Status.RUNNING, lease_until=noon + timedelta(seconds=5)
    )

    for deed in (people.complete_by_hand, people.skip):
        with pytest.raises(IllegalMove):
            deed(task_id=task.pk, reason="Now.", by=OFFICER, now=noon)


# -- skipped, retried, assigned -------------------------------------------------------------------------------------
def test_a_skipped_task_lets_the_next_go_on_and_says_why(stuck, noon, drain, events):
    task = stuck(script=refusing)

    people.skip(task_id=task.pk, reason="The archive burned down.", rows_left=4, by=OFFICER, now=noon)
    drain(now=noon)

    assert (fresh(task).status, fresh(task).rows_left) == (Status.SKIPPED, 4)
    assert Confirmation.objects.get(task=task).decision == "skipped"
    assert dependent(task).status == Status.COMPLETED
    assert events(correlation_id=task.correlation_id) == [
        "task_failed",
        "task_skipped",
        "task_completed",
        "data_deleted",
    ]


def test_a_dead_letter_can_be_asked_again_under_its_old_key(house, noon, drain, heard, events):
    answers = iter([Refused("http_400"), None])

    def script(order):
        if error := next(answers):
            raise error
        return Outcome(rows_left=0)

    task = house.ask(house.system("crm", script))
    drain(now=noon)
    people.retry(task_id=task.pk, by=OFFICER, now=noon)
    drain(now=noon)

    assert fresh(task).status == Status.COMPLETED
    assert {order.key for order in heard} == {str(task.key)}
    assert events(correlation_id=task.correlation_id) == [
        "task_failed",
        "task_retried",
        "task_completed",
        "data_deleted",
    ]


def test_a_task_is_assigned_to_somebody_who_may_work_there(stuck, staff, controller, noon):
    task = stuck()
    colleague = staff(task.controller, Role.SYSTEM_OWNER)

    people.assign(task_id=task.pk, user_id=colleague.pk, by=OFFICER, now=noon)

    assert fresh(task).assignee == colleague
    assert TaskStatusChange.objects.filter(task=task, code="assigned", by="staff:1").exists()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_a_task_is_not_assigned_to_somebody_who_may_only_look(stuck, staff, noon, role):
    task = stuck()

    with pytest.raises(Invalid):
        people.assign(task_id=task.pk, user_id=staff(task.controller, role).pk, by=OFFICER, now=noon)


def test_a_task_is_not_assigned_to_another_controllers_staff(stuck, staff, controller, noon):
    task = stuck()
    stranger = staff(controller("other"), Role.DPO)

    with pytest.raises(Invalid):
        people.assign(task_id=task.pk, user_id=stranger.pk, by=OFFICER, now=noon)


def test_a_task_nobody_has_is_not_found(db, noon, house):
    with pytest.raises(NotFound):
        people.retry(task_id=house.subject.pk, by=OFFICER, now=noon)


# -- systems and cases ----------------------------------------------------------------------------------------------
def test_a_paused_system_is_not_asked_until_it_is_resumed(house, noon, drain, heard, events):
    crm = house.system("crm")
    steering.pause_system(connection_id=crm.pk, by=OFFICER, now=noon)
    task = house.ask(crm)
    drain(now=noon)
    asked_while_paused = len(heard)

    steering.resume_system(connection_id=crm.pk, by=OFFICER, now=noon)
    drain(now=noon)

    assert asked_while_paused == 0
    assert fresh(task).status == Status.COMPLETED
    assert events() == ["system_paused", "system_resumed", "task_completed", "data_deleted"]


def test_a_system_is_paused_and_resumed_once(house, noon):
    crm = house.system("crm")
    with pytest.raises(IllegalMove):
        steering.resume_system(connection_id=crm.pk, by=OFFICER, now=noon)
    steering.pause_system(connection_id=crm.pk, by=OFFICER, now=noon)
    with pytest.raises(IllegalMove):
        steering.pause_system(connection_id=crm.pk, by=OFFICER, now=noon)


def test_what_a_case_no_longer_needs_is_cancelled_and_what_is_under_way_runs_on(house, noon, drain):
    taken = house.ask(house.system("crm", lambda order: Outcome(state=State.ACCEPTED)))
    done = house.ask(house.system("shop"))
    drain(now=noon)
    waiting = house.ask(house.system("users"))

    cancelled = steering.cancel_tasks(
        cause_kind=house.cause.kind, cause_id=house.cause.id, by=Actor.staff(1), now=noon
    )
    drain(now=noon)

    assert [task.pk for task in cancelled] == [waiting.pk]
    statuses = [fresh(task).status for task in (taken, done, waiting)]
    assert statuses == [Status.ACCEPTED, Status.COMPLETED, Status.CANCELLED]
