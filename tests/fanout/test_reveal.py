"""Who answers for a system without an interface learns whom it is about, and that a task waits."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from privacy_portal import subjects, wiring
from privacy_portal.connectors.base import Outcome, State, Unreachable
from privacy_portal.fanout import connections, people
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.settle import said_of
from privacy_portal.fanout.states import Status
from privacy_portal.ledger import record
from privacy_portal.ledger.catalogue import TaskWaitsForPerson
from privacy_portal.ledger.models import Event
from privacy_portal.staff.roles import Role
from privacy_portal.vocabulary import Actor
from tests.fanout.conftest import OFFICER

pytestmark = pytest.mark.django_db

ANN = "ann@example.org"


@pytest.fixture
def noon():
    """Doors read the real clock."""
    return timezone.now()


def by_a_person(order):
    return Outcome(state=State.NEEDS_PERSON)


@pytest.fixture
def owner(staff, house):
    return staff(house.controller, Role.SYSTEM_OWNER, "owner@acme.example")


@pytest.fixture
def archive(house, owner):
    return house.system("archive", by_a_person, owner=owner)


@pytest.fixture
def stuck(house, archive, noon, drain) -> SystemTask:
    task = house.ask(archive)
    drain(now=noon)
    return SystemTask.objects.get(pk=task.pk)


def address(task: SystemTask) -> str:
    return reverse("portal:task_reveal", args=[task.pk])


def looks() -> list[Event]:
    return list(Event.objects.filter(type="data_accessed").order_by("pk"))


# -- whom it is about -----------------------------------------------------------------------------------------------
def test_the_keeper_of_a_system_sees_with_a_reason_whom_to_look_for(client, owner, stuck):
    client.force_login(owner)
    before = client.get(reverse("portal:task_detail", args=[stuck.pk])).content.decode()

    answer = client.post(address(stuck), {"reason": "fulfil_by_hand"})

    assert ANN not in before
    assert "Show identifiers" in before
    assert answer.status_code == 200
    assert ANN in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_that_somebody_looked_is_in_the_ledger_with_the_reason_and_without_the_name(client, owner, stuck):
    client.force_login(owner)

    client.post(address(stuck), {"reason": "fulfil_by_hand"})

    (look,) = looks()
    assert (look.actor, look.subject_id) == (f"staff:{owner.pk}", stuck.subject_id)
    assert look.correlation_id == stuck.correlation_id
    assert (look.payload["object_kind"], look.payload["object_id"]) == ("task", str(stuck.pk))
    assert (look.payload["place"], look.payload["system"]) == ("fulfil_by_hand", "archive")
    assert ANN not in str(look.payload)


def test_nothing_of_the_person_reaches_the_log_or_an_address(client, owner, stuck, caplog, capfd):
    client.force_login(owner)

    with caplog.at_level("DEBUG"):
        answer = client.post(address(stuck), {"reason": "fulfil_by_hand"})
    logged = caplog.text + "".join(capfd.readouterr())

    links = re.findall(r'(?:href|action|src)="([^"]*)"', answer.content.decode())
    assert ANN in answer.content.decode()
    assert ANN not in logged
    assert not [link for link in links if "ann" in link.lower() and "example" in link]


@pytest.mark.parametrize("given", [{}, {"reason": ""}, {"reason": "curiosity"}])
def test_without_a_reason_nothing_is_shown(client, owner, stuck, given):
    client.force_login(owner)

    answer = client.post(address(stuck), given)

    assert answer.status_code == 422
    assert ANN not in answer.content.decode()
    assert looks() == []


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_may_only_look_at_tasks_sees_no_person(client, staff, house, stuck, role):
    client.force_login(staff(house.controller, role))

    assert client.post(address(stuck), {"reason": "fulfil_by_hand"}).status_code == 403
    assert (
        "Show identifiers" not in client.get(reverse("portal:task_detail", args=[stuck.pk])).content.decode()
    )
    assert looks() == []


def test_at_another_controller_the_task_does_not_exist(client, staff, controller, stuck):
    client.force_login(staff(controller("other"), Role.DPO))

    assert client.post(address(stuck), {"reason": "fulfil_by_hand"}).status_code == 404
    assert looks() == []


def test_the_owner_of_another_system_does_not_find_the_task(client, staff, house, stuck):
    client.force_login(staff(house.controller, Role.SYSTEM_OWNER))

    assert client.post(address(stuck), {"reason": "fulfil_by_hand"}).status_code == 404


def test_once_the_task_is_over_nobody_is_shown(client, owner, stuck, noon):
    people.skip(task_id=stuck.pk, reason="The archive burned down.", by=OFFICER, now=noon)
    client.force_login(owner)

    answer = client.post(address(stuck), {"reason": "fulfil_by_hand"})

    assert answer.status_code == 409
    assert ANN not in answer.content.decode()
    assert looks() == []


def test_a_forgotten_person_is_said_to_be_gone(client, owner, stuck, noon):
    subjects.forget(subject_id=stuck.subject_id, now=noon)
    client.force_login(owner)

    answer = client.post(address(stuck), {"reason": "fulfil_by_hand"})

    assert "Nothing that names this person is left." in answer.content.decode()


def test_of_a_merged_person_the_living_one_is_shown(client, owner, house, stuck, noon):
    ben = subjects.remember(
        controller_id=house.controller.pk, identifiers={"email": "ben@example.org"}, now=noon
    )
    subjects.merge(from_id=stuck.subject_id, into_id=ben.pk, now=noon)
    client.force_login(owner)

    shown = client.post(address(stuck), {"reason": "fulfil_by_hand"}).content.decode()

    assert ANN in shown
    assert "ben@example.org" in shown


def test_who_deletes_old_rows_by_hand_sees_whose_must_stay_and_which_rows(
    client, owner, house, archive, noon, drain
):
    order = {"dataset": "binders", "before": "2020-01-01T00:00:00+00:00", "hold": [str(house.subject.pk)]}
    task = house.ask(archive, "expire", subject_id=None, instructions=order)
    drain(now=noon)
    client.force_login(owner)

    page = client.post(address(task), {"reason": "fulfil_by_hand"}).content.decode()

    assert "the rows of these people must stay" in page
    assert ANN in page
    assert "binders" in page
    assert "2020-01-01" in page
    assert [look.subject_id for look in looks()] == [house.subject.pk]


def test_a_task_about_nobody_has_nobody_to_show(client, owner, archive, house, noon, drain):
    order = {"dataset": "binders", "before": "2020-01-01T00:00:00+00:00"}
    task = house.ask(archive, "expire", subject_id=None, instructions=order)
    drain(now=noon)
    client.force_login(owner)

    answer = client.post(address(task), {"reason": "fulfil_by_hand"})

    assert answer.status_code == 409
    assert "names nobody" in answer.content.decode()
    assert (
        "Show identifiers" not in client.get(reverse("portal:task_detail", args=[task.pk])).content.decode()
    )


# -- the mail -------------------------------------------------------------------------------------------------------
@pytest.fixture
def post(house):
    """Events reach their handler, and letters leave by Django's mail."""
    scripted = f"{type(house).__module__}.ScriptedConnector"
    connections.register({**wiring.CONNECTORS, "scripted": scripted})
    record.subscribe({"task_waits_for_person": wiring.HANDLERS["task_waits_for_person"]})


