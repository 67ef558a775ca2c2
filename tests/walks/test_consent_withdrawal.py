"""The first walk: a person takes a consent back, and the systems that used it stop."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from consent.queries.links import sign
from privacy_portal.demo.story import consent as story
from privacy_portal.demo.story.stage import NotSo, Stage
from privacy_portal.fanout.models import SystemTask
from privacy_portal.ledger.models import Event

OPTED_IN = "SELECT marketing_opt_in FROM accounts WHERE id = :id"


def test_a_consent_withdrawn_on_the_page_stops_the_systems_that_used_it(town, client):
    ann, subject_id = town.ann, town.subject_id(town.ann)
    before = len(town.events())

    # door: the person's own page, by a signed link
    page = reverse("consent:preference_form", args=[sign(subject_id, now=timezone.now())])
    assert client.get(page).status_code == 200
    saved = client.post(page, {"purpose-newsletter": "no", "purpose-analytics": "yes"})
    assert saved.status_code == 302

    # action and event: one decision, one line of the ledger, nothing has left the house
    event = Event.objects.get(type="consent_withdrawn")
    assert (event.subject_id, event.payload["purpose"]) == (subject_id, "newsletter")
    assert town.events()[before:] == ["consent_withdrawn"]
    assert town.witness.person_at("marketing_service", email=ann.email)["stopped"] == []

    # handler and task: governance tells every system of the purpose, and only those
    town.work()
    assert town.told("withdrawal", "notify") == {
        ("marketing_service", "completed"),
        ("user_service", "completed"),
    }

    # outside: they have stopped
    marketing = town.witness.person_at("marketing_service", email=ann.email)
    assert marketing["stopped"] == ["newsletter"]
    assert {row["dataset"] for row in marketing["rows"]} == {"subscribers"}, (
        "what is not essential was deleted"
    )
    assert not town.witness.rows("user_service", OPTED_IN, id=ann.customer_id)[0]["marketing_opt_in"]
    assert town.witness.person_at("analytics_service", customer_id=ann.customer_id)["stopped"] == []

    # back: the board says who has acknowledged
    client.force_login(town.staff("dpo"))
    board = client.get(reverse("consent:withdrawal_detail", args=[event.payload["decision_id"]]))
    assert "All have stopped" in board.content.decode()


def test_a_withdrawal_waits_for_a_system_that_is_away_and_reaches_it_when_it_is_back(town, client):
    marketing = town.services["marketing_service"]
    marketing.stop()

    page = reverse("consent:preference_form", args=[sign(town.subject_id(town.ann), now=timezone.now())])
    client.post(page, {"purpose-newsletter": "no"})
    town.work()
    assert ("marketing_service", "waiting") in town.told("withdrawal", "notify")
    assert ("user_service", "completed") in town.told("withdrawal", "notify")

    marketing.start()
    marketing.wait_until_ready(seconds=60)
    task = SystemTask.objects.get(cause_kind="withdrawal", connection__code="marketing_service")
    town.work(task.run_after)

    assert town.witness.person_at("marketing_service", email=town.ann.email)["stopped"] == ["newsletter"]
    assert [entry["effects"] for entry in town.witness.journal("marketing_service")] == [1]


def test_the_story_of_the_demo_does_not_believe_a_system_that_lies(lying_marketing):
    """`demo --once` would say so: its checks ask the systems, not our own tables."""
    town = lying_marketing
    stage = Stage(town.places, town.services, town.witness, say=print, people=town.people)

    with pytest.raises(NotSo, match=r"marketing_service stopped \[\], not the newsletter"):
        story.withdraw(stage)

    assert ("marketing_service", "completed") in town.told("withdrawal", "notify")
