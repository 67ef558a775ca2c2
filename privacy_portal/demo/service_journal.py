"""Each order's effect once: a journal in the file, and the transaction, of the effect. Standard library only."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from privacy_portal.demo.service_store import Asked, Impossible, Store, connect, create

READS = ("locate", "export")
VERBS = (*READS, "erase", "rectify", "restrict", "expire", "notify")
KINDS = {
    "email": "email",
    "controller_customer_id": "customer_id",
    "x-phone": "phone",
    "x-device-id": "device_id",
}
TYPES = {kind: identity_type for identity_type, kind in KINDS.items()}
TABLES = """
CREATE TABLE IF NOT EXISTS journal (
    key TEXT PRIMARY KEY, verb TEXT NOT NULL, fingerprint TEXT NOT NULL, received INTEGER NOT NULL DEFAULT 1,
    request TEXT, answer TEXT, callback_url TEXT, called_back INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS effects (id INTEGER PRIMARY KEY, key TEXT NOT NULL, verb TEXT NOT NULL);
"""
Sign = Callable[[str, bytes], dict[str, str]]


class Journal:
    """One service's orders. Every thread has a connection of its own."""

    def __init__(self, *, name: str, path: str, later: bool) -> None:
        self.news = threading.Event()
        self._name, self._path, self._later = name, path, later
        self._local = threading.local()
        create(path, name)
        self._connection.executescript(TABLES)

    def take(self, key: str, raw: bytes) -> tuple[int, dict[str, Any]]:
        """Remember the order and carry it out in one transaction; a key seen before gets the answer it got then."""
        body = json.loads(raw)
        asked = parse(body)
        with self._transaction():
            self._remember(key, raw, body, asked)
            if asked.verb == "export":
                return 200, {"records": list(self._store.rows(asked.identities))}
            if asked.verb == "locate":
                return 200, self._located(key, asked)
            known = self._connection.execute(
                "SELECT answer, callback_url FROM journal WHERE key = ?", (key,)
            ).fetchone()
            if known["answer"]:
                return 200, json.loads(known["answer"])
            if self._later and known["callback_url"]:
                self.news.set()
                return 202, {"subject_request_id": key, "request_status": "pending", "received_time": _now()}
            return 200, self._carry_out(key, asked)

    def entries(self) -> dict[str, Any]:
        rows = self._connection.execute(
            "SELECT key, verb, received, answer IS NOT NULL AS answered, called_back,"
            " (SELECT count(*) FROM effects WHERE effects.key = journal.key) AS effects FROM journal ORDER BY rowid"
        )
        return {"entries": [dict(row) for row in rows]}

    def people(self, identities: list[tuple[str, str]]) -> dict[str, Any]:
        rows = [{"dataset": dataset, "values": values} for dataset, values in self._store.rows(identities)]
        return {"rows": rows, "stopped": self._store.stopped(identities)}

    def _remember(self, key: str, raw: bytes, body: dict[str, Any], asked: Asked) -> None:
        # The same order may be sent again at another moment, and only that may differ.
        same = json.dumps({**body, "submitted_time": None}, sort_keys=True)
        fingerprint = hashlib.sha256(same.encode()).hexdigest()
        known = self._connection.execute("SELECT fingerprint FROM journal WHERE key = ?", (key,)).fetchone()
        if known and known["fingerprint"] != fingerprint:
            raise Impossible("key_reused")
        if known:
            self._connection.execute("UPDATE journal SET received = received + 1 WHERE key = ?", (key,))
            return
        # Reads are answered anew each time; neither question nor answer is kept.
        request = None if asked.verb in READS else raw.decode()
        callback_url = next(iter(body.get("status_callback_urls") or ()), None)
        self._connection.execute(
            "INSERT INTO journal (key, verb, fingerprint, request, callback_url) VALUES (?, ?, ?, ?, ?)",
            (key, asked.verb, fingerprint, request, callback_url if self._later else None),
        )

    def _located(self, key: str, asked: Asked) -> dict[str, Any]:
        identities = [
            {"identity_type": TYPES[kind], "identity_value": value, "identity_format": "raw"}
            for kind, value in self._store.further_identities(asked.identities)
        ]
        return {**_completed(key, self._store.locate(asked)), "subject_identities": identities}

    def _carry_out(self, key: str, asked: Asked) -> dict[str, Any]:
        try:
            outcome = getattr(self._store, asked.verb)(asked)
        except (KeyError, TypeError, ValueError) as error:
            raise Impossible("invalid_request") from error
        answer = _completed(key, outcome)
        self._connection.execute("INSERT INTO effects (key, verb) VALUES (?, ?)", (key, asked.verb))
        # The request named a person; with the effect done it goes.
        done = (json.dumps(answer), key)
        self._connection.execute("UPDATE journal SET answer = ?, request = NULL WHERE key = ?", done)
        return answer

    # -- later answers: first the effect, then the call back, each remembered, so that a restart goes on ---------------
    def work_forever(self, sign: Sign) -> None:
        while True:
            self.news.wait(timeout=1)
            self.news.clear()
            pending = "SELECT key, request FROM journal WHERE answer IS NULL AND request IS NOT NULL"
            for key, request in self._connection.execute(pending).fetchall():
                self._carry_out_later(key, request)
            owed = (
                "SELECT key, answer, callback_url FROM journal WHERE answer IS NOT NULL AND called_back = 0"
            )
            for key, answer, url in self._connection.execute(
                f"{owed} AND callback_url IS NOT NULL"
            ).fetchall():
                self._call_back(key, json.loads(answer), url, sign)

    def _carry_out_later(self, key: str, request: str) -> None:
        try:
            with self._transaction():
                self._carry_out(key, parse(json.loads(request)))
        except Impossible as problem:
            answer = {"subject_request_id": key, "request_status": "failed", "code": problem.code}
            done = (json.dumps(answer), key)
            self._connection.execute("UPDATE journal SET answer = ?, request = NULL WHERE key = ?", done)

    def _call_back(self, key: str, answer: dict[str, Any], url: str, sign: Sign) -> None:
        """Until it is taken: only a 4xx says that asking again is in vain."""
        body = json.dumps({**answer, "status_callback_url": url}).encode()
        message = urllib.request.Request(url, body, sign(f"done-{key}", body))  # noqa: S310 - checked when it came
        try:
            urllib.request.urlopen(message, timeout=10).close()  # noqa: S310
        except urllib.error.HTTPError as error:
            if error.code >= 500 or error.code == 429:
                return
        except OSError:
            return
        self._connection.execute("UPDATE journal SET called_back = 1 WHERE key = ?", (key,))

    @property
    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = connect(self._path)
        connection: sqlite3.Connection = self._local.connection
        return connection

    @property
    def _store(self) -> Store:
        return Store(self._connection, self._name)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """IMMEDIATE: two threads with one key must not both find it unknown."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def parse(body: Mapping[str, Any]) -> Asked:
    """The body of the contract taken apart. Raises Impossible."""
    try:
        ours = body["extensions"]["privacy-portal"]
        asked = Asked(
            verb=ours["verb"],
            identities=_identities(body["subject_identities"]),
            held=_identities(ours.get("held_identities", [])),
            instructions=ours["instructions"],
            values=ours.get("values", {}),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise Impossible("invalid_request") from error
    if any(
        not str(url).startswith(("http://", "https://")) for url in body.get("status_callback_urls") or ()
    ):
        raise Impossible("invalid_request")
    if asked.verb not in VERBS:
        raise Impossible("not_supported")
    return asked


def _identities(given: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (KINDS[each["identity_type"]], each["identity_value"])
        for each in given
        if each["identity_type"] in KINDS
    )


def _completed(key: str, outcome: dict[str, Any]) -> dict[str, Any]:
    return {
        "subject_request_id": key,
        "request_status": "completed",
        "api_version": "2.0",
        "outcome": outcome,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
