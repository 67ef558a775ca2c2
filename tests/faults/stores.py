"""What the outside systems hold, asked of themselves: two PostgreSQL databases and the files of two services."""

from __future__ import annotations

import email
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from privacy_portal.demo import stores
from privacy_portal.demo.people import Person
from privacy_portal.demo.places import HTTP_SERVICES, Places
from privacy_portal.demo.service_store import SERVICES

OWNERS = {
    "accounts": "id",
    "addresses": "account_id",
    "phones": "account_id",
    "orders": "customer_id",
    "invoices": "customer_id",
    "subscribers": "customer_id",
    "campaign_sends": "email",
    "profiles": "customer_id",
    "events": "customer_id",
}
"""The column of each table that says whose a row is."""

_STATUTE_YEARS = 7
_SLOW_TO_ERASE = ("accounts", "orders")
_ERASE_SECONDS = 0.2

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Letter:
    """A copy of a mail in the outbox; copies of one letter have one key."""

    key: str
    to: str


def fill(places: Places, people: list[Person]) -> None:
    places.make()
    stores.make_databases(places)
    stores.fill(places, people, today=_today(), say=lambda _line: None)
    _be_slow(places)


def drop(places: Places) -> None:
    stores.drop_databases(places)


def rows(places: Places) -> Rows:
    """Every row of every store, in the order of its key."""
    found: Rows = {}
    for name, (_metadata, tables) in stores.TABLES.items():
        with stores.engine(places, name).connect() as connection:
            for table in tables:
                query = sa.select(table).order_by(table.c.id)
                found[table.name] = [dict(row) for row in connection.execute(query).mappings()]
    for name in HTTP_SERVICES:
        with closing(sqlite3.connect(places.service_file(name))) as connection:
            connection.row_factory = sqlite3.Row
            for table in (SERVICES[name].people, SERVICES[name].details):
                query = f"SELECT * FROM {table.name} ORDER BY rowid"  # noqa: S608 - names of the service
                found[table.name] = [dict(row) for row in connection.execute(query)]
    return found


def without(before: Rows, people: Iterable[Person]) -> Rows:
    """What must be there once these people are erased: all of the others, and of them what a statute keeps."""
    gone = {value for person in people for value in (person.customer_id, person.email)}
    return {
        table: [row for row in held if row[OWNERS[table]] not in gone or must_be_kept(table, row)]
        for table, held in before.items()
    }


def must_be_kept(table: str, row: dict[str, Any]) -> bool:
    today = _today()
    return table == "invoices" and row["issued_on"] > today.replace(year=today.year - _STATUTE_YEARS)


def journal(places: Places, service: str) -> dict[str, tuple[str, int, int]]:
    """By key: what the service was asked to do, how often, and how often it did it."""
    query = "SELECT key, verb, received, (SELECT count(*) FROM effects WHERE effects.key = journal.key) FROM journal"
    with closing(sqlite3.connect(places.service_file(service))) as connection:
        return {key: (verb, *counts) for key, verb, *counts in connection.execute(query)}


def mailbox(places: Places) -> dict[str, list[Letter]]:
    """Whole copies of every letter by its key, which its Message-ID repeats; half a file is no mail."""
    letters: dict[str, list[Letter]] = defaultdict(list)
    for file in places.outbox.glob("*.log"):
        *whole, _rest = re.split(r"^-{79}$", file.read_text(), flags=re.MULTILINE)
        for text in whole:
            message = email.message_from_string(text.lstrip("\n"))
            letter = Letter(message["Message-ID"].strip().strip("<").partition("@")[0], message["To"])
            letters[letter.key].append(letter)
    return letters


def database_names(places: Places) -> list[str]:
    return [f"{places.prefix}{name}" for name in stores.TABLES]


def _be_slow(places: Places) -> None:
    """Deleting lasts a moment, so that a kill can hit a store in the middle of its transaction."""
    for name, (_metadata, tables) in stores.TABLES.items():
        with stores.engine(places, name).begin() as connection:
            connection.exec_driver_sql(
                "CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN PERFORM pg_sleep({_ERASE_SECONDS}); RETURN NULL; END $$"
            )
            for table in {table.name for table in tables} & set(_SLOW_TO_ERASE):
                connection.exec_driver_sql(
                    f"CREATE TRIGGER lingers BEFORE DELETE ON {table} EXECUTE FUNCTION linger()"
                )


def _today() -> date:
    return datetime.now(UTC).date()
