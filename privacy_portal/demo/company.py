"""Brings the demo company into the product: manifest, staff, a service that may call, and what people decided."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import transaction
from oauth2_provider.models import get_application_model

from privacy_portal import bell, subjects, wiring
from privacy_portal.api.models import ServiceClient
from privacy_portal.api.scopes import SCOPES
from privacy_portal.demo import stores, upstairs
from privacy_portal.demo.people import COUNT, SEED, Person, generate
from privacy_portal.demo.places import Places
from privacy_portal.fanout.models import Connection
from privacy_portal.ledger import record, seal
from privacy_portal.organisation.models import Controller
from privacy_portal.staff.models import Membership, User
from privacy_portal.staff.roles import Role
from privacy_portal.vocabulary import Actor

MANIFEST = Path(__file__).with_name("company.yaml")
CODE = "aurora"
PASSWORD = "walk-through-the-demo"  # noqa: S105 - of people who do not exist, printed at every start
CLIENT_ID = "aurora-shop"
_FORMAT = 1
_BATCH = 100
_BY = Actor.system("demo")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Colleague:
    email: str
    name: str
    role: Role
    controller: str = CODE


STAFF = (
    Colleague("dpo@example.org", "Niamh Ward", Role.DPO),
    Colleague("caseworker@example.org", "Daniel Osei", Role.CASE_WORKER),
    Colleague("second@example.org", "Marta Kowal", Role.CASE_WORKER),
    Colleague("auditor@example.org", "Ingrid Aas", Role.AUDITOR),
    Colleague("owner@example.org", "Maeve Doyle", Role.SYSTEM_OWNER),
    Colleague("admin@example.org", "Ruth Adler", Role.ADMINISTRATOR),
    Colleague("books@example.org", "Lena Vogt", Role.DPO, controller="borealis"),
)
NOTICES = {
    "newsletter": {
        "en": (
            "Newsletter",
            "We send you news and offers by e-mail, about twice a month. You can stop it at any time.",
        ),
        "de": (
            "Newsletter",
            "Wir senden Ihnen etwa zweimal im Monat Neuigkeiten. Sie können das jederzeit beenden.",
        ),
    },
    "analytics": {
        "en": (
            "Usage statistics",
            "We look at how you use our shop, to make it better. You can stop it at any time.",
        ),
        "de": (
            "Nutzungsstatistik",
            "Wir werten aus, wie Sie unseren Shop nutzen. Sie können das jederzeit beenden.",
        ),
    },
}


def is_loaded(places: Places) -> bool:
    """Both halves are there and belong together: the stores in the data directory, and our own database."""
    try:
        mark = json.loads(_mark(places).read_text())
    except (OSError, ValueError):
        return False
    return bool(mark == _expected(places) and User.objects.filter(email=STAFF[0].email).exists())


def load(
    places: Places, *, now: datetime, say: Say, count: int = COUNT, deciding: int = COUNT
) -> list[Person]:
    """Everything from nothing; begun again it goes on. `deciding`: of how many people we know the consents.

    Raises CommandError on a manifest with mistakes.
    """
    people = generate(count, SEED)
    stores.make_databases(places)
    stores.fill(places, people, today=now.date(), say=say)
    say("registering company.yaml")
    register()
    say("inviting staff")
    _invite_staff()
    _let_service_call(places, controller())
    publish_notices(controller().pk, now=now - timedelta(days=400))
    load_consents(controller().pk, people[:deciding], now=now, say=say)
    seal.seal(now=now)
    return people


def controller() -> Controller:
    return Controller.objects.get(code=CODE)


def register() -> None:
    """Also at each later start: the services listen somewhere else every time."""
    call_command("register", str(MANIFEST), verbosity=0)


def note_loaded(places: Places) -> None:
    _mark(places).write_text(json.dumps(_expected(places)))


def publish_notices(controller_id: UUID, *, now: datetime) -> None:
    if upstairs.latest_notices(controller_id):
        return
    for purpose, words in NOTICES.items():
        texts = {language: {"title": title, "body": body} for language, (title, body) in words.items()}
        upstairs.publish_notice(controller_id=controller_id, purpose=purpose, texts=texts, by=_BY, now=now)


def load_consents(controller_id: UUID, people: Sequence[Person], *, now: datetime, say: Say) -> None:
    """What people decided before this product came: the systems know it already, so nobody is told again."""
    with _nobody_listening():
        for start in range(0, len(people), _BATCH):
            say(f"consents of {min(start + _BATCH, len(people))} of {len(people)} people")
            with transaction.atomic():
                for person in people[start : start + _BATCH]:
                    _decide(controller_id, person, now)


def _decide(controller_id: UUID, person: Person, now: datetime) -> None:
    known = subjects.remember(controller_id=controller_id, identifiers=person.identifiers, now=now)
    proof = upstairs.Proof(
        notice_version=1, language="de" if person.region.language == "de" else "en", interface="sign-up"
    )
    told = {"controller_id": controller_id, "subject_id": known.pk, "law": person.region.law, "proof": proof}
    decided_at = now.replace(minute=person.number % 60, second=0, microsecond=0) - timedelta(
        days=1 + person.number % 390
    )
    by = Actor.subject(known.pk)
    for purpose, wanted in (("newsletter", person.newsletter), ("analytics", person.statistics)):
        if wanted:
            upstairs.record_consent(purpose=purpose, decided_at=decided_at, by=by, now=decided_at, **told)
        elif person.number % 5 == 0:
            upstairs.refuse_consent(purpose=purpose, decided_at=decided_at, by=by, now=decided_at, **told)


def _invite_staff() -> None:
    hashed = make_password(PASSWORD)  # once: it is slow on purpose
    for colleague in STAFF:
        is_admin = colleague.role == Role.ADMINISTRATOR
        rights = {"is_staff": is_admin, "is_superuser": is_admin}
        facts = {"name": colleague.name, "password": hashed, **rights}
        user, _made = User.objects.get_or_create(email=colleague.email, defaults=facts)
        employer = Controller.objects.get(code=colleague.controller)
        Membership.objects.get_or_create(user=user, controller=employer, role=colleague.role)
    owner = User.objects.get(email="owner@example.org")
    Connection.objects.filter(controller__code=CODE, code__in=("letters_archive", "payment_service")).update(
        owner=owner
    )


def _let_service_call(places: Places, employer: Controller) -> None:
    """The company's shop signs in with client credentials, for everything a service may ask."""
    applications = get_application_model()
    application, _made = applications.objects.get_or_create(
        client_id=CLIENT_ID,
        defaults={
            "name": "Aurora web shop",
            "client_type": applications.CLIENT_CONFIDENTIAL,
            "authorization_grant_type": applications.GRANT_CLIENT_CREDENTIALS,
            "client_secret": places.client_secret(),
        },
    )
    ServiceClient.objects.get_or_create(
        application=application,
        defaults={"controller": employer, "code": CLIENT_ID, "scopes": sorted(SCOPES)},
    )


@contextmanager
def _nobody_listening() -> Iterator[None]:
    record.subscribe({})
    try:
        with bell.answered_here("portal.deliver", "portal.run_tasks"):
            yield
    finally:
        record.subscribe(wiring.HANDLERS)


def _mark(places: Places) -> Path:
    return places.folder / "loaded.json"


def _expected(places: Places) -> dict[str, object]:
    database = settings.DATABASES["default"]
    ours = f"{database['ENGINE']} {database.get('HOST', '')}:{database.get('PORT', '')} {database['NAME']}"
    return {
        "format": _FORMAT,
        "seed": SEED,
        "people": COUNT,
        "database": ours,
        "stores": places.store_url("*"),
    }
