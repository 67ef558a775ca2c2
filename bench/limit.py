"""The limit: a bare WSGI function under the same server, doing one statement on a pooled psycopg connection.

No framework, no sign-in, no check: nothing that answers over HTTP from the same database can do with less.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from psycopg_pool import ConnectionPool

POOL = ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=8, open=True)
TABLE = (
    "CREATE TABLE bench_limit (id uuid PRIMARY KEY, subject uuid, purpose text, choice text, at timestamptz)"
)
_READ = "SELECT choice, decided_at, valid_until FROM consent_currentdecision WHERE subject_id = %s LIMIT 1"
_WRITE = "INSERT INTO bench_limit (id, subject, purpose, choice, at) VALUES (%s, %s, %s, %s, %s)"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] == "GET":
        status, body = "200 OK", _read(environ["QUERY_STRING"])
    else:
        status, body = "201 Created", _write(environ["wsgi.input"].read())
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _read(query: str) -> bytes:
    subject = parse_qs(query)["subject"][0]
    with POOL.connection() as connection:
        row = connection.execute(_READ, [subject]).fetchone()
    return json.dumps({"subject": subject, "allowed": bool(row and row[0] == "given")}).encode()


def _write(content: bytes) -> bytes:
    asked = json.loads(content)
    key, now = uuid4(), datetime.now(UTC)
    with POOL.connection() as connection:
        connection.execute(_WRITE, [key, asked.get("subject"), asked["purpose"], asked["choice"], now])
    return json.dumps({"id": str(key), "recorded_at": now.isoformat()}).encode()
