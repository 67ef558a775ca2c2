"""A small service that speaks the connector contract (docs/connector_contract.md): the demo's outside systems, and a
reference for anybody who writes one. It runs in a process of its own and needs nothing but the standard library:

    python -m privacy_portal.demo.service --name marketing_service --db /tmp/marketing.db --port 0 --secret whsec_…

It prints one JSON line with its port. With `--async` it answers 202 and calls back. It writes no log: what it hears is
personal.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Mapping
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from privacy_portal.demo.service_journal import Journal
from privacy_portal.demo.service_store import SERVICES, Impossible

STATUSES = {
    "bad_signature": 401,
    "too_large": 413,
    "busy": 503,
    "key_reused": 422,
    "no_such_dataset": 422,
    "not_supported": 422,
    "not_found": 404,
}
TOLERANCE_SECONDS = 300
MOST_BYTES = 1 << 20


def check_signature(secret: str, headers: Mapping[str, str] | Message, body: bytes) -> None:
    """Standard Webhooks v1, over the raw bytes, before anything reads them."""
    message_id, timestamp = headers.get("webhook-id") or "", headers.get("webhook-timestamp") or ""
    fresh = timestamp.isdecimal() and abs(time.time() - int(timestamp)) <= TOLERANCE_SECONDS
    expected = signature(secret, message_id, timestamp, body).encode()
    given = (headers.get("webhook-signature") or "").encode(errors="replace").split()
    if not (message_id and fresh and any(hmac.compare_digest(expected, each) for each in given)):
        raise Impossible("bad_signature")


def signed_headers(secret: str, message_id: str, body: bytes) -> dict[str, str]:
    timestamp = str(int(time.time()))
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


class Handler(BaseHTTPRequestHandler):
    """`POST /requests` for orders; `GET /journal` and `GET /people?email=…` for an inspector. All signed."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    timeout = 60
    journal: Journal
    secret: str

    def do_GET(self) -> None:
        self._or_problem(self._look)

    def do_POST(self) -> None:
        self._or_problem(self._order)

    def log_message(self, *_: object) -> None:
        """Nothing: a request line can hold an address."""

    def _look(self) -> None:
        check_signature(self.secret, self.headers, b"")
        parts = urlsplit(self.path)
        if parts.path == "/journal":
            self._json(200, self.journal.entries())
        elif parts.path == "/people":
            self._json(200, self.journal.people(parse_qsl(parts.query)))
        else:
            raise Impossible("not_found")

    def _order(self) -> None:
        raw = self._body()
        check_signature(self.secret, self.headers, raw)
        key = self.headers.get("idempotency-key", "").strip('"')
        if self.path != "/requests":
            raise Impossible("not_found")
        if not key:
            raise Impossible("invalid_request")
        status, answer = self.journal.take(key, raw)
        if "records" in answer:
            self._records(answer["records"])
        else:
            self._json(status, answer)

    def _body(self) -> bytes:
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self.close_connection = True  # its bytes would be taken for the next request
            raise Impossible("too_large")
        return self.rfile.read(int(length))

    def _records(self, records: list[tuple[str, dict[str, Any]]]) -> None:
        lines = [json.dumps({"dataset": dataset, "values": values}) for dataset, values in records]
        lines.append(json.dumps({"end": True, "rows": len(records)}))
        self._send(200, "application/x-ndjson", ("\n".join(lines) + "\n").encode())

    def _or_problem(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Impossible as problem:
            self._problem(STATUSES.get(problem.code, 400), problem.code)
        except (json.JSONDecodeError, UnicodeDecodeError):
            self._problem(400, "invalid_request")
        except sqlite3.OperationalError:
            self._problem(503, "busy")

    def _problem(self, status: int, code: str) -> None:
        problem = {"type": "about:blank", "title": code.replace("_", " "), "status": status, "code": code}
        self._send(status, "application/problem+json", json.dumps(problem).encode())

    def _json(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, choices=SERVICES)
    parser.add_argument("--db", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--secret", default=os.environ.get("SERVICE_SECRET", ""))
    parser.add_argument("--callback-secret", default=os.environ.get("SERVICE_CALLBACK_SECRET", ""))
    parser.add_argument("--async", dest="later", action="store_true")
    given = parser.parse_args(arguments)
    if not given.secret:
        parser.error("--secret or SERVICE_SECRET is needed")
    callback_secret = given.callback_secret or given.secret
    Handler.secret = given.secret
    Handler.journal = Journal(name=given.name, path=given.db, later=given.later)

    def sign(message_id: str, body: bytes) -> dict[str, str]:
        return signed_headers(callback_secret, message_id, body)

    server = Server(("127.0.0.1", given.port), Handler)
    threading.Thread(target=Handler.journal.work_forever, args=(sign,), daemon=True).start()
    print(json.dumps({"name": given.name, "port": server.server_port}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
