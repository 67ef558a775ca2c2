"""Consents and decisions over REST: what a service may say and ask, and how it is told no."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_application_model
from rest_framework.test import APIRequestFactory

from consent.api import hot
from consent.api.views import DecisionsView
from consent.models import CurrentDecision, Decision, Evidence
from privacy_portal import subjects
from privacy_portal.api.access import forget_known_tokens
from privacy_portal.api.models import ServiceClient

SCOPES = ["consents:write", "decisions:read"]


@pytest.fixture
def service(acme):
    """Makes services: `service()` may write consents and read decisions at acme; returns its headers."""
    forget_known_tokens()

    def make(scopes=SCOPES, of=acme, code="shop", expires=timedelta(minutes=10)) -> dict[str, str]:
        application = get_application_model().objects.create(
            name=code, client_type="confidential", authorization_grant_type="client-credentials"
        )
        ServiceClient.objects.create(application=application, controller=of, code=code, scopes=list(scopes))
        token = f"token-of-{code}-{uuid4()}"
        get_access_token_model().objects.create(
            application=application, token=token, scope=" ".join(scopes), expires=timezone.now() + expires
        )
        return {"Authorization": f"Bearer {token}"}

    yield make
    forget_known_tokens()


@pytest.fixture
def shop(service):
    return service()


@pytest.fixture
def post(client, shop):
    def send(path, body, headers=None, **more):
        text = body if isinstance(body, str) else json.dumps(body)
        return client.post(
            f"/api/v1/{path}", text, content_type="application/json", headers={**(headers or shop), **more}
        )

    return send


@pytest.fixture
def yes(ann, newsletter):
    return {"subject": str(ann.pk), "purpose": "newsletter", "choice": "given"}


@pytest.fixture
def ask(client, shop, ann):
    def get(subject=None, purpose="newsletter", headers=None, **more):
        query = {"subject": subject or ann.pk, "purpose": purpose, **more}
        return client.get("/api/v1/decisions", query, headers=headers or shop)

    return get


# -- writing --------------------------------------------------------------------------------------------------------
def test_a_yes_a_question_a_withdrawal_and_the_question_again(post, ask, yes, ann):
    assert ask().json()["reason"] == "no_consent"

    recorded = post("consents", yes)
    assert recorded.status_code == 201, recorded.content
    assert recorded.json()["choice"] == "given"
    assert ask().json()["allowed"] is True
    assert ask().json()["record_ids"] == [f"decision:{recorded.json()['id']}"]

    withdrawn = post("consents/withdrawals", {"subject": str(ann.pk), "purpose": "newsletter"})
    assert withdrawn.status_code == 201
    assert ask().json()["allowed"] is False
    assert ask().json()["reason"] == "consent_withdrawn"


def test_a_repeated_withdrawal_is_200_says_so_and_shows_the_first(post, yes, ann):
    post("consents", yes)
    body = {"subject": str(ann.pk), "purpose": "newsletter"}
    first = post("consents/withdrawals", body).json()

    again = post("consents/withdrawals", body)

    assert again.status_code == 200
    assert again.json() == {**first, "repeated": True}


def test_a_person_named_by_address_becomes_known_with_their_first_yes(post, acme, newsletter):
    body = {"identifiers": {"email": "New@Example.org"}, "purpose": "newsletter", "choice": "given"}

    recorded = post("consents", body)

    known = subjects.find(controller_id=acme.pk, kind="email", value="new@example.org")
    assert recorded.json()["subject"] == str(known.pk)


def test_evidence_is_kept_short_and_the_source_is_the_service(post, yes):
    seen = {
        "user_agent": "Firefox/130",
        "ip_address": "203.0.113.77",
        "interface": "shop/checkout",
        "language": "en",
    }

    post("consents", {**yes, **seen, "method": "phone"})

    decision, evidence = Decision.objects.get(), Evidence.objects.get()
    assert (decision.source, decision.interface, decision.method) == ("shop", "shop/checkout", "phone")
    assert (evidence.network, evidence.user_agent) == ("203.0.113.0/24", "Firefox/130")


def test_a_refusal_and_an_open_question_are_recorded_too(post, yes, purpose, ask):
    purpose("profiling")

    assert post("consents", {**yes, "choice": "refused"}).status_code == 201
    assert post("consents", {**yes, "purpose": "profiling", "choice": "pending"}).status_code == 201

    assert ask().json()["reason"] == "consent_refused"
    assert ask(purpose="profiling").json()["reason"] == "consent_pending"


# -- the same key twice ---------------------------------------------------------------------------------------------
def test_the_same_key_writes_once(post, yes):
    first = post("consents", yes, **{"Idempotency-Key": '"k-1"'})
    again = post("consents", yes, **{"Idempotency-Key": '"k-1"'})

    assert again.json() == first.json()
    assert Decision.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(post, yes):
    post("consents", yes, **{"Idempotency-Key": '"k-1"'})

    assert post("consents", {**yes, "choice": "refused"}, **{"Idempotency-Key": '"k-1"'}).status_code == 422
    assert CurrentDecision.objects.get().choice == "given"


def test_without_a_key_a_second_yes_renews_the_first(post, yes):
    assert [post("consents", yes).status_code for _again in range(2)] == [201, 201]
    assert Decision.objects.count() == 2
    assert CurrentDecision.objects.count() == 1


# -- bad input ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"subject": "00000000-0000-4000-8000-000000000000"}, 404, "unknown-subject"),
        ({"purpose": "astrology"}, 404, "unknown-purpose"),
        ({"purpose": "delivery"}, 409, "not-by-consent"),
        ({"choice": "withdrawn"}, 422, "invalid"),
        ({"choice": None}, 422, "invalid"),
        ({"subject": "ann"}, 422, "invalid"),
        ({"subject": None, "identifiers": None}, 422, "invalid"),
        ({"decided_at": "2026-11-21T12:00:00"}, 422, "invalid"),
        ({"decided_at": "2999-01-01T00:00:00Z"}, 422, "invalid"),
        ({"valid_until": "2000-01-01T00:00:00Z"}, 422, "invalid"),
        ({"notice_version": 3}, 422, "invalid"),
        ({"language": "English please"}, 422, "invalid"),
        ({"law": "the law"}, 422, "invalid"),
        ({"method": "clock"}, 422, "invalid"),
        ({"interface": "ann@example.org"}, 422, "invalid"),
        ({"ip_address": "somewhere"}, 422, "invalid"),
    ],
)
def test_what_cannot_be_is_a_named_problem_and_nothing_is_written(post, yes, purpose, change, status, code):
    purpose("delivery", basis="contract")

    refused = post("consents", {key: value for key, value in {**yes, **change}.items() if value is not None})

    assert refused.status_code == status, refused.content
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["type"].endswith(code)
    assert not Decision.objects.exists()


def test_both_id_and_identifiers_are_one_too_many(post, yes):
    assert post("consents", {**yes, "identifiers": {"email": "a@x.org"}}).status_code == 422


def test_a_no_to_a_yes_says_what_to_do_instead(post, yes):
    post("consents", yes)

    refused = post("consents", {**yes, "choice": "refused"})

    assert refused.status_code == 409
    assert "withdrawn" in refused.json()["detail"]


@pytest.mark.parametrize("path", ["consents", "consents/withdrawals", "decisions"])
def test_a_body_that_is_not_json_or_too_large_is_refused(post, path, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000

    assert post(path, "{not json").status_code == 400
    assert post(path, json.dumps({"purpose": "x" * 3000})).status_code == 413


def test_withdrawing_for_an_address_nobody_has_is_404_and_makes_nobody_known(post, newsletter, acme):
    body = {"identifiers": {"email": "ghost@example.org"}, "purpose": "newsletter"}

    assert post("consents/withdrawals", body).status_code == 404
    assert subjects.find(controller_id=acme.pk, kind="email", value="ghost@example.org") is None


# -- asking ---------------------------------------------------------------------------------------------------------
def test_the_short_way_and_the_long_way_in_answer_alike(post, yes, shop, ann, rf, purpose):
    post("consents", yes)
    purpose("delivery", basis="contract")

    for code in ("newsletter", "delivery", "astrology"):
        query = {"subject": str(ann.pk), "purpose": code}
        short = hot.decide_view(rf.get("/api/v1/decisions", query, headers=shop))
        long = _through_drf(query, shop)
        assert json.loads(short.content) | {"at": None} == long | {"at": None}


def _through_drf(query, headers) -> dict:
    response = DecisionsView.as_view()(APIRequestFactory().get("/api/v1/decisions", query, headers=headers))
    response.render()
    return json.loads(response.content)


def test_addresses_are_asked_about_in_the_body_only(post, ask, yes, ann):
    post("consents", yes)

    answer = post("decisions", {"identifiers": {"email": "ann@example.org"}, "purpose": "newsletter"})

    assert answer.json()["verdicts"][0]["allowed"] is True
    assert answer.json()["verdicts"][0]["subject"] == str(ann.pk)
    assert ask(subject="ann@example.org").status_code == 422


def test_a_thousand_questions_are_answered_in_order_and_one_more_is_refused(post, yes, ann):
    post("consents", yes)
    question = {"subject": str(ann.pk), "purpose": "newsletter"}
    unknown = {"identifiers": {"email": "ghost@example.org"}, "purpose": "newsletter"}

    answer = post("decisions", {"questions": [question, unknown] + [question] * 998})

    verdicts = answer.json()["verdicts"]
    assert len(verdicts) == 1000
    assert [verdict["allowed"] for verdict in verdicts[:3]] == [True, False, True]
    assert verdicts[1]["reason"] == "unknown_subject"
    assert post("decisions", {"questions": [question] * 1001}).status_code == 422
    assert post("decisions", {"questions": []}).status_code == 422


def test_questions_that_name_nothing_are_refused(ask, newsletter):
    assert ask(subject="nobody").status_code == 422
    assert ask(purpose="").status_code == 422
    assert ask(law="the law").status_code == 422
    assert ask(subject=uuid4()).status_code == 404
    assert ask(purpose="astrology").json()["type"].endswith("unknown-purpose")


def test_with_the_database_away_the_answer_is_503_never_yes(post, ask, yes, monkeypatch):
    post("consents", yes)

    def away(**_asked):
        raise OperationalError("gone")

    monkeypatch.setattr("consent.api.hot.decide", away)

    refused = ask()
    assert refused.status_code == 503
    assert refused["Content-Type"] == "application/problem+json"
    assert "allowed" not in refused.json()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_meanwhile_is_replaced_and_the_answer_is_true(post, ask, yes):
    post("consents", yes)
    connection.connection.close()

    assert ask().json()["allowed"] is True


def test_a_known_caller_costs_one_query_per_decision(post, ask, yes, django_assert_num_queries):
    post("consents", yes)
    ask()

    with django_assert_num_queries(1):
        assert ask().json()["allowed"] is True


# -- who may --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "consents"), ("post", "consents/withdrawals"), ("post", "decisions"), ("get", "decisions")],
)
def test_without_a_token_or_its_scope_nothing_opens(client, service, acme, method, path, newsletter):
    other_scope = service(scopes=["ledger:read"], code="reader")
    expired = service(code="old", expires=timedelta(seconds=-1))

    call = getattr(client, method)
    assert call(f"/api/v1/{path}").status_code == 401
    assert "WWW-Authenticate" in call(f"/api/v1/{path}")
    assert call(f"/api/v1/{path}", headers=expired).status_code == 401
    assert call(f"/api/v1/{path}", headers=other_scope).status_code == 403


def test_reading_does_not_allow_writing_and_writing_does_not_allow_reading(post, ask, service, yes):
    reader = service(scopes=["decisions:read"], code="reader")
    writer = service(scopes=["consents:write"], code="writer")

    assert post("consents", yes, headers=reader).status_code == 403
    assert ask(headers=writer).status_code == 403
    assert not Decision.objects.exists()


def test_another_controllers_service_sees_neither_our_people_nor_our_purposes(
    post, ask, yes, service, controller, purpose, ann
):
    post("consents", yes)
    globex = controller("globex")
    stranger = service(of=globex, code="stranger")
    withdrawal = {"subject": str(ann.pk), "purpose": "newsletter"}

    assert ask(headers=stranger).status_code == 404
    assert post("consents", yes, headers=stranger).status_code == 404
    assert post("consents/withdrawals", withdrawal, headers=stranger).status_code == 404
    assert post("decisions", withdrawal, headers=stranger).json()["verdicts"][0]["allowed"] is False
    purpose("newsletter", of=globex)
    assert ask(headers=stranger).json()["type"].endswith("unknown-subject")
    assert CurrentDecision.objects.get().choice == "given"
