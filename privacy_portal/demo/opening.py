"""Before the doors open: tables, the company, its past; and a note of what a visitor needs to know."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from privacy_portal import subjects
from privacy_portal.demo import company, groundwork, history, upstairs
from privacy_portal.demo.people import generate
from privacy_portal.demo.places import Places
from privacy_portal.fanout.models import Connection


def make_ready() -> None:
    """Migrate, load what is missing, leave guide.json for the supervisor. Raises CommandError on a bad manifest."""
    places, now, progress = Places.here(), timezone.now(), Progress()
    progress.say("our own database")
    with groundwork.without_waiting_for_the_disk():
        groundwork.migrate()
        if not company.is_loaded(places):
            _load(places, now, progress)
        company.register()  # the services listen somewhere else at each start
    company.note_loaded(places)
    (places.folder / "guide.json").write_text(json.dumps(_guide(places, now)))


class Progress:
    """A line per step, with the seconds since the beginning."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, words: str) -> None:
        print(f"  {time.monotonic() - self._began:5.1f} s  {words}", flush=True)


def _load(places: Places, now: datetime, progress: Progress) -> None:
    people = company.load(places, now=now, say=progress.say)
    history.make(company.controller(), people, now=now, say=progress.say)


def _guide(places: Places, now: datetime) -> dict[str, Any]:
    """Where to click, and the worker's queues."""
    person = generate(1)[0]
    known = subjects.remember(controller_id=company.controller().pk, identifiers=person.identifiers, now=now)
    groups = {*settings.EXECUTOR_GROUPS, *Connection.objects.values_list("group", flat=True)}
    return {
        "queues": ["portal", *sorted(f"fanout.{group}" for group in groups)],
        "staff": [
            [colleague.email, colleague.name, str(colleague.role.label)] for colleague in company.STAFF
        ],
        "password": company.PASSWORD,
        "client": [company.CLIENT_ID, places.client_secret()],
        "person": [person.name, person.email],
        "form": settings.PUBLIC_URL + reverse("dsr:request_form", args=[company.CODE]),
        "preferences": upstairs.preference_link(known.pk, now=now),
        "outbox": settings.PUBLIC_URL + reverse("portal:demo_outbox"),
    }
