"""The second factor, walked for real: set up, asked for at sign-in, and demanded by every staff door."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.urls import get_resolver, reverse

from privacy_portal.ledger.models import Event
from privacy_portal.staff.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password"


@pytest.fixture
def demanded(settings):
    settings.PORTAL_SECOND_FACTOR = True


@pytest.fixture
def boss(controller) -> User:
    user = User.objects.create_user("boss@example.org", PASSWORD, name="Boss", is_staff=True)
    user.memberships.create(controller=controller(), role="administrator")
    return user


def code_for(secret: str) -> str:
    """The six digits an authenticator app shows now (RFC 6238)."""
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def sign_in(client, next_page: str = ""):
    ending = f"?next={next_page}" if next_page else ""
    return client.post(reverse("account_login") + ending, {"login": "boss@example.org", "password": PASSWORD})


def set_up(client) -> str:
    """What the person does: their password once more, then the set-up page. Returns the secret in their app."""
    again = client.get(reverse("mfa_activate_totp"))["Location"]
    assert again.startswith(reverse("account_reauthenticate"))
    page = client.post(again, {"password": PASSWORD}, follow=True)
    secret = re.search(r'value="([A-Z2-7]{16,})"', page.content.decode()).group(1)
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert answer.status_code == 302, answer.content.decode()
    return secret


def addresses_of_the_admin() -> list[str]:
    """Every one of them, with `1` in the place of a row's key."""
    _prefix, resolver = get_resolver().namespace_dict["admin"]
    names = sorted(name for name in resolver.reverse_dict if isinstance(name, str) and name != "login")
    found = []
    for name in names:
        _possibilities, *_rest = resolver.reverse_dict[name]
        arguments = (
            {"app_label": "portal"} if name == "app_list" else dict.fromkeys(_possibilities[0][1], "1")
        )
        found.append(reverse(f"admin:{name}", kwargs=arguments))
    return found


def test_a_password_alone_opens_no_page_of_the_admin(client, boss, demanded):
    sign_in(client)
    addresses = addresses_of_the_admin()

    where = {address: client.get(address)["Location"].split("?")[0] for address in addresses}

    assert len(where) > 100
    assert {address: place for address, place in where.items() if place != "/admin/login/"} == {
        "/admin/logout/": "/admin/"
    }
    assert client.get("/admin/login/")["Location"] == reverse("mfa_index")


def test_a_password_alone_changes_nothing_in_the_admin(client, boss, demanded):
    sign_in(client)

    answer = client.post("/admin/portal/user/add/", {"email": "new@example.org"})

    assert answer.status_code == 302 and answer["Location"].startswith("/admin/login/")
    assert User.objects.count() == 1


def test_the_admin_demands_no_factor_where_none_is_demanded(client, boss, settings):
    settings.PORTAL_SECOND_FACTOR = False
    sign_in(client)

    assert client.get("/admin/").status_code == 200


def test_with_the_factor_set_up_the_admin_opens(client, boss, demanded):
    sign_in(client)
    set_up(client)

    assert client.get("/admin/").status_code == 200


def test_at_the_next_sign_in_the_code_is_asked_for_and_a_wrong_one_opens_nothing(client, boss, demanded):
    sign_in(client)
    secret = set_up(client)
    client.post(reverse("account_logout"))

    challenged = sign_in(client, "/admin/")
    assert challenged["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == reverse("mfa_authenticate")
    right = code_for(secret)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    refused = client.post(challenged["Location"], {"code": wrong})
    assert refused.status_code == 200 and "Incorrect code" in refused.content.decode()
    assert client.get("/admin/").status_code == 302

    opened = client.post(challenged["Location"], {"code": right})

    assert (opened.status_code, opened["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    latest = Event.objects.filter(type="staff_signed_in").latest("pk")
    assert latest.payload["second_factor"] is True


def test_a_code_opens_the_door_once(client, boss, demanded):
    sign_in(client)
    secret = set_up(client)
    client.post(reverse("account_logout"))
    code = code_for(secret)
    sign_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code})
    client.post(reverse("account_logout"))
    sign_in(client)

    again = client.post(reverse("mfa_authenticate"), {"code": code})

    assert again.status_code == 200
    assert client.get("/admin/").status_code == 302


def test_whose_factor_is_taken_away_is_outside_at_once(client, boss, demanded):
    sign_in(client)
    set_up(client)
    Authenticator.objects.filter(user=boss).delete()

    assert client.get("/admin/").status_code == 302
    assert client.get(reverse("portal:home"))["Location"] == reverse("mfa_index")


def test_a_copy_of_the_database_makes_no_code(client, boss, demanded):
    sign_in(client)
    secret = set_up(client)

    kept = Authenticator.objects.get(user=boss, type="totp").data["secret"]

    assert secret not in kept and len(kept) > len(secret)
