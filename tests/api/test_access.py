"""Services sign in with client credentials; what they may do is their scopes, where is their controller."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from oauth2_provider.models import AccessToken

from privacy_portal.api.access import forget_known_tokens
from privacy_portal.api.models import ServiceClient

PROTECTED = [
    "/api/v1/requests",
    "/api/v1/systems",
    "/api/v1/ledger/checkpoint",
    "/api/v1/decisions?subject=x&purpose=y",
]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PROTECTED)
def test_without_a_token_the_answer_is_401_with_a_challenge(client, path):
    answer = client.get(path)

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 401


@pytest.mark.parametrize("path", PROTECTED)
def test_a_token_without_the_scope_is_403(client, token_for, acme, path):
    token = token_for(acme, ("breaches:write",))

    answer = client.get(path, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
@pytest.mark.parametrize("path", PROTECTED)
def test_an_invented_token_is_401(client, path):
    assert client.get(path, headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_an_expired_token_is_401(client, token_for, acme):
    token = token_for(acme)
    AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    forget_known_tokens()

    assert client.get("/api/v1/requests", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_tokens_are_not_stored_in_clear(token_for, acme):
    token = token_for(acme)

    assert token not in "".join(AccessToken.objects.values_list("token", flat=True))


def test_a_scope_taken_from_the_service_is_gone_from_its_living_tokens(client, token_for, acme):
    token = token_for(acme)
    ServiceClient.objects.update(scopes=["ledger:read"])
    forget_known_tokens()

    assert client.get("/api/v1/requests", headers={"Authorization": f"Bearer {token}"}).status_code == 403


def test_staff_sessions_do_not_open_the_api(client, django_user_model, db):
    client.force_login(django_user_model.objects.create_user("dpo@example.org", "x", name="D"))

    assert client.get("/api/v1/requests").status_code == 401
