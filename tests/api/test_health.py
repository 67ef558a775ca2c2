"""What an operator's machines ask: alive, ready, measured, described."""

from __future__ import annotations

from unittest import mock

import pytest
from django.db import OperationalError
from openapi_spec_validator import validate


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
