"""Links to the preference page: signed, dated, mailed, and silent about who is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consent import queries
from consent.actions import links
from consent.errors import LinkExpired, LinkNotValid
from consent.models import LinkRequest
from consent.queries.links import letter, sign
from privacy_portal import subjects, wiring
from privacy_portal.connectors.base import Identifier
from privacy_portal.errors import Invalid
from privacy_portal.fanout import letters
from privacy_portal.fanout.models import SystemTask


@pytest.fixture
def ask_for(acme, noon):
    def act(email="ann@example.org", now=noon):
        links.ask_for_link(controller_id=acme.pk, email=email, now=now)
        return LinkRequest.objects.latest("asked_at")

    return act


def test_a_link_opens_the_page_of_its_person_for_thirty_days(ann, noon):
    link = queries.preference_link(ann.pk, now=noon)
    token = link.rstrip("/").rsplit("/", 1)[1]

    assert link.endswith(reverse("consent:preference_form", args=[token]))
    assert queries.opened(token, now=noon + timedelta(days=29)) == ann
    with pytest.raises(LinkExpired):
        queries.opened(token, now=noon + timedelta(days=30))


def test_a_changed_link_opens_nothing(ann, noon):
    token = sign(ann.pk, now=noon)
    signed_elsewhere = signing.Signer(salt="other").sign_object([ann.pk.hex, 9999999999])

    for bad in (token[:-1], "x" + token, "", "::", signed_elsewhere):
        with pytest.raises(LinkNotValid):
            queries.opened(bad, now=noon)


def test_a_forgotten_person_has_no_page(ann, noon):
    token = sign(ann.pk, now=noon)
    subjects.forget(subject_id=ann.pk, now=noon)

    with pytest.raises(LinkNotValid):
        queries.opened(token, now=noon)


def test_the_link_of_a_merged_id_opens_the_page_of_the_person(ann, acme, noon):
    device = subjects.remember(controller_id=acme.pk, identifiers={"device_id": "d-1"}, now=noon)
    token = sign(device.pk, now=noon)
    subjects.merge(from_id=device.pk, into_id=ann.pk, now=noon)

    assert queries.opened(token, now=noon) == ann


def test_asking_costs_the_same_whether_the_person_is_known(ask_for, ann):
    def shape(email):
        with CaptureQueriesContext(connection) as captured:
            ask_for(email)
        return [query["sql"].split()[0] for query in captured.captured_queries]

    assert shape("ann@example.org") == shape("ghost@example.org")


def test_a_known_person_gets_one_mail_and_the_task_holds_neither_link_nor_address(ask_for, ann, noon):
    request = ask_for()

    assert links.send_links(now=noon) == 1
    assert links.send_links(now=noon) == 0

    task = SystemTask.objects.get()
    assert task.subject_id == ann.pk
    assert task.instructions["template"] == "consent_preference_link"
    assert "example.org" not in str(task.instructions) and "preferences/" not in str(task.instructions)
    made = letter(task)
    assert queries.opened(made["link"].rstrip("/").rsplit("/", 1)[1], now=noon) == ann
    assert made["last_day"] == (request.asked_at + timedelta(days=30)).date()


def test_an_unknown_address_gets_nothing_and_is_not_kept(ask_for, noon):
    request = ask_for("ghost@example.org")

    assert links.send_links(now=noon) == 0

    request.refresh_from_db()
    assert request.subject is None
    assert request.handled_at == noon
    assert not SystemTask.objects.exists()


def test_nobody_is_flooded(ask_for, ann, noon):
    for minute in range(5):
        ask_for(now=noon + timedelta(minutes=minute))
        links.send_links(now=noon + timedelta(minutes=minute))

    assert SystemTask.objects.count() == links.PER_HOUR


def test_what_is_no_address_is_refused(ask_for):
    with pytest.raises(Invalid):
        ask_for("not an address")


def test_old_requests_are_dropped_after_a_week(ask_for, ann, noon):
    ask_for()
    links.send_links(now=noon)

    assert links.drop_old_requests(now=noon + timedelta(days=6)) == 0
    assert links.drop_old_requests(now=noon + timedelta(days=7)) == 1


def test_the_mail_is_composed_with_the_link_in_both_forms(ask_for, ann, noon):
    letters.register({**wiring.LETTERS, links.LETTER: "consent.queries.links.letter"})
    ask_for()
    links.send_links(now=noon)

    mail = letters.compose(SystemTask.objects.get(), [Identifier("email", "ann@example.org")])

    assert mail["to"] == "ann@example.org"
    assert mail["subject"] == "Your privacy choices at Acme"
    for part in ("text", "html"):
        assert "/preferences/" in mail[part]
        assert "21 December 2026" in mail[part]
