"""Errors name the field and the fix, as problem+json (RFC 9457)."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

import jsonschema
import pytest
from django.db import OperationalError

SCHEMA = json.loads((Path(__file__).parent / "vectors" / "problem.schema.json").read_text())


def post(client, headers, body, **more):
    return client.post("/api/v1/requests", body, content_type="application/json", headers=headers, **more)


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 422, "#/right"),
        ({"right": "dance", "law": "GDPR", "identifiers": {"email": "a@b.c"}}, 422, "#/right"),
        ({"right": "access", "law": "GDPR", "identifiers": {"email": "nothing"}}, 422, "#/email"),
        (
            {"right": "access", "law": "GDPR", "identifiers": {"phone": "+353123456"}},
            422,
            "#/identifiers/email",
        ),
        ({"right": "access", "law": "Martian Act", "identifiers": {"email": "a@b.c"}}, 422, "#/law"),
        (
            {"right": "access", "law": "GDPR", "identifiers": {"shoe": "42"}, "verified": True},
            422,
            "#/identifiers",
        ),
    ],
)
def test_bad_input_names_the_field(client, as_service, body, status, pointer):
    answer = post(client, as_service, body)

    problem = answer.json()
    jsonschema.validate(problem, SCHEMA)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert pointer in [error["pointer"] for error in problem["errors"]]


def test_half_a_body_is_400(client, as_service):
    answer = post(client, as_service, '{"right": "acc')

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_an_oversized_body_is_413(client, as_service, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = post(client, as_service, json.dumps({"right": "x" * 2000}))

    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"


def test_with_the_database_away_the_answer_is_503_and_says_when_to_come_back(client, as_service):
    with mock.patch("dsr.api.views.intake.open_request", side_effect=OperationalError("gone")):
        answer = post(
            client, as_service, {"right": "access", "law": "GDPR", "identifiers": {"email": "a@b.c"}}
        )

    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "gone" not in answer.content.decode()


def test_a_defect_is_a_problem_that_tells_nothing(client, as_service):
    client.raise_request_exception = False

    with mock.patch("dsr.api.views.intake.open_request", side_effect=ZeroDivisionError("inside")):
        answer = post(
            client, as_service, {"right": "access", "law": "GDPR", "identifiers": {"email": "a@b.c"}}
        )

    jsonschema.validate(answer.json(), SCHEMA)
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "inside" not in answer.content.decode()


def test_a_defect_of_the_fast_lane_is_a_problem_too(client, as_service):
    client.raise_request_exception = False

    with mock.patch("privacy_portal.web.middleware.FastLane.__call__", side_effect=ZeroDivisionError):
        answer = client.get("/api/v1/consents")

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")


def test_a_defect_of_a_page_is_a_page(client, db):
    client.raise_request_exception = False

    with mock.patch("privacy_portal.api.health.JsonResponse", side_effect=ZeroDivisionError):
        answer = client.get("/healthz")

    assert (answer.status_code, answer["Content-Type"]) == (500, "text/html; charset=utf-8")


@pytest.mark.parametrize("path", ["/api/v1/inbox/acme/crm", "/api/v1/token", "/api/v1/requests"])
def test_a_method_that_is_not_taken_is_a_problem_that_names_those_that_are(client, as_service, path):
    answer = client.put(path, {}, content_type="application/json", headers=as_service)

    jsonschema.validate(answer.json(), SCHEMA)
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert "POST" in answer["Allow"]


def test_a_host_name_that_is_not_ours_is_a_problem(client, db):
    answer = client.get("/api/v1/token", headers={"Host": "elsewhere.example"})

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_an_unknown_path_under_the_api_is_a_problem_too(client, db):
    answer = client.get("/api/v1/nothing-here")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