def test_the_owner_gets_a_mail_with_a_number_and_a_link_and_nothing_else(post, house, archive, noon, drain):
    task = house.ask(archive)
    drain(now=noon)

    (letter,) = mail.outbox
    whole = letter.subject + letter.body + str(letter.alternatives)
    assert letter.to == ["owner@acme.example"]
    assert letter.subject == "1 task waits for you"
    assert reverse("portal:task_detail", args=[task.pk]) in letter.body
    for secret in (ANN, "archive", "erase", str(house.subject.pk), str(house.cause.id)):
        assert secret not in whole.lower()


def test_many_tasks_that_come_at_once_share_their_mails(post, house, archive, noon, drain):
    tasks = [house.ask(archive) for _ in range(30)]
    drain(now=noon)

    assert SystemTask.objects.filter(status=Status.WAITING_ON_PERSON).count() == len(tasks)
    assert len(mail.outbox) < len(tasks) / 3
    assert mail.outbox[-1].subject == "30 tasks wait for you"
    assert mail.outbox[-1].body.count("/tasks/") == 20 + 1


def test_what_comes_later_is_another_mail(post, house, archive, noon, drain):
    house.ask(archive)
    drain(now=noon)
    later = noon + timedelta(hours=1)
    house.ask(archive, now=later)
    drain(now=later)

    assert [letter.subject for letter in mail.outbox] == ["1 task waits for you", "2 tasks wait for you"]


def test_a_system_without_an_owner_writes_to_nobody(post, house, noon, drain):
    house.ask(house.system("orphan", by_a_person))
    drain(now=noon)

    assert mail.outbox == []


def test_who_is_given_a_task_is_told_and_who_takes_it_is_not(post, staff, house, noon, drain):
    worker = staff(house.controller, Role.CASE_WORKER, "worker@acme.example")
    task = house.ask(house.system("orphan", by_a_person))
    drain(now=noon)

    people.assign(task_id=task.pk, user_id=worker.pk, by=Actor.staff(worker.pk), now=noon)
    drain(now=noon)
    assert mail.outbox == []
    people.assign(task_id=task.pk, user_id=worker.pk, by=Actor.staff(worker.pk + 1), now=noon)
    drain(now=noon)

    assert [letter.to for letter in mail.outbox] == [["worker@acme.example"]]


def test_what_was_done_before_the_mail_went_out_is_not_asked_for(
    post, house, archive, noon, drain, monkeypatch
):
    with monkeypatch.context() as storm:
        storm.setattr("privacy_portal.connectors.mail.send_by_django", _away)
        task = house.ask(archive)
        drain(now=noon)
    connections.forget()  # the mail connector was made with the storm in it
    people.skip(task_id=task.pk, reason="Not needed.", by=OFFICER, now=noon)

    drain(now=noon + timedelta(hours=1))

    (letter,) = mail.outbox
    assert letter.subject == "0 tasks wait for you"
    assert "is done by now" in letter.body


def _away(_letter):
    raise Unreachable("mail_down")


def test_a_colleague_who_has_left_is_not_written_to(post, owner, house, archive, noon, drain):
    owner.is_active = False
    owner.save()
    house.ask(archive)
    drain(now=noon)

    letter = SystemTask.objects.get(connection__code="outgoing-mail")
    assert (letter.status, letter.error_code) == (Status.FAILED, "colleague_has_left")
    assert mail.outbox == []


def test_a_mail_that_was_lost_on_the_way_is_not_written_about(post, owner, house, archive, noon, drain):
    house.ask(archive)
    drain(now=noon)
    letter = SystemTask.objects.get(connection__code="outgoing-mail")
    letter.connection.owner = owner
    letter.connection.save()
    SystemTask.objects.filter(pk=letter.pk).update(status=Status.WAITING_ON_PERSON, assignee=owner)
    fact = TaskWaitsForPerson(**said_of(letter))

    with transaction.atomic():
        record.record(fact, controller_id=house.controller.pk, by=OFFICER, now=noon)
    drain(now=noon)

    assert SystemTask.objects.filter(connection__code="outgoing-mail").count() == 1
