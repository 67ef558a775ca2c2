"""The person's own page: no log-in, no JavaScript, refusing as easy as accepting."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consent.models import CurrentDecision, Decision, Evidence, LinkRequest
from consent.queries.links import sign
from governance.models import ProcessingActivity


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def url(ann, now):
    return reverse("consent:preference_form", args=[sign(ann.pk, now=now)])


def choice() -> str:
    return CurrentDecision.objects.get().choice


def test_each_purpose_says_what_why_and_where_the_person_stands(client, url, newsletter, purpose):
    purpose("delivery", basis="contract")

    page = client.get(url).content.decode()

    assert "Newsletter in plain words." in page
    assert "You have not decided yet" in page
    assert "We need this to do what you ordered" in page
    assert "Contact" in page


def test_nothing_is_ticked_before_the_person_decided(client, url, newsletter):
    assert " checked" not in client.get(url).content.decode()


def test_the_page_stands_without_scripts_and_is_not_stored(client, url, newsletter):
    answer = client.get(url)

    assert "<script" not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_refusing_all_weighs_as_much_as_accepting_all(client, url, newsletter):
    buttons = re.findall(r"<button([^>]*)name=\"all\" value=\"(yes|no)\">", client.get(url).content.decode())

    assert {value for _attributes, value in buttons} == {"yes", "no"}
    assert len({attributes for attributes, _value in buttons}) == 1


def test_saying_yes_keeps_the_notice_the_language_and_the_evidence(client, url, notice, ann):
    client.post(
        url, {"purpose-newsletter": "yes"}, headers={"User-Agent": "Firefox"}, REMOTE_ADDR="203.0.113.7"
    )

    decision = Decision.objects.get()
    assert (decision.choice, decision.method, decision.language) == ("given", "preference_page", "en")
    assert decision.notice_version == notice
    assert decision.actor == f"subject:{ann.pk}"
    assert Evidence.objects.get().network == "203.0.113.0/24"


def test_taking_back_is_one_form_like_giving_and_tells_what_stops_and_who_is_told(
    client, url, newsletter, drain
):
    client.post(url, {"purpose-newsletter": "yes"})

    saved = client.post(url, {"purpose-newsletter": "no"}, follow=True)

    assert choice() == "withdrawn"
    page = saved.content.decode()
    assert "Stops: Newsletter" in page
    assert "NEWSLETTER-SYSTEM" in page
    assert "You took your consent back" in client.get(url).content.decode()


def test_a_no_from_somebody_never_asked_is_a_refusal(client, url, newsletter):
    saved = client.post(url, {"purpose-newsletter": "no"}, follow=True)

    assert choice() == "refused"
    assert "You said no to" in saved.content.decode()


def test_refuse_all_withdraws_what_was_given_and_refuses_the_rest(client, url, newsletter, purpose):
    purpose("profiling")
    client.post(url, {"purpose-newsletter": "yes"})

    client.post(url, {"purpose-newsletter": "yes", "all": "no"})

    standing = dict(CurrentDecision.objects.values_list("purpose__code", "choice"))
    assert standing == {"newsletter": "withdrawn", "profiling": "refused"}


def test_accept_all_touches_only_what_the_person_decides_about(client, url, newsletter, purpose):
    purpose("delivery", basis="contract")

    client.post(url, {"all": "yes"})

    assert list(CurrentDecision.objects.values_list("purpose__code", flat=True)) == ["newsletter"]


def test_saving_without_a_change_writes_nothing_and_says_so(client, url, newsletter):
    client.post(url, {"purpose-newsletter": "yes"})
    saved = client.post(url, {}, follow=True)

    assert Decision.objects.count() == 1
    assert "Nothing had to change" in saved.content.decode()


def test_an_answer_that_is_neither_is_refused(client, url, newsletter):
    assert client.post(url, {"purpose-newsletter": "perhaps"}).status_code == 422
    assert not Decision.objects.exists()


def test_a_purpose_slipped_into_the_form_is_ignored(client, url, newsletter, purpose):
    purpose("delivery", basis="contract")

    client.post(url, {"purpose-delivery": "no", "purpose-astrology": "yes"})

    assert not Decision.objects.exists()


def test_the_history_lists_every_choice(client, url, newsletter):
    for answer in ("yes", "no", "yes"):
        client.post(url, {"purpose-newsletter": answer})

    page = client.get(url).content.decode()
    assert page.count("You said yes: Newsletter") == 2
    assert "You took your consent back: Newsletter" in page


def test_without_a_csrf_token_nothing_is_saved(url, newsletter, client):
    strict = Client(enforce_csrf_checks=True)
    strict.get(url)

    assert strict.post(url, {"purpose-newsletter": "yes"}).status_code == 403
    assert not Decision.objects.exists()


def test_an_expired_link_says_so_and_shows_the_way_to_a_new_one(client, ann, acme, now, newsletter):
    old = reverse("consent:preference_form", args=[sign(ann.pk, now=now - timedelta(days=31))])

    for answer in (client.get(old), client.post(old, {"purpose-newsletter": "yes"})):
        assert answer.status_code == 410
        assert reverse("consent:preference_door", args=["acme"]) in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_tampered_link_opens_nothing(client, url, newsletter):
    broken = url.replace("/preferences/", "/preferences/x")

    answer = client.get(broken)

    assert answer.status_code == 404
    assert "Get a new link" in answer.content.decode()
    assert client.get(broken + "saved").status_code == 404


def test_the_door_answers_everybody_alike(client, ann, acme):
    door = reverse("consent:preference_door", args=["acme"])

    answers = [
        _without_token(client.post(door, {"email": email}, follow=True).content.decode())
        for email in ("ann@example.org", "ghost@example.org")
    ]

    assert answers[0] == answers[1]
    assert LinkRequest.objects.count() == 2
    assert "ann@example.org" not in answers[0]


def _without_token(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)


def test_the_door_of_nobody_is_404_and_a_bad_address_is_named(client, acme):
    assert client.get(reverse("consent:preference_door", args=["nobody"])).status_code == 404
    answer = client.post(reverse("consent:preference_door", args=["acme"]), {"email": "no"})
    assert answer.status_code == 422


def test_a_purpose_nobody_works_for_is_still_the_persons_to_decide(client, url, newsletter):
    ProcessingActivity.objects.all().delete()
    client.post(url, {"purpose-newsletter": "yes"})

    saved = client.post(url, {"purpose-newsletter": "no"}, follow=True)

    assert "Stops: Newsletter" in saved.content.decode()
