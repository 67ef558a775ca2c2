"""A small town to walk through: the demo company with forty people, its databases, and its services as processes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from django.core import mail
from django.utils import timezone

from privacy_portal import subjects
from privacy_portal.demo import company, processes
from privacy_portal.demo.people import Person
from privacy_portal.demo.places import HTTP_SERVICES, Places
from privacy_portal.demo.witness import Witness
from privacy_portal.fanout.drain import drain
from privacy_portal.fanout.models import SystemTask
from privacy_portal.ledger.models import Event
from privacy_portal.staff.models import User

PEOPLE = 40


@dataclass
class Town:
    places: Places
    people: list[Person]
    witness: Witness
    services: dict[str, processes.Child]

    @property
    def controller(self):
        return company.controller()

    @property
    def ann(self) -> Person:
        """Somebody who has something in every system."""
        return next(person for person in self.people if person.is_lead and person.region.law == "GDPR")

    def subject_id(self, person: Person):
        return subjects.find(controller_id=self.controller.pk, kind="email", value=person.email).pk

    def staff(self, name: str) -> User:
        return User.objects.get(email=f"{name}@example.org")

    def work(self, now: datetime | None = None) -> None:
        """What workers do: deliver events, ask systems, until all is quiet."""
        drain(now=now or timezone.now())

    def told(self, cause_kind: str, verb: str) -> set[tuple[str, str]]:
        """Systems asked for such a case, and how far they are."""
        tasks = SystemTask.objects.filter(cause_kind=cause_kind, verb=verb)
        return set(tasks.values_list("connection__code", "status"))

    def events(self, **narrowed: object) -> list[str]:
        return list(Event.objects.filter(**narrowed).order_by("pk").values_list("type", flat=True))


@pytest.fixture
def town(db, tmp_path, settings, monkeypatch) -> Iterator[Town]:
    places = Places(tmp_path)
    places.make()
    environment = places.environment({name: processes.free_port() for name in HTTP_SERVICES})
    settings.PORTAL_OUTBOUND_ALLOW = frozenset(environment.pop("PORTAL_OUTBOUND_ALLOW").split(","))
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    del environment["PORTAL_DATA_DIR"]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    services = {name: processes.http_service(places, name) for name in HTTP_SERVICES}
    try:
        for service in services.values():
            service.start()
        people = company.load(
            places, now=timezone.now(), say=lambda _line: None, count=PEOPLE, deciding=PEOPLE
        )
        for service in services.values():
            service.wait_until_ready(seconds=60)
        yield Town(places, people, Witness(places), services)
    finally:
        processes.stop_all(list(services.values()))


@pytest.fixture
def lying_marketing(town) -> Town:
    """A marketing service that says it has done everything and does nothing."""
    town.services["marketing_service"].stop()
    script = Path(__file__).with_name("lying_service.py")
    liar = processes.http_service(town.places, "marketing_service")
    liar.command = [sys.executable, str(script), *liar.command[3:]]
    town.services["marketing_service"] = liar
    liar.start()
    liar.wait_until_ready(seconds=60)
    yield town
    liar.stop()


def newest_mail(to: str, words: str = "") -> mail.EmailMessage:
    return [sent for sent in mail.outbox if to in sent.to and words in sent.body + sent.subject][-1]


def link_in(message: mail.EmailMessage, part: str) -> str:
    return re.search(rf"https?://[^/\s]+({part}\S*)", message.body)[1]
