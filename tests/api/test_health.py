"""What an operator's machines ask: alive, ready, measured, described."""

from __future__ import annotations

import socket
from unittest import mock

import pytest
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.db import OperationalError
from django.urls import reverse
from openapi_spec_validator import validate

from privacy_portal import bell, environment
from privacy_portal.staff.models import User


def test_alive_needs_nothing(client):
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_names_what_answers(client):
    assert client.get("/readyz").json() == {"status": "ok", "database": "ok", "cache": "ok"}


@pytest.mark.django_db
def test_not_ready_is_503_and_names_what_is_away(client):
    with mock.patch("privacy_portal.api.health.connection.cursor", side_effect=OperationalError):
        answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["database"]) == (503, "away")


@pytest.mark.django_db
def test_metrics_count_the_queues_and_the_ledger(client):
    text = client.get("/metrics").content.decode()

    assert 'portal_tasks{status="waiting"} 0.0' in text
    assert "portal_ledger_size" in text


@pytest.mark.django_db
def test_the_api_describes_itself_in_openapi_3_1(client):
    answer = client.get("/api/v1/schema", headers={"Accept": "application/json"})

    schema = answer.json()
    validate(schema)
    assert schema["openapi"].startswith("3.1")
    assert {"/api/v1/requests", "/api/v1/systems", "/api/v1/consents", "/api/v1/breaches"} <= set(
        schema["paths"]
    )


# -- Redis is away ----------------------------------------------------------------------------------------------------
@pytest.fixture
def redis_away(settings):
    """A port where nobody listens, as Redis' address."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    settings.CACHES = environment.caches(settings.REDIS_URL)
    yield
    caches["default"].clear()


@pytest.mark.django_db
def test_with_redis_away_not_ready_is_503_and_says_so(client, redis_away):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "unavailable", "database": "ok", "cache": "away"},
    )


@pytest.mark.django_db
def test_with_redis_away_staff_still_sign_in(client, redis_away):
    User.objects.create_user("dana@acme.example", "a-long-password", name="Dana")

    answer = client.post(
        reverse("account_login"), {"login": "dana@acme.example", "password": "a-long-password"}
    )

    assert answer.status_code == 302
    assert "_auth_user_id" in client.session


@pytest.mark.django_db
def test_with_redis_away_guessing_passwords_is_still_limited(client, redis_away):
    User.objects.create_user("dana@acme.example", "a-long-password", name="Dana")
    for _guess in range(5):
        client.post(reverse("account_login"), {"login": "dana@acme.example", "password": "a-wrong-guess"})

    client.post(reverse("account_login"), {"login": "dana@acme.example", "password": "a-long-password"})

    assert "_auth_user_id" not in client.session


def test_the_cache_goes_back_to_redis_when_it_answers_again(redis_away, monkeypatch):
    cache = caches["default"]
    cache.set("here", 1)
    assert cache.get("here") == 1

    monkeypatch.setattr(RedisCache, "get", lambda _self, _key: "from Redis")
    assert cache.get("here") == 1, "it was away a moment ago"
    cache.away_until = 0.0

    assert cache.get("here") == "from Redis"


def test_with_redis_away_every_bell_is_sent(redis_away):
    with mock.patch("privacy_portal.bell.current_app.send_task") as sent:
        bell.ring_now("privacy_portal.tasks.deliver")
        bell.ring_now("privacy_portal.tasks.deliver")

    assert sent.call_count == 2
