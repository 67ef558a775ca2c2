"""A service opens a request for somebody it has not identified: only the code from the mail confirms it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from dsr.actions import identity
from dsr.models import IdentityCheck, SubjectRequest
from dsr.states import Status
from tests.dsr.conftest import code_in, newest_mail

pytestmark = pytest.mark.django_db
BODY = {"right": "access", "law": "GDPR", "identifiers": {"email": "ann@example.org"}}


@pytest.fixture
def post(client, as_service):
    def send(path: str, body: dict | None = None, headers: dict | None = None):
        return client.post(
            f"/api/v1/requests{path}",
            body,
            content_type="application/json",
            headers=headers or as_service,
        )

    return send


@pytest.fixture
def opened(post) -> dict:
    answer = post("", BODY)
    assert answer.status_code == 201
    return answer.json()


def right_code(opened: dict) -> str:
    return identity.code_of(IdentityCheck.objects.filter(request_id=opened["id"]).latest("made_at").pk)


def wrong_code(opened: dict) -> str:
    return f"{(int(right_code(opened)) + 1) % 1_000_000:06d}"


def test_the_code_from_the_mail_confirms_a_request_over_the_api(post, opened, stores, drain):
    drain(now=timezone.now())

    answer = post(f"/{opened['id']}/confirmation", {"code": code_in(newest_mail("code"))})

    assert (answer.status_code, answer.json()["status"]) == (201, "locating")
    assert answer.json()["confirm_url"] is None
    drain(now=timezone.now())
    assert SubjectRequest.objects.get(pk=opened["id"]).status == Status.COMPLETED


def test_the_answer_names_the_page_that_takes_the_code_and_nothing_else(post, opened, client):
    page = opened["confirm_url"].replace("http://127.0.0.1:8000", "")

    assert "Is it you?" in client.get(page).content.decode()
    assert client.get(page.replace("/confirm/", "/request/")).status_code == 410


def test_a_wrong_code_a_spent_one_and_one_too_many_are_answered_alike(post, opened):
    answers = []
    for _try in range(identity.TRIES):
        answers.append(post(f"/{opened['id']}/confirmation", {"code": wrong_code(opened)}))
    answers.append(post(f"/{opened['id']}/confirmation", {"code": right_code(opened)}))

    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0]["Content-Type"] == "application/problem+json"
    assert answers[0].json()["type"] == "/problems/wrong-code"


def test_a_code_is_taken_once_over_the_api(post, opened):
    code = right_code(opened)

    assert post(f"/{opened['id']}/confirmation", {"code": code}).status_code == 201
    assert post(f"/{opened['id']}/confirmation", {"code": code}).json()["type"] == "/problems/wrong-code"


def test_a_code_that_is_too_late_is_refused_and_a_new_one_helps(post, opened, drain):
    IdentityCheck.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert post(f"/{opened['id']}/confirmation", {"code": right_code(opened)}).status_code == 422

    sent = post(f"/{opened['id']}/codes")
    drain(now=timezone.now())

    assert sent.status_code == 202
    assert sent.json()["expires_at"] > timezone.now().isoformat()
    code = code_in(newest_mail("code"))
    assert post(f"/{opened['id']}/confirmation", {"code": code}).status_code == 201


def test_new_codes_are_not_sent_without_end(post, opened):
    answers = [post(f"/{opened['id']}/codes").status_code for _time in range(identity.CODES_PER_REQUEST)]

    assert answers[-1] == 429
    assert set(answers[:-1]) == {202}


@pytest.mark.parametrize(
    "body", [{}, {"code": ""}, {"code": "12345"}, {"code": "abcdef"}, {"code": ["123456"]}]
)
def test_what_is_no_code_is_named_and_costs_no_try(post, opened, body):
    answer = post(f"/{opened['id']}/confirmation", body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("#/code")
    assert IdentityCheck.objects.get().attempts == 0


@pytest.mark.parametrize("deed", ["confirmation", "codes"])
def test_a_service_of_another_controller_finds_no_request_to_confirm(
    post, opened, token_for, controller, deed
):
    stranger = {"Authorization": f"Bearer {token_for(controller(code='other'))}"}

    answer = post(f"/{opened['id']}/{deed}", {"code": right_code(opened)}, stranger)

    assert answer.status_code == 404
    assert SubjectRequest.objects.get().status == Status.RECEIVED


@pytest.mark.parametrize("deed", ["confirmation", "codes"])
def test_a_service_that_may_only_read_confirms_nothing(post, opened, token_for, acme, deed):
    reader = {"Authorization": f"Bearer {token_for(acme, ('requests:read',))}"}

    assert post(f"/{opened['id']}/{deed}", {"code": right_code(opened)}, reader).status_code == 403
    assert SubjectRequest.objects.get().status == Status.RECEIVED
