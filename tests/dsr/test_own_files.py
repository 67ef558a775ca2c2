"""Our own request files stay as proof: counted as kept, said to the person, and no exception by themselves."""

from __future__ import annotations

import pytest
from django.urls import reverse

from dsr.actions import assessment
from dsr.actions.links import tracking_token
from dsr.models import SubjectRequest
from dsr.states import Status
from governance.models import System
from privacy_portal.fanout.models import Connection
from privacy_portal.vocabulary import Actor

pytestmark = pytest.mark.django_db
PROOF = "Proof that the request was answered, without personal data"


@pytest.fixture
def own_files(acme, stores, noon):
    """Beside the two stores, our own request files are in the register."""
    files = Connection.objects.create(controller=acme, code="files", kind="dsr")
    System.objects.create(
        controller=acme, connection=files, code="files", name="Files", kind="dsr", country="IE", registered_at=noon
    )  # fmt: skip


@pytest.fixture
def erase(planned, drain, noon):
    def run(email: str = "ann@example.org") -> SubjectRequest:
        request = planned(email=email)
        seen = request.plans.get().hash
        assessment.accept(request_id=request.pk, plan_hash=seen, by=Actor.staff(1), now=noon)
        assessment.approve(request_id=request.pk, plan_hash=seen, by=Actor.staff(2), now=noon)
        drain(now=noon)
        request.refresh_from_db()
        return request

    return run


def test_the_plan_shows_our_own_files_as_kept_and_on_which_ground(planned, own_files):
    request = planned()

    line = request.plans.get().lines.get(system="files")
    assert (line.found, line.erase, line.change, line.keep) == (1, 0, 0, 1)
    assert line.grounds[0]["reason"] == PROOF


def test_a_request_that_leaves_nothing_but_its_own_proof_is_completed_and_says_so(erase, own_files, client):
    request = erase(email="stranger@example.org")

    assert request.status == Status.COMPLETED
    page = client.get(reverse("dsr:tracking", args=[tracking_token(request)])).content.decode()
    assert PROOF in page
    assert "Only the proof that you asked and we answered is kept" in page


def test_what_a_statute_keeps_is_an_exception_beside_the_proof(erase, own_files, client):
    request = erase()

    assert request.status == Status.COMPLETED_WITH_EXCEPTIONS
    page = client.get(reverse("dsr:tracking", args=[tracking_token(request)])).content.decode()
    assert PROOF in page
    assert "Invoices are kept seven years" in page


def test_free_text_of_an_earlier_request_is_gone_and_the_file_is_kept(planned, erase, own_files, noon):
    earlier = planned("access")
    SubjectRequest.objects.filter(pk=earlier.pk).update(extension_reason="Her name is Ann")

    request = erase()

    earlier.refresh_from_db()
    assert earlier.extension_reason == ""
    files = next(each for each in request.answer.letter["systems"] if each["system"] == "files")
    assert (files["rows_left"], files["datasets"][0]["kept"], files["datasets"][0]["changed"]) == (0, 2, 0)
