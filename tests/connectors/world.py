"""What the connector tests share: a company's tables and people, the service, and a server that misbehaves."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import urllib.request
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from privacy_portal.connectors.base import Identifier, Order
from privacy_portal.demo.service import signed_headers
from privacy_portal.vocabulary import Verb

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CALLBACK_SECRET = "whsec_plJ3nmyCDGBKInavdOK15jsl8GLiRnBS"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ANN = (Identifier("email", "ann@example.org"), Identifier("customer_id", "1"))
BOB = (Identifier("email", "bob@example.org"), Identifier("customer_id", "2"))

TABLES = (
    "CREATE TABLE accounts (id INTEGER PRIMARY KEY, email VARCHAR(100) NOT NULL UNIQUE, name TEXT,"
    " marketing_opt_in BOOLEAN, last_login_at TIMESTAMP, restricted_at TIMESTAMP)",
    "CREATE TABLE phones (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id), number TEXT)",
    "CREATE TABLE invoices (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id),"
    " name TEXT, note TEXT, total INTEGER, issued_on DATE)",
)
ROWS = (
    "INSERT INTO accounts VALUES (1, 'Ann@Example.org', 'Ann', TRUE, '2020-01-01 00:00:00', NULL),"
    " (2, 'bob@example.org', 'Bob', TRUE, '2025-01-01 00:00:00', NULL),"
    " (3, 'cy@example.org', 'Cy', TRUE, '2019-01-01 00:00:00', NULL)",
    "INSERT INTO phones VALUES (1, 1, '+49 (30) 123-456'), (2, 2, '+49 30 999'), (3, 3, '+49 30 777')",
    "INSERT INTO invoices VALUES (1, 1, 'Ann', 'n', 5, '2024-05-05'), (2, 1, 'Ann', 'n', 5, '2010-05-05'),"
    " (3, 2, 'Bob', 'n', 5, '2024-05-05')",
)
TAX = {
    "category": "financial",
    "erase": "keep",
    "reason": "Tax records are kept seven years",
    "article": "GDPR Art. 17(3)(b)",
    "statute": "AO § 147",
    "start": "issued_on",
    "period": "P7Y",
}
DATASETS = [
    {
        "name": "accounts",
        "table": "accounts",
        "key": "id",
        "identity": {"customer_id": "id", "email": "email"},
        "fields": [
            {"name": "email", "category": "contact"},
            {"name": "name", "category": "identity"},
            {"name": "last_login_at", "category": "behaviour"},
        ],
        "retention": {"start": "last_login_at", "period": "P3Y", "action": "delete"},
    },
    {
        "name": "phones",
        "table": "phones",
        "key": "id",
        "identity": {"phone": "number"},
        "references": [{"field": "account_id", "to": "accounts"}],
        "fields": [{"name": "number", "category": "contact"}],
    },
    {
        "name": "invoices",
        "table": "invoices",
        "key": "id",
        "references": [{"field": "account_id", "to": "accounts"}],
        "fields": [
            {"name": "name", "category": "identity", "erase": "mask"},
            {"name": "note", "category": "communication"},
            {"name": "total", **TAX},
        ],
    },
]
SQL_OPTIONS = {
    "datasets": DATASETS,
    "restriction": {"accounts": "restricted_at"},
    "stop": {"newsletter": {"accounts": {"marketing_opt_in": False}}},
}


def order(verb: str, identifiers: tuple[Identifier, ...] = ANN, **given: object) -> Order:
    facts = {
        "key": str(uuid4()),
        "cause": "request:1",
        "asked_at": NOON,
        "now": NOON,
        "timeout_seconds": 10.0,
    }
    return Order(verb=Verb(verb), identifiers=identifiers, **{**facts, **given})


def fill(url: str) -> str:
    """The company's tables and people in this database."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in (*TABLES, *ROWS):
            connection.exec_driver_sql(statement)
    engine.dispose()
    return url


def read(url: str, statement: str) -> list[tuple]:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]
    finally:
        engine.dispose()


def broken_foreign_keys(url: str) -> int:
    """Rows of this company whose account is gone."""
    orphans = "SELECT count(*) FROM {} WHERE account_id NOT IN (SELECT id FROM accounts)"
    return sum(read(url, orphans.format(table))[0][0] for table in ("phones", "invoices"))


class ServiceProcess:
    """The real service in a process of its own, with Ann, Bob and Cy in it."""

    def __init__(self, path: Path, *, later: bool = False, name: str = "marketing_service") -> None:
        self.path, self.name, self._later = path, name, later
        self._process: subprocess.Popen | None = None
        self.port = 0

    def start(self) -> ServiceProcess:
        arguments = ["--name", self.name, "--db", str(self.path), "--port", str(self.port)]
        arguments += ["--async"] if self._later else []
        environ = {**os.environ, "SERVICE_SECRET": SECRET, "SERVICE_CALLBACK_SECRET": CALLBACK_SECRET}
        command = [sys.executable, "-m", "privacy_portal.demo.service", *arguments]
        self._process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE)
        self.port = json.loads(self._process.stdout.readline())["port"]
        return self

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None

    def fill(self) -> ServiceProcess:
        """Its people as on the first day, and an empty journal."""
        people = [
            ("1", "ann@example.org", "Ann", "2020-01-01"),
            ("2", "bob@example.org", "Bob", "2025-01-01"),
        ]
        sends = [("ann@example.org", "spring", "2021-02-03"), ("bob@example.org", "spring", "2025-02-03")]
        with closing(sqlite3.connect(self.path, timeout=20)) as connection, connection:
            for table in ("subscribers", "campaign_sends", "stops", "journal", "effects"):
                connection.execute(f"DELETE FROM {table}")
            connection.executemany(
                "INSERT INTO subscribers (customer_id, email, name, last_opened_at) VALUES (?, ?, ?, ?)",
                people,
            )
            connection.executemany(
                "INSERT INTO campaign_sends (email, campaign, sent_at) VALUES (?, ?, ?)", sends
            )
        return self

    @property
    def options(self) -> dict[str, object]:
        return {"base_url": f"http://127.0.0.1:{self.port}", "async": self._later}

    @property
    def allow(self) -> frozenset[str]:
        return frozenset({f"127.0.0.1:{self.port}"})

    def look(self, path: str) -> dict:
        """Ask the service itself, signed, past every part of ours."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers=signed_headers(SECRET, "look", b"")
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def entry(self, key: str) -> dict:
        return next(entry for entry in self.look("/journal")["entries"] if entry["key"] == key)


class RawServer:
    """Answers every request with the same bytes, whatever HTTP says about them, and then hangs up."""

    def __init__(self, answer: bytes | list[bytes], *, pause: float = 0.0) -> None:
        self._pieces = [answer] if isinstance(answer, bytes) else answer
        self._pause = threading.Event(), pause
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def options(self) -> dict[str, object]:
        return {"base_url": f"http://127.0.0.1:{self.port}"}

    @property
    def allow(self) -> frozenset[str]:
        return frozenset({f"127.0.0.1:{self.port}"})

    def close(self) -> None:
        self._pause[0].set()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            with connection:
                self.requests.append(_whole_request(connection))
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        event, seconds = self._pause
        try:
            for piece in self._pieces:
                if seconds and event.wait(seconds):
                    return
                connection.sendall(piece)
            # Say goodbye properly, so that the answer is cut off by its own end and not by a reset.
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            return


def _whole_request(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def http_answer(
    body: bytes, *, status: str = "200 OK", kind: str = "application/json", **headers: str
) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    facts = {"content-type": kind, "content-length": str(len(body)), "connection": "close", **named}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in facts.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
