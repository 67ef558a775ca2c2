"""A company to measure with: the demo's people, its two SQL systems with five tables, and our own records."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import yaml
from django.core.management import call_command
from django.db import connection
from oauth2_provider.models import get_application_model

from bench import limit
from bench.surroundings import Surroundings
from privacy_portal.api.models import ServiceClient
from privacy_portal.api.scopes import SCOPES
from privacy_portal.demo import company, lives, stores
from privacy_portal.demo.people import Person, generate
from privacy_portal.ledger import seal
from privacy_portal.organisation.models import Controller

KEPT_SYSTEMS = ("user_service", "payment_service", "consent_records", "request_records")
CLIENT = "bench"


def load(around: Surroundings, count: int, *, now: datetime, say: Callable[[str], None]) -> list[Person]:
    """Migrate, register, fill the five tables and record what everybody decided before."""
    say("migrating")
    call_command("migrate", verbosity=0)
    people = generate(count)
    _fill(around, people, now)
    manifest = around.folder / "company.yaml"
    manifest.write_text(yaml.safe_dump(_narrowed(company.MANIFEST)))
    call_command("register", str(manifest), verbosity=0)
    controller = Controller.objects.get(code=company.CODE)
    _let_in(controller, around.places.client_secret())
    company.publish_notices(controller.pk, now=now - timedelta(days=400))
    company.load_consents(controller.pk, people, now=now, say=say)
    seal.seal(now=now)
    with connection.cursor() as cursor:
        cursor.execute(limit.TABLE)
        cursor.execute("ANALYZE")
    return people


def access_token(port: int, secret: str) -> str:
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": secret}
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/token", data=data, timeout=20) as response:
        return str(json.load(response)["access_token"])


def controller_id() -> UUID:
    return Controller.objects.get(code=company.CODE).pk


def _narrowed(manifest: Path) -> dict[str, object]:
    """The demo's manifest without systems that are services of their own, or people."""
    content = yaml.safe_load(manifest.read_text())
    aurora = next(entry for entry in content["controllers"] if entry["code"] == company.CODE)
    aurora["systems"] = [entry for entry in aurora["systems"] if entry["code"] in KEPT_SYSTEMS]
    for system in aurora["systems"]:
        system["after"] = [code for code in system.get("after", ()) if code in KEPT_SYSTEMS]
    aurora["flows"] = [
        flow for flow in aurora["flows"] if {flow["from"], flow.get("to", flow["from"])} <= set(KEPT_SYSTEMS)
    ]
    return {**content, "controllers": [aurora]}


def _fill(around: Surroundings, people: Sequence[Person], now: datetime) -> None:
    rows = lives.rows_of(people, today=now.date())
    for name, (metadata, tables) in stores.TABLES.items():
        with stores.engine(around.places, name).begin() as store:
            metadata.create_all(store)
            for table in tables:
                store.execute(table.insert(), rows[table.name])


def _let_in(controller: Controller, secret: str) -> None:
    """The calling service, with every scope."""
    applications = get_application_model()
    application = applications.objects.create(
        client_id=CLIENT,
        name="Measuring",
        client_type=applications.CLIENT_CONFIDENTIAL,
        authorization_grant_type=applications.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret,
    )
    ServiceClient.objects.create(
        application=application, controller=controller, code=CLIENT, scopes=sorted(SCOPES)
    )
