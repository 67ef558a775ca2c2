"""What was given up is seen on the tasks board and counted on the home page, and a person may have it tried again."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from privacy_portal.connectors.base import Outcome, Refused, State
from privacy_portal.ledger import deliver, record
from privacy_portal.ledger.models import Delivery, Event
from privacy_portal.staff.reach import of_staff
from privacy_portal.staff.roles import Role
from privacy_portal.web import given_up

pytestmark = pytest.mark.django_db

BROKEN = f"{__name__}.act_on_failure"
mends = False


def act_on_failure(event: Event, *, now) -> None:
    if not mends:
        raise ValueError("ann@example.org")


@pytest.fixture
def noon():
    """Doors read the real clock."""
    return timezone.now()


def refusing(order):
    raise Refused("http_422")


def by_a_person(order):
    return Outcome(state=State.NEEDS_PERSON)


@pytest.fixture
def dead(house, noon, drain) -> Delivery:
    """A task that failed, and a handler that failed ten times to act on that."""
    record.subscribe({"task_failed": (BROKEN,)})
    house.ask(house.system("crm", refusing))
    drain(now=noon)
    for hours in range(1, deliver.MAX_ATTEMPTS + 1):
        deliver.deliver_due(now=noon + timedelta(hours=2 * hours))
    return deliver.dead().get()


@pytest.fixture
def board(client, staff, house):
    def sign_in(role: Role, controller=None):
        user = staff(controller or house.controller, role)
        client.force_login(user)
        return client, user

    return sign_in


def address(delivery: Delivery) -> str:
    return reverse("portal:handler_retry", args=[delivery.pk])


def test_the_board_says_what_happened_what_was_not_done_since_when_and_the_code(board, dead, noon):
    browser, _user = board(Role.DPO)

    answer = browser.get(reverse("portal:task_list"))

    (row,) = answer.context["given_up"]["rows"]
    page = answer.content.decode()
    assert (row["event"], row["code"], row["attempts"]) == ("task_failed", "ValueError", 10)
    assert row["happened_at"] == dead.event.occurred_at
    for words in (
        "1 event was not acted on",
        "Task failed",
        "act on failure",
        "ValueError",
        "tried 10 times",
    ):
        assert words in page
    assert "ann@example.org" not in page


def test_where_nothing_was_given_up_the_board_does_not_speak_of_it(board):
    browser, _user = board(Role.DPO)

    assert "not acted on" not in browser.get(reverse("portal:task_list")).content.decode()


@pytest.mark.parametrize("role", [Role.DPO, Role.ADMINISTRATOR])
def test_who_may_has_it_tried_again_and_that_is_in_the_ledger(board, dead, role, monkeypatch):
    browser, user = board(role)
    monkeypatch.setattr(f"{__name__}.mends", True)

    answer = browser.post(address(dead), follow=True)
    deliver.deliver_due(now=timezone.now())

    assert "tried again" in answer.content.decode()
    assert Delivery.objects.get(pk=dead.pk).status == "done"
    retried = Event.objects.get(type="delivery_retried")
    assert (retried.actor, retried.payload["delivery_id"]) == (f"staff:{user.pk}", dead.pk)


def test_what_runs_again_already_is_not_started_twice(board, dead):
    browser, _user = board(Role.DPO)
    browser.post(address(dead))

    answer = browser.post(address(dead), follow=True)

    assert "Only a handler that was given up" in answer.content.decode()
    assert Event.objects.filter(type="delivery_retried").count() == 1


@pytest.mark.parametrize("role", [Role.CASE_WORKER, Role.AUDITOR])
def test_who_may_only_look_sees_it_without_a_button(board, dead, role):
    browser, _user = board(role)

    page = browser.get(reverse("portal:task_list")).content.decode()

    assert "1 event was not acted on" in page
    assert address(dead) not in page
    assert browser.post(address(dead)).status_code == 403
    assert Delivery.objects.get(pk=dead.pk).status == "dead"


def test_a_system_owner_is_not_shown_it(board, dead):
    browser, _user = board(Role.SYSTEM_OWNER)

    assert "not acted on" not in browser.get(reverse("portal:task_list")).content.decode()
    assert browser.post(address(dead)).status_code == 403


def test_at_another_controller_it_does_not_exist(board, controller, dead):
    browser, user = board(Role.DPO, controller("other"))

    assert "not acted on" not in browser.get(reverse("portal:task_list")).content.decode()
    assert browser.post(address(dead)).status_code == 404
    assert browser.get(address(dead)).status_code == 405
    assert given_up.tiles(of_staff(user), timezone.now())[0].value == 0


def test_the_home_tile_leads_to_the_rows_it_counts(board, house, dead, noon, drain):
    house.ask(house.system("letters", by_a_person))
    house.ask(house.system("shop"))
    drain(now=noon)
    browser, user = board(Role.DPO)

    (tile,) = given_up.tiles(of_staff(user), noon)
    page = browser.get(tile.url)

    assert sorted(row["system"] for row in page.context["rows"]) == ["crm", "letters"]
    assert tile.value == len(page.context["rows"]) + page.context["given_up"]["number"] == 3
    assert "Work that needs a person" in browser.get(reverse("portal:home")).content.decode()


def test_of_very_many_the_board_shows_the_oldest_and_says_how_many_there_are(board, house, dead, monkeypatch):
    monkeypatch.setattr(given_up, "SHOWN", 1)
    Delivery.objects.create(
        event=dead.event, handler="elsewhere.act", status="dead", attempts=10, due_at=dead.due_at
    )
    browser, _user = board(Role.DPO)

    answer = browser.get(reverse("portal:task_list"))

    assert len(answer.context["given_up"]["rows"]) == 1
    assert "2 events were not acted on" in answer.content.decode()


# -- a group without a worker ---------------------------------------------------------------------------------------
def test_a_group_nobody_serves_is_named_on_the_board_and_measured(board, house, noon):
    house.ask(house.system("vault", group="basement"), now=noon - timedelta(minutes=12))
    house.ask(house.system("crm"))
    browser, _user = board(Role.DPO)

    page = browser.get(reverse("portal:task_list")).content.decode()
    measured = browser.get("/metrics").content.decode()

    age = re.search(r'portal_group_oldest_ready_seconds\{group="basement"\} ([\d.]+)', measured)
    assert "fanout.basement" in page
    assert "12 minutes" in page
    assert "fanout.default" not in page
    assert 720 <= float(age[1]) < 780


def test_what_is_paused_or_done_waits_for_no_worker(board, house, noon, drain):
    long_ago = noon - timedelta(hours=3)
    house.ask(house.system("crm"), now=long_ago)
    drain(now=noon)
    house.ask(house.system("vault", group="basement", paused_at=noon), now=long_ago)
    browser, _user = board(Role.DPO)

    assert "nobody took it up" not in browser.get(reverse("portal:task_list")).content.decode()
    assert 'ready_seconds{group="basement"} 0.0' in browser.get("/metrics").content.decode()


def test_another_controllers_group_is_not_named(board, house, controller, noon):
    house.ask(house.system("vault", group="basement"), now=noon - timedelta(hours=1))
    browser, _user = board(Role.DPO, controller("other"))

    assert "basement" not in browser.get(reverse("portal:task_list")).content.decode()
