"""What a small service knows about people, in a SQLite file of its own, and what it can be asked to do with it.

Every method works on an open connection; who calls it decides about transactions. Standard library only.
"""

# ruff: noqa: S608 - names of tables and columns come from SERVICES, never from a request
from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Identities = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """`link` is the column that says whose a row is; `start` the moment from which its retention is counted."""

    name: str
    key: str
    link: str
    start: str
    columns: tuple[str, ...]

    def sql(self) -> str:
        columns = [f"{column} TEXT{' PRIMARY KEY' if column == self.key else ''}" for column in self.columns]
        if self.key not in self.columns:
            columns.insert(0, f"{self.key} INTEGER PRIMARY KEY")
        return f"CREATE TABLE IF NOT EXISTS {self.name} ({', '.join(columns)})"


@dataclass(frozen=True)
class Shape:
    """One row per person in `people`, many in `details`; `identities` are the columns a person is found by."""

    people: Table
    details: Table
    identities: tuple[str, ...]


SERVICES = {
    "analytics_service": Shape(
        Table(
            "profiles",
            "customer_id",
            "customer_id",
            "last_seen_at",
            ("customer_id", "device_id", "segment", "last_seen_at", "restricted_at"),
        ),
        Table("events", "id", "customer_id", "at", ("customer_id", "kind", "page", "at")),
        ("customer_id", "device_id"),
    ),
    "marketing_service": Shape(
        Table(
            "subscribers",
            "customer_id",
            "customer_id",
            "last_opened_at",
            ("customer_id", "email", "name", "subscribed_at", "last_opened_at", "restricted_at"),
        ),
        Table("campaign_sends", "id", "email", "sent_at", ("email", "campaign", "sent_at")),
        ("customer_id", "email"),
    ),
}


class Impossible(Exception):
    """The order cannot be carried out; `code` is one of those in docs/connector_contract.md."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Asked:
    """An order as the contract writes it, taken apart."""

    verb: str
    identities: tuple[tuple[str, str], ...]
    held: tuple[tuple[str, str], ...]
    instructions: dict[str, Any]
    values: dict[str, str]


@dataclass(frozen=True)
class Person:
    """The values that point at a person's rows, found before anything is changed."""

    customer_ids: tuple[str, ...]
    details: tuple[str, ...]


def connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def create(path: str, name: str) -> None:
    """Make the service's tables where they are missing; the demo fills them with people."""
    shape = SERVICES[name]
    connection = connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    for table in (shape.people, shape.details):
        connection.execute(table.sql())
    for column in shape.identities[1:]:
        connection.execute(
            f"CREATE INDEX IF NOT EXISTS {shape.people.name}_{column} ON {shape.people.name} ({column})"
        )
    details = shape.details
    connection.execute(
        f"CREATE INDEX IF NOT EXISTS {details.name}_{details.link} ON {details.name} ({details.link})"
    )
    connection.execute(
        "CREATE TABLE IF NOT EXISTS stops (customer_id TEXT, purpose TEXT, PRIMARY KEY (customer_id, purpose))"
    )
    connection.close()


