"""The fourth walk: a breach is reported, and the officer hears of its deadline in time."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from governance import tasks
from governance.models import Breach
from privacy_portal.demo import company


@pytest.fixture
def token(town, client) -> str:
    """The company's shop signs in with the secret the demo prints."""
    form = {
        "grant_type": "client_credentials",
        "client_id": company.CLIENT_ID,
        "client_secret": town.places.client_secret(),
    }
    return client.post(reverse("api_token"), form).json()["access_token"]


def to_officer(town) -> list[mail.EmailMessage]:
    return [sent for sent in mail.outbox if town.controller.dpo_email in sent.to]


def test_a_breach_told_over_the_api_alerts_the_officer_until_the_authority_is_told(
    town, client, token, time_machine
):
    # door: a service reports it
    seen = {
        "title": "A list went to the wrong agency",
        "description": "412 addresses",
        "systems": ["marketing_service"],
        "categories": ["contact"],
        "people_affected": 412,
    }
    reported = client.post(
        reverse("api_breaches"),
        json.dumps(seen),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert reported.status_code == 201, reported.content

    # action and event: the clock runs from awareness
    breach = Breach.objects.get()
    clock = breach.clocks.get(clock="breach_authority")
    assert clock.due_at - breach.aware_at == timedelta(hours=72)
    assert "breach_reported" in town.events(correlation_id=breach.correlation_id)

    # handler and task: the officer has mail
    town.work()
    assert len(to_officer(town)) == 1

    # the clock: each threshold once, however often the job runs
    for number, hours in enumerate((48, 24, 12, 6, 1), start=1):
        time_machine.move_to(clock.due_at - timedelta(hours=hours, minutes=-1), tick=False)
        for _again in range(3):
            tasks.warn_breach_deadlines()
            town.work()
        assert len(to_officer(town)) == 1 + number
        assert f"{hours} h before" in to_officer(town)[-1].body

    # back: the authority is told in time, and the alerts end
    client.force_login(town.staff("dpo"))
    judged = client.post(
        reverse("governance:breach_assess", args=[breach.pk]),
        {
            "decision": "notify",
            "risk": "risk",
            "reasons": "Addresses may be misused.",
            "measures": "Deletion was asked for.",
        },
    )
    assert judged.status_code == 302
    told = client.post(
        reverse("governance:breach_notify", args=[breach.pk]),
        {
            "phase": "first",
            "notified_at": timezone.now().strftime("%Y-%m-%dT%H:%M"),
            "authority": "DPC",
            "reference": "B-1",
        },
    )
    assert told.status_code == 302
    time_machine.move_to(clock.due_at + timedelta(days=1), tick=False)
    tasks.warn_breach_deadlines()
    town.work()
    assert len(to_officer(town)) == 6
    assert "authority_notified" in town.events(correlation_id=breach.correlation_id)


def test_after_a_downtime_no_alert_is_skipped_and_none_is_sent_twice(town, client, token, time_machine):
    seen = {"title": "A laptop was lost", "description": "On a train"}
    client.post(
        reverse("api_breaches"),
        json.dumps(seen),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    town.work()
    due_at = Breach.objects.get().clocks.get(clock="breach_authority").due_at

    time_machine.move_to(due_at + timedelta(hours=2), tick=False)
    for _again in range(3):
        tasks.warn_breach_deadlines()
        town.work()

    alerts = to_officer(town)[1:]
    assert len(alerts) == 1
    assert all(f"{hours} h before" in alerts[0].body for hours in (48, 24, 12, 6, 1))
    assert "the deadline has passed" in alerts[0].body
