"""A person asks and is answered, through the doors a person and the staff use, down to the stores and back."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse

from dsr.actions.identity import code_of
from dsr.models import IdentityCheck, SubjectRequest
from dsr.states import Status
from privacy_portal.subjects.models import Identifier
from tests.dsr.conftest import code_in, link_in, newest_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(client, acme, drain, noon, time_machine):
    """Fill in the public form, fetch the code from the mail, enter it."""
    time_machine.move_to(noon, tick=False)

    def walk(right: str, email: str = "ann@example.org") -> SubjectRequest:
        form = {"right": right, "email": email, "law": "GDPR"}
        answer = client.post(reverse("dsr:request_form", args=[acme.code]), form)
        assert answer.status_code == 302
        drain(now=noon)
        answer = client.post(answer["Location"], {"code": code_in(newest_mail("code"))})
        assert answer.status_code == 302
        drain(now=noon)
        return SubjectRequest.objects.get(right=right)

    return walk


def test_who_asks_to_see_gets_everything_from_every_store(ask, stores, client, events):
    request = ask("access")

    assert request.status == Status.COMPLETED
    page = client.get(link_in(newest_mail("answer")))
    assert "Download my data" in page.content.decode()
    answer = client.post(link_in(newest_mail("answer")) + "/download")
    package = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    data = json.loads(package.read("data.json"))
    assert [row["name"] for row in data["systems"]["shop"]["accounts"]] == ["Ann"]
    assert len(data["systems"]["books"]["invoices"]) == 2, "found by the customer number the shop told us"
    assert "Ben" not in package.read("index.html").decode()
    assert "answer_downloaded" in events()


def test_who_asks_to_be_erased_is_gone_except_what_the_law_keeps(
    ask, stores, client, staff, drain, noon, events
):
    request = ask("erasure")
    assert request.status == Status.PLANNED
    assert len(stores("shop", "SELECT * FROM accounts")) == 2, "a dry run changes nothing"

    first, second = staff("case_worker"), staff("dpo")
    plan_hash = request.plans.get().hash
    client.force_login(first)
    client.post(reverse("dsr:accept", args=[request.pk]), {"plan_hash": plan_hash})
    client.force_login(second)
    client.post(reverse("dsr:approve", args=[request.pk]), {"plan_hash": plan_hash})
    drain(now=noon)

    request.refresh_from_db()
    assert request.status == Status.COMPLETED_WITH_EXCEPTIONS
    assert stores("shop", "SELECT id FROM accounts") == [("C2",)]
    assert stores("books", "SELECT id, name, note FROM invoices ORDER BY id") == [
        (1, "Ann", None),
        (3, "Ben", None),
    ]
    letter = client.get(link_in(newest_mail("answer"))).content.decode()
    assert "Invoices are kept seven years" in letter
    assert "GDPR Art. 17(3)(b)" in letter
    assert not Identifier.objects.filter(subject=request.subject_id).exists(), "and we forget the person too"
    assert events(correlation_id=request.pk)[-1] in ("subject_forgotten", "task_completed")


def test_the_plan_says_beforehand_exactly_what_the_run_does(ask, stores, staff, client, drain, noon):
    request = ask("erasure")
    planned = {
        (line.system, line.dataset): (line.erase, line.keep) for line in request.plans.get().lines.all()
    }

    plan_hash = request.plans.get().hash
    for user, step in ((staff("dpo"), "accept"), (staff("dpo"), "approve")):
        client.force_login(user)
        client.post(reverse(f"dsr:{step}", args=[request.pk]), {"plan_hash": plan_hash})
    drain(now=noon)

    request.refresh_from_db()
    done = {
        (system["system"], row["dataset"]): (row["erased"], row["kept"])
        for system in request.answer.letter["systems"]
        for row in system["datasets"]
    }
    assert done == planned
    assert planned[("books", "invoices")] == (1, 1)


def test_somebody_nobody_knows_gets_the_same_pages_and_an_honest_answer(ask, stores, client):
    request = ask("access", email="stranger@example.org")

    assert request.status == Status.COMPLETED
    answer = client.post(link_in(newest_mail("answer")) + "/download")
    package = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert "No system holds anything about you" in package.read("index.html").decode()


def test_who_closed_the_page_confirms_by_the_link_in_the_mail(
    client, acme, stores, drain, noon, time_machine
):
    time_machine.move_to(noon, tick=False)
    form = {"right": "access", "email": "ann@example.org", "law": "GDPR"}
    client.post(reverse("dsr:request_form", args=[acme.code]), form)
    drain(now=noon)
    link = re.search(r"/privacy/confirm/\S+", newest_mail("code").body).group()

    time_machine.move_to(noon + timedelta(days=2), tick=False)
    assert client.post(link, {"code": code_in(newest_mail("code"))}).status_code == 422, (
        "too late for that code"
    )
    again = client.post(f"{link}/again", follow=True)
    assert "A new code is on its way" in again.content.decode()
    drain(now=noon + timedelta(days=2))
    confirmed = client.post(link, {"code": code_in(newest_mail("code"))})

    assert confirmed.status_code == 302
    drain(now=noon + timedelta(days=2))
    assert SubjectRequest.objects.get().status == Status.COMPLETED


def test_the_link_to_confirm_tells_nobody_whether_it_is_confirmed(
    client, acme, stores, drain, noon, time_machine
):
    time_machine.move_to(noon, tick=False)
    form = {"right": "access", "email": "ann@example.org", "law": "GDPR"}
    page = client.post(reverse("dsr:request_form", args=[acme.code]), form)["Location"]

    def seen() -> list[str]:
        answers = [client.get(page), client.post(page, {"code": "12345x"})]
        answers += [client.post(f"{page}/again", follow=True) for _time in range(6)]
        texts = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", _text(answer)) for answer in answers]
        return [*texts, str([answer.status_code for answer in answers])]

    time_machine.move_to(noon + timedelta(minutes=1), tick=False)
    before = seen()
    time_machine.move_to(noon + timedelta(minutes=2), tick=False)
    check = IdentityCheck.objects.latest("made_at")
    IdentityCheck.objects.exclude(pk=check.pk).delete()
    client.post(page, {"code": code_of(check.pk)})
    assert SubjectRequest.objects.get().status == Status.LOCATING

    assert seen() == before


def _text(answer) -> str:
    return answer.content.decode()
