"""The ledger's page: anybody who sees it can have it checked, and everybody there sees what came out."""

from __future__ import annotations

import pytest
from django.urls import reverse

from privacy_portal.ledger.models import Event
from privacy_portal.staff.models import Membership, User
from tests.ledger.conftest import sealed, write  # noqa: F401 - fixtures
from tests.ledger.tampering import tamper

pytestmark = pytest.mark.django_db
PAGE, PRESS = "portal:ledger", "portal:ledger_verify"


@pytest.fixture
def acme(controller):
    return controller()


@pytest.fixture
def sign_in(client):
    def enter(name: str, role: str, *controllers):
        user = User.objects.create_user(f"{name.lower()}@example.org", "a-long-password", name=name)
        for each in controllers:
            Membership.objects.create(user=user, controller=each, role=role)
        client.force_login(user)
        return client

    return enter


def press(client) -> str:
    return client.post(reverse(PRESS), follow=True).content.decode()


def test_before_anybody_pressed_the_page_says_so(sign_in, acme):
    page = sign_in("Audrey", "auditor", acme).get(reverse(PAGE)).content.decode()

    assert "Nobody at your controllers has pressed" in page


def test_a_ledger_that_holds_is_said_to_hold_to_whoever_pressed_and_whoever_comes_later(
    sign_in,
    acme,
    sealed,  # noqa: F811
):
    sealed(3)

    pressed = press(sign_in("Audrey", "auditor", acme))
    later = sign_in("Dana", "dpo", acme).get(reverse(PAGE)).content.decode()

    assert "The ledger holds: 3 entries checked" in pressed
    assert "Last checked by Audrey on" in later and "it held, 3 entries" in later


def test_a_broken_ledger_is_named_with_its_first_break(sign_in, acme, sealed):  # noqa: F811
    sealed(3)
    tamper(
        "UPDATE portal_event SET actor = 'staff:666' WHERE id = (SELECT event_id FROM portal_leaf WHERE position = 1)"
    )

    pressed = press(sign_in("Audrey", "auditor", acme))
    later = sign_in("Dana", "dpo", acme).get(reverse(PAGE)).content.decode()

    assert "The ledger does not hold. First break: position 1" in pressed
    assert "it did not hold" in later and "First break: position 1." in later


def test_the_check_is_an_entry_of_the_page_at_the_controller_of_who_pressed(sign_in, acme, controller):
    press(sign_in("Audrey", "auditor", acme))

    entry = Event.objects.get(type="ledger_verified")
    listed = sign_in("Dana", "dpo", acme).get(reverse(PAGE), {"type": "ledger_verified"})
    elsewhere = sign_in("Otto", "dpo", controller(code="other")).get(reverse(PAGE))

    assert entry.controller_id == acme.pk
    assert [event.pk for event in listed.context["page"]] == [entry.pk]
    assert "Audrey" not in elsewhere.content.decode()


def test_what_waits_is_sealed_before_the_check(sign_in, acme, write):  # noqa: F811
    write(2)

    assert "The ledger holds: 2 entries checked" in press(sign_in("Audrey", "auditor", acme))


def test_who_may_not_see_the_ledger_may_not_have_it_checked(sign_in, acme):
    answer = sign_in("Carl", "case_worker", acme).post(reverse(PRESS))

    assert answer.status_code == 403
    assert not Event.objects.filter(type="ledger_verified").exists()
