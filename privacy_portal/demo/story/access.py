"""A person asks what is known, and gets all of it and nothing of anybody else."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

from django.core.files.storage import storages
from django.test import Client

from privacy_portal.demo.people import Person
from privacy_portal.demo.story.stage import Stage, check
from privacy_portal.fanout.models import Parcel
from privacy_portal.vocabulary import Right

_SQL = {
    "user_service": {
        "accounts": "SELECT id FROM accounts WHERE id = :id",
        "addresses": "SELECT id FROM addresses WHERE account_id = :id",
        "phones": "SELECT id FROM phones WHERE account_id = :id",
    },
    "payment_service": {
        "orders": "SELECT id FROM orders WHERE customer_id = :id",
        "invoices": "SELECT id FROM invoices WHERE customer_id = :id",
    },
}


def answer(stage: Stage) -> str:
    person = stage.lead(1)
    letter = stage.witness.letter(person.customer_id).read_bytes()

    request = stage.confirmed_request(person, Right.ACCESS)
    stage.answer_by_hand(request.pk, reason="Found in the binders and copied", evidence=letter)
    request.refresh_from_db()
    check(request.status == "completed", f"the request ended as {request.status}")

    _check_sealed(request, person)
    archive = _download(stage, person)
    package = json.loads(archive.read("data.json"))
    found = _counts(package)
    for system, expected in _held(stage, person).items():
        check(
            found.get(system) == expected, f"{system} holds {expected}, the package has {found.get(system)}"
        )
    check(
        any(archive.read(name) == letter for name in archive.namelist()),
        "the letter of the archive is not in the package",
    )
    _check_nobody_else(stage, package, person)
    rows = sum(sum(tables.values()) for tables in found.values())
    return f"{rows} rows of {len(found)} systems, downloaded and compared"


def _download(stage: Stage, person: Person) -> zipfile.ZipFile:
    """As the person does it: the link in the mail, the button on the page."""
    link = stage.newest_mail(person, "/privacy/request/").link("/privacy/request/")
    response = Client().post(f"{link}/download")
    check(response.status_code == 200, f"the download answered {response.status_code}")
    stream: Iterable[bytes] = getattr(response, "streaming_content", None) or [response.content]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(stream)))
    names = set(archive.namelist())
    check(
        {"index.html", "data.json"} <= names and any(name.endswith(".csv") for name in names),
        f"the package has {names}",
    )
    return archive


def _counts(package: dict[str, Any]) -> dict[str, dict[str, int]]:
    systems = package["systems"].items()
    return {
        system: {name: len(rows) for name, rows in datasets.items() if rows} for system, datasets in systems
    }


def _held(stage: Stage, person: Person) -> dict[str, dict[str, int]]:
    """What the systems themselves hold about the person."""
    held: dict[str, dict[str, int]] = {}
    for system, queries in _SQL.items():
        tables = {
            name: len(stage.witness.rows(system, query, id=person.customer_id))
            for name, query in queries.items()
        }
        held[system] = {name: number for name, number in tables.items() if number}
    for service in ("analytics_service", "marketing_service"):
        rows = stage.witness.person_at(service, customer_id=person.customer_id)["rows"]
        held[service] = {
            name: sum(row["dataset"] == name for row in rows) for name in {row["dataset"] for row in rows}
        }
    check(all(held.values()), f"before: every system should hold something, but they hold {held}")
    return held


def _check_sealed(request: Any, person: Person) -> None:
    """What lies on the disk cannot be read, and what the systems sent for the package is gone."""
    parcels = Parcel.objects.of_cause("request", request.pk)
    kept = [parcel for parcel in parcels if parcel.destroyed_at is None]
    check(len(kept) == 1, f"{len(kept)} parcels lie there, only the package should")
    with storages["parcels"].open(kept[0].path, "rb") as file:
        content = file.read()
    readable = content.startswith(b"PK") or person.email.encode() in content or b"index.html" in content
    check(not readable, "the package lies readable on the disk")


def _check_nobody_else(stage: Stage, package: dict[str, Any], person: Person) -> None:
    text = json.dumps(package, ensure_ascii=False)
    others = [
        other.customer_id for other in stage.people if other is not person and other.customer_id in text
    ]
    check(not others, f"the package also tells of {', '.join(others[:3])}")
