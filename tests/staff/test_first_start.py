"""The first member of staff and the first service of an installation come from the command line."""

from __future__ import annotations

import base64
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from privacy_portal.api.access import forget_known_tokens
from privacy_portal.api.models import ServiceClient
from privacy_portal.staff.models import User

pytestmark = pytest.mark.django_db
DANA = ("add_staff", "dana@acme.example", "--name", "Dana", "--controller", "acme", "--role", "dpo")
SHOP = ("add_service", "web-shop", "--controller", "acme", "--scope", "requests:read")


@pytest.fixture(autouse=True)
def _world(controller, monkeypatch):
    controller()
    monkeypatch.setenv("PORTAL_STAFF_PASSWORD", "correct-horse-battery")
    forget_known_tokens()
    yield
    forget_known_tokens()


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_the_first_member_of_staff_signs_in_and_works(client, events):
    run(*DANA)

    client.post(reverse("account_login"), {"login": "dana@acme.example", "password": "correct-horse-battery"})

    assert client.get(reverse("portal:home")).status_code == 200
    assert events() == ["role_granted", "staff_signed_in"]
    assert not User.objects.get().is_staff


def test_who_shall_invite_the_others_opens_the_admin(client):
    run(*DANA, "--admin")
    client.force_login(User.objects.get())

    assert client.get(reverse("admin:portal_user_add")).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--controller", "nobody"], "no controller 'nobody'", id="controller"),
        pytest.param(["--role", "king"], "invalid choice: 'king'", id="role"),
    ],
)
def test_a_mistake_in_the_command_is_named_and_nobody_is_added(arguments, said):
    with pytest.raises(CommandError, match=said):
        run(*DANA, *arguments)

    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["short", "password1234"])
def test_a_password_that_is_easily_guessed_is_refused(monkeypatch, password):
    monkeypatch.setenv("PORTAL_STAFF_PASSWORD", password)

    with pytest.raises(CommandError, match="too (short|common)"):
        run(*DANA)

    assert not User.objects.exists()


def test_an_address_is_added_once():
    run(*DANA)

    with pytest.raises(CommandError, match="already"):
        run(*DANA)


def test_a_service_calls_the_api_with_what_the_command_printed(client):
    printed = dict(line.split() for line in run(*SHOP).splitlines())

    basic = base64.b64encode(f"{printed['client_id']}:{printed['client_secret']}".encode()).decode()
    token = client.post(
        "/api/v1/token", {"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    ).json()["access_token"]

    def get(path):
        return client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code

    assert (get("/api/v1/requests"), get("/api/v1/systems")) == (200, 403)
    assert printed["client_secret"] not in ServiceClient.objects.get().application.client_secret


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--controller", "nobody"], "no controller 'nobody'", id="controller"),
        pytest.param(["--scope", "everything"], "invalid choice: 'everything'", id="scope"),
    ],
)
def test_a_mistake_about_a_service_is_named_and_none_is_added(arguments, said):
    with pytest.raises(CommandError, match=said):
        run(*SHOP, *arguments)

    assert not ServiceClient.objects.exists()


def test_a_service_is_added_once_per_controller():
    run(*SHOP)

    with pytest.raises(CommandError, match="already"):
        run(*SHOP)