class Store:
    """The seven verbs over one service's two tables; each returns the `outcome` of the contract."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._shape = SERVICES[name]

    def person(self, identities: Identities) -> Person:
        """With what the identities themselves say, so that rows without a profile are found too."""
        customer_ids = {value for kind, value in identities if kind == "customer_id"}
        details = {value for kind, value in identities if kind == self._shape.details.link}
        for row in self._profiles(identities):
            customer_ids.add(row["customer_id"])
            details.add(row[self._shape.details.link])
        return Person(tuple(sorted(customer_ids)), tuple(sorted(filter(None, details))))

    def rows(self, identities: Identities) -> Iterator[tuple[str, dict[str, Any]]]:
        person = self.person(identities)
        for table in (self._shape.people, self._shape.details):
            for row in self._run(f"SELECT * FROM {table.name}", table, person):
                yield table.name, dict(row)

    def further_identities(self, identities: Identities) -> list[tuple[str, str]]:
        known = {
            (kind, row[kind])
            for row in self._profiles(identities)
            for kind in self._shape.identities
            if row[kind]
        }
        return sorted(known - set(identities))

    def locate(self, asked: Asked) -> dict[str, Any]:
        found = self._count(self.person(asked.identities))
        return _outcome([{"dataset": name, "found": rows, "erased": rows} for name, rows in found.items()])

    def erase(self, asked: Asked) -> dict[str, Any]:
        person = self.person(asked.identities)
        found = self._count(person)
        for table in (self._shape.details, self._shape.people):
            self._run(f"DELETE FROM {table.name}", table, person)
        self._run("DELETE FROM stops", self._shape.people, person)
        left = self._count(person)
        datasets = [
            {"dataset": name, "found": rows, "erased": rows - left[name], "left": left[name]}
            for name, rows in found.items()
        ]
        return _outcome(datasets, rows_left=sum(left.values()))

    def rectify(self, asked: Asked) -> dict[str, Any]:
        table, person = self._table(asked.instructions["dataset"]), self.person(asked.identities)
        for name in asked.instructions["fields"]:
            if name not in table.columns or name == table.key:
                raise Impossible("invalid_request")
            self._run(f"UPDATE {table.name} SET {name} = ?", table, person, asked.values[name])
        return self._changed(table, person)

    def restrict(self, asked: Asked) -> dict[str, Any]:
        table, person = self._shape.people, self.person(asked.identities)
        since = "NULL" if asked.instructions.get("lift") else "coalesce(restricted_at, datetime('now'))"
        self._run(f"UPDATE {table.name} SET restricted_at = {since}", table, person)
        return self._changed(table, person)

    def expire(self, asked: Asked) -> dict[str, Any]:
        """Rows older than the order says, save those of people on hold; a profile takes its details along."""
        table, held = self._table(asked.instructions["dataset"]), self.person(asked.held)
        stay = self._values(table, held)
        past = f"FROM {table.name} WHERE julianday({table.start}) < julianday(?)"
        due = f"{past} AND {table.link} NOT IN ({_marks(stay)})"
        bound = (asked.instructions["before"], *stay)
        found = self._connection.execute(f"SELECT count(*) {due}", bound).fetchone()[0]
        if asked.instructions.get("dry_run"):
            return _outcome([{"dataset": table.name, "found": found, "erased": found}])
        pick = f"SELECT {table.key}, {self._shape.details.link} {due} ORDER BY {table.key} LIMIT ?"
        batch = self._connection.execute(pick, (*bound, int(asked.instructions.get("limit", 500)))).fetchall()
        if table is self._shape.people:
            gone = Person((), tuple(row[1] for row in batch if row[1] not in held.details))
            self._run(f"DELETE FROM {self._shape.details.name}", self._shape.details, gone)
        keys = [(row[0],) for row in batch]
        self._connection.executemany(f"DELETE FROM {table.name} WHERE {table.key} = ?", keys)
        left = self._connection.execute(f"SELECT count(*) {due}", bound).fetchone()[0]
        return _outcome(
            [{"dataset": table.name, "found": found, "erased": found - left, "left": left}], rows_left=left
        )

    def notify(self, asked: Asked) -> dict[str, Any]:
        """Carry out what we know how to; the answer names exactly that."""
        person, purpose = self.person(asked.identities), asked.instructions["purpose"]
        known = {
            "stop_processing": self._stop,
            "resume_processing": self._resume,
            "delete_non_essential_data": self._delete_details,
        }
        done = [action for action in asked.instructions.get("actions", ()) if action in known]
        for action in done:
            known[action](person, purpose)
        return _outcome([], actions=done)

    def stopped(self, identities: Identities) -> list[str]:
        """Purposes for which this person's data are no longer used."""
        rows = self._run("SELECT purpose FROM stops", self._shape.people, self.person(identities))
        return sorted({row[0] for row in rows})

    def _stop(self, person: Person, purpose: str) -> None:
        rows = [(customer_id, purpose) for customer_id in person.customer_ids]
        self._connection.executemany("INSERT OR IGNORE INTO stops VALUES (?, ?)", rows)

    def _resume(self, person: Person, purpose: str) -> None:
        rows = [(customer_id, purpose) for customer_id in person.customer_ids]
        self._connection.executemany("DELETE FROM stops WHERE customer_id = ? AND purpose = ?", rows)

    def _delete_details(self, person: Person, purpose: str) -> None:
        self._run(f"DELETE FROM {self._shape.details.name}", self._shape.details, person)

    def _profiles(self, identities: Identities) -> list[sqlite3.Row]:
        found = []
        for kind, value in identities:
            if kind in self._shape.identities:
                find = f"SELECT * FROM {self._shape.people.name} WHERE {kind} = ?"
                found += self._connection.execute(find, (value,)).fetchall()
        return found

    def _changed(self, table: Table, person: Person) -> dict[str, Any]:
        rows = self._count(person)[table.name]
        return _outcome([{"dataset": table.name, "found": rows, "changed": rows}], rows_left=0)

    def _count(self, person: Person) -> dict[str, int]:
        tables = (self._shape.people, self._shape.details)
        return {
            table.name: self._run(f"SELECT count(*) FROM {table.name}", table, person).fetchone()[0]
            for table in tables
        }

    def _run(self, statement: str, table: Table, person: Person, *before: object) -> sqlite3.Cursor:
        """The statement, narrowed to one person's rows."""
        values = self._values(table, person)
        return self._connection.execute(
            f"{statement} WHERE {table.link} IN ({_marks(values)})", (*before, *values)
        )

    def _values(self, table: Table, person: Person) -> tuple[str, ...]:
        return person.customer_ids if table is self._shape.people else person.details

    def _table(self, name: str) -> Table:
        for table in (self._shape.people, self._shape.details):
            if table.name == name:
                return table
        raise Impossible("no_such_dataset")


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))


def _outcome(
    datasets: list[dict[str, Any]], *, rows_left: int | None = None, actions: Sequence[str] = ()
) -> dict[str, Any]:
    return {"state": "done", "datasets": datasets, "rows_left": rows_left, "actions": list(actions)}
