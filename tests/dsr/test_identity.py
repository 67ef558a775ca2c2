"""The code: few tries, short life, no hint whether anybody is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from dsr.actions import identity, intake
from dsr.actions.links import confirm_token, to_track
from dsr.errors import LinkExpired, WrongCode
from dsr.models import IdentityCheck, SubjectRequest
from dsr.models.intake import Channel
from dsr.states import Status
from privacy_portal import subjects
from privacy_portal.fanout.models import SystemTask
from privacy_portal.vocabulary import Actor

pytestmark = pytest.mark.django_db
FORM = Actor.system("dsr.form")


@pytest.fixture
def request_(acme, noon):
    asked = intake.Asked(
        right="erasure", law="GDPR", identifiers={"email": "ann@example.org"}, channel=Channel.FORM
    )
    return intake.open_request(controller_id=acme.pk, asked=asked, by=FORM, now=noon)


def right_code(request_) -> str:
    return identity.code_of(IdentityCheck.objects.filter(request=request_).latest("made_at").pk)


def wrong_code(request_) -> str:
    return f"{(int(right_code(request_)) + 1) % 1_000_000:06d}"


def confirm(request_, code, now):
    return identity.confirm_identity(request_id=request_.pk, code=code, by=FORM, now=now)


def test_the_right_code_starts_the_search(request_, noon):
    assert confirm(request_, right_code(request_), noon).status == Status.LOCATING


def test_after_five_wrong_codes_the_right_one_is_wrong_too(request_, noon):
    for _try in range(identity.TRIES):
        with pytest.raises(WrongCode):
            confirm(request_, wrong_code(request_), noon)

    with pytest.raises(WrongCode):
        confirm(request_, right_code(request_), noon)


def test_a_code_dies_after_half_an_hour(request_, noon):
    with pytest.raises(WrongCode):
        confirm(request_, right_code(request_), noon + identity.LIFE)


def test_a_new_code_kills_the_old_one(request_, noon):
    old = right_code(request_)
    identity.send_code_again(request_id=request_.pk, by=FORM, now=noon + timedelta(minutes=1))

    with pytest.raises(WrongCode):
        confirm(request_, old, noon + timedelta(minutes=2))


def test_only_so_many_codes_are_sent(request_, noon):
    for number in range(identity.CODES_PER_REQUEST - 1):
        identity.send_code_again(request_id=request_.pk, by=FORM, now=noon + timedelta(minutes=number))

    with pytest.raises(identity.TooManyCodes):
        identity.send_code_again(request_id=request_.pk, by=FORM, now=noon)


def test_a_confirmed_request_takes_no_second_code(request_, noon):
    confirm(request_, right_code(request_), noon)

    with pytest.raises(WrongCode):
        confirm(request_, right_code(request_), noon)


def test_the_code_is_stored_nowhere(request_):
    task = SystemTask.objects.get()

    assert right_code(request_) not in str(task.instructions)
    assert "ann@example.org" not in str(task.instructions)


def test_the_page_is_the_same_whether_the_person_is_known(client, acme, noon):
    subjects.remember(controller_id=acme.pk, identifiers={"email": "known@example.org"}, now=noon)
    pages = []
    for email in ("known@example.org", "unknown@example.org"):
        form = {"right": "access", "email": email, "law": "GDPR"}
        answer = client.post(reverse("dsr:request_form", args=[acme.code]), form)
        page = client.get(answer["Location"])
        reference = SubjectRequest.objects.latest("received_at").reference
        body = page.content.decode().replace(reference, "REF")
        pages.append((answer.status_code, len(body.split("csrfmiddlewaretoken")[0])))

    assert pages[0] == pages[1]


def test_filling_in_the_form_does_not_open_the_tracking_page(request_, client):
    token = confirm_token(request_)

    assert client.get(reverse("dsr:tracking", args=[token])).status_code == 410
    with pytest.raises(LinkExpired):
        to_track(token)


def test_an_expired_or_changed_link_says_what_to_do(client):
    page = client.get(reverse("dsr:tracking", args=["nonsense"]))

    assert page.status_code == 410
    assert "Ask for a new one" in page.content.decode()


def test_a_wrong_code_is_explained_and_the_form_stays(request_, client):
    page = client.post(reverse("dsr:confirm", args=[confirm_token(request_)]), {"code": wrong_code(request_)})

    assert page.status_code == 422
    assert "not right" in page.content.decode()
