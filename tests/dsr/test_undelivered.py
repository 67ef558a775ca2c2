"""An answer whose mail is refused is not silence: it is seen, tried again, and ended by a person."""

from __future__ import annotations

import smtplib

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from dsr.actions import assessment, delivery
from dsr.actions.delivery import NothingToSend
from privacy_portal.fanout import people
from privacy_portal.fanout.models import SystemTask
from privacy_portal.ledger.models import Event
from privacy_portal.vocabulary import Actor

pytestmark = pytest.mark.django_db
ONE, TWO = Actor.staff(1), Actor.staff(2)


@pytest.fixture
def mailbox(monkeypatch):
    """`mailbox["is_full"] = True` makes the mail server refuse everybody's answer with 550."""
    state = {"is_full": False}
    send = EmailBackend.send_messages

    def refuse(backend, messages):
        if state["is_full"]:
            raise smtplib.SMTPRecipientsRefused({"ann@example.org": (550, b"no such user")})
        return send(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    return state


@pytest.fixture
def lost(planned, mailbox, drain, noon):
    """An erasure whose answer was refused."""
    request = planned()
    seen = request.plans.get().hash
    mailbox["is_full"] = True
    assessment.accept(request_id=request.pk, plan_hash=seen, by=ONE, now=noon)
    assessment.approve(request_id=request.pk, plan_hash=seen, by=TWO, now=noon)
    drain(now=noon)
    return again(request)


def again(request):
    return type(request).objects.select_related("answer", "subject").get(pk=request.pk)


def letter(request) -> SystemTask:
    return SystemTask.objects.get(cause_id=request.pk, instructions__template="dsr_answered")


def test_a_refused_answer_is_an_event_and_a_mark_and_keeps_the_address(lost, noon):
    assert lost.closed_at == noon
    assert lost.answer.undelivered_at == noon
    assert lost.subject.forgotten_at is None
    said = Event.objects.get(type="answer_not_delivered", correlation_id=lost.pk).payload
    assert (said["reason"], said["task_id"]) == ("mail_refused", str(letter(lost).pk))


def test_sent_again_it_arrives_and_the_person_is_forgotten(lost, mailbox, drain, noon):
    mailbox["is_full"] = False

    delivery.send_again(request_id=lost.pk, by=ONE, now=noon)
    drain(now=noon)

    lost = again(lost)
    assert letter(lost).status == "completed"
    assert lost.answer.undelivered_at is None
    assert lost.subject.forgotten_at == noon
    with pytest.raises(NothingToSend):
        delivery.send_again(request_id=lost.pk, by=ONE, now=noon)


@pytest.mark.parametrize("deed", [people.complete_by_hand, people.skip])
def test_a_person_says_how_it_ended_and_then_the_person_is_forgotten(lost, drain, noon, deed):
    deed(
        task_id=letter(lost).pk, reason="The address is dead; sent by post where we could.", by=ONE, now=noon
    )
    drain(now=noon)

    lost = again(lost)
    assert lost.answer.undelivered_at is None
    assert lost.subject.forgotten_at == noon


def test_the_case_the_list_and_the_home_page_say_so(lost, staff, client):
    client.force_login(staff("dpo"))

    case = client.get(reverse("dsr:request_detail", args=[lost.pk])).content.decode()
    rows = client.get(reverse("dsr:request_list") + "?state=undelivered").content.decode()
    home = client.get(reverse("portal:home")).content.decode()

    assert "The answer was not delivered" in case
    assert "Send the mail again" in case
    assert lost.reference in rows
    assert "Answer not delivered" in rows
    assert "Answers not delivered" in home
    answer = client.post(reverse("dsr:deliver", args=[lost.pk]))
    assert answer.status_code == 302
    assert letter(lost).status == "waiting"


def test_another_letter_that_is_refused_is_not_taken_for_the_answer(planned, mailbox, drain, noon):
    mailbox["is_full"] = True

    request = planned()

    assert not Event.objects.filter(type="answer_not_delivered", correlation_id=request.pk).exists()
