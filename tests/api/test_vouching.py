"""A service that says "verified" stands in for the identity check: it needs the scope for it."""

from __future__ import annotations

import pytest

from dsr.models import SubjectRequest
from dsr.states import Status

pytestmark = pytest.mark.django_db
BODY = {"right": "access", "law": "GDPR", "identifiers": {"email": "ann@example.org"}}


@pytest.fixture
def ask(client, acme, token_for):
    def post(*scopes: str, narrowed_to: str = "", **more: object):
        headers = {
            "Authorization": f"Bearer {token_for(acme, scopes, narrowed_to)}",
            "Idempotency-Key": "one",
        }
        return client.post("/api/v1/requests", BODY | more, content_type="application/json", headers=headers)

    return post


def test_a_service_without_the_scope_cannot_vouch(ask):
    refused = ask("requests:write", verified=True)

    assert refused.status_code == 403
    assert "requests:vouch" in refused.json()["detail"]
    assert not SubjectRequest.objects.exists()


def test_a_token_that_was_narrowed_cannot_vouch(ask):
    scopes = ("requests:write", "requests:vouch")

    assert ask(*scopes, narrowed_to="requests:write", verified=True).status_code == 403
    assert not SubjectRequest.objects.exists()


def test_without_vouching_the_person_proves_who_they_are(ask):
    assert ask("requests:write").status_code == 201
    assert SubjectRequest.objects.get().verified_at is None


def test_the_scope_to_vouch_opens_no_request_alone(ask):
    refused = ask("requests:vouch", verified=True)

    assert refused.status_code == 403 and "requests:write" in refused.json()["detail"]


def test_who_may_vouch_opens_a_verified_request(ask):
    assert ask("requests:write", "requests:vouch", verified=True).status_code == 201
    opened = SubjectRequest.objects.get()
    assert opened.verified_at is not None and opened.status != Status.RECEIVED
