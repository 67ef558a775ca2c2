"""Same key, same answer; the cases of draft-ietf-httpapi-idempotency-key-header."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from dsr.models import SubjectRequest
from privacy_portal import tasks
from privacy_portal.api.models import IdempotentAnswer
from privacy_portal.wiring import SCHEDULE

BODY = {"right": "access", "law": "GDPR", "identifiers": {"email": "ann@example.org"}}


@pytest.fixture
def post(client, as_service):
    def send(key: str | None = None, body: dict | None = None):
        headers = as_service | ({"Idempotency-Key": key} if key else {})
        return client.post("/api/v1/requests", body or BODY, content_type="application/json", headers=headers)

    return send


def test_the_same_key_gets_the_first_answer_and_does_nothing_twice(post):
    first = post('"k-1"')
    second = post('"k-1"')

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second["Location"] == first["Location"]
    assert second["Idempotent-Replayed"] == "true"
    assert SubjectRequest.objects.count() == 1


def test_the_bare_form_of_the_key_is_the_same_key(post):
    assert post('"k-1"').json() == post("k-1").json()


def test_another_body_under_the_same_key_is_422(post):
    post('"k-1"')

    answer = post('"k-1"', BODY | {"right": "erasure"})

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("other-payload")
    assert SubjectRequest.objects.count() == 1


def test_while_the_first_still_runs_the_answer_is_409(post):
    post('"k-1"')
    IdempotentAnswer.objects.update(status=None, body=None)

    assert post('"k-1"').status_code == 409


def test_a_failed_request_frees_its_key(post):
    wrong = post('"k-1"', BODY | {"law": "No Such Law"})
    right = post('"k-1"')

    assert (wrong.status_code, right.status_code) == (422, 201)


def test_a_key_is_forgotten_after_a_day(post):
    post('"k-1"')
    IdempotentAnswer.objects.update(started_at=timezone.now() - timedelta(hours=25))

    assert post('"k-1"', BODY | {"right": "erasure"}).status_code == 201


def test_stored_answers_are_sealed(post):
    post('"k-1"')

    assert b"reference" not in bytes(IdempotentAnswer.objects.get().body)


def test_a_malformed_key_is_refused_by_name(post):
    answer = post("k" * 300)

    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["detail"]


def test_the_hourly_clock_forgets_what_is_older_than_a_day_and_nothing_else(post):
    post('"old"')
    post('"new"', BODY | {"identifiers": {"email": "bea@example.org"}})
    day_ago = timezone.now() - timedelta(hours=24)
    IdempotentAnswer.objects.filter(key="old").update(started_at=day_ago - timedelta(seconds=1))
    IdempotentAnswer.objects.filter(key="new").update(started_at=day_ago + timedelta(minutes=5))

    tasks.forget_answers()

    assert tasks.forget_answers.name == SCHEDULE["answers"].job
    assert list(IdempotentAnswer.objects.values_list("key", flat=True)) == ["new"]
