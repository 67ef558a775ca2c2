"""Systems that speak our HTTP contract (docs/connector_contract.md): signed, keyed, answered now or by callback."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2

from privacy_portal.connectors import clock
from privacy_portal.connectors.base import Order, Outcome, Refused, State, Unreachable
from privacy_portal.connectors.guard import MOST_BYTES, GuardedTransport
from privacy_portal.connectors.wire.answers import outcome_of, raise_for_problem
from privacy_portal.connectors.wire.records import RecordStream
from privacy_portal.connectors.wire.requests import body_of
from privacy_portal.connectors.wire.signing import Signer
from privacy_portal.vocabulary import Verb

MOST_EXPORT_BYTES = 1 << 30
_LONGEST_CONNECT = 5.0
_LATER = (201, 202)
"""OpenDSR answers 201 to a request it will carry out later; 202 says the same."""


class HttpConnector:
    """Options: `base_url` (or `url`), `async` (it may answer 202 and call back), `repeatable` (default true: it honours
    the idempotency key), `most_export_bytes`. The secret signs what we send (`whsec_…`, two while one replaces the
    other).
    """

    def __init__(
        self, options: Mapping[str, Any], *, secret: str = "", allow: frozenset[str] = frozenset()
    ) -> None:
        base_url = str(options.get("base_url") or options.get("url") or "").rstrip("/")
        if not base_url:
            raise Refused("no_base_url")
        try:
            self._url = httpx2.URL(f"{base_url}/requests")
        except httpx2.InvalidURL:
            raise Refused("bad_url") from None
        self._may_answer_later = bool(options.get("async", False))
        self._most_export_bytes = int(options.get("most_export_bytes", MOST_EXPORT_BYTES))
        self._signer = Signer(secret)
        self._allow = allow
        self.repeatable = bool(options.get("repeatable", True))

    def locate(self, order: Order) -> Outcome:
        return self._ask(order)

    def export(self, order: Order) -> Outcome:
        """The records are read from the open answer while they are iterated, and nothing is kept."""
        response = self._send(order, most_bytes=self._most_export_bytes)
        if response.status_code in _LATER:
            response.close()
            return self._accepted(order)
        return Outcome(records=RecordStream(response))

    def erase(self, order: Order) -> Outcome:
        return self._ask(order)

    def rectify(self, order: Order) -> Outcome:
        return self._ask(order)

    def restrict(self, order: Order) -> Outcome:
        return self._ask(order)

    def expire(self, order: Order) -> Outcome:
        return self._ask(order)

    def notify(self, order: Order) -> Outcome:
        return self._ask(order)

    def _ask(self, order: Order) -> Outcome:
        response = self._send(order, most_bytes=MOST_BYTES)
        try:
            if response.status_code in _LATER:
                return self._accepted(order)
            _check_is_json(response)
            with _failures("half_body"):
                raw = b"".join(response.iter_raw())
        finally:
            response.close()
        return outcome_of(raw)

    def _accepted(self, order: Order) -> Outcome:
        if not (self._may_answer_later and order.callback_url):
            raise Refused("accepted_without_callback")
        return Outcome(state=State.ACCEPTED)

    def _send(self, order: Order, *, most_bytes: int) -> httpx2.Response:
        """The answer's head, its body still to be read. Raises for everything but 2xx."""
        at = clock.utc_now()
        body = body_of(order, at=at, callback=self._may_answer_later)
        with _failures("no_answer"):
            response = _transport(self._url, self._allow).handle_request(
                self._request(order, body, at, most_bytes)
            )
        try:
            raise_for_problem(response, at)
        except (Unreachable, Refused):
            response.close()
            raise
        return response

    def _request(self, order: Order, body: bytes, at: Any, most_bytes: int) -> httpx2.Request:
        wait = order.timeout_seconds
        timeout = {"connect": min(wait, _LONGEST_CONNECT), "read": wait, "write": wait, "pool": wait}
        return httpx2.Request(
            "POST",
            self._url,
            content=body,
            headers={
                "content-type": "application/json",
                "accept": "application/x-ndjson" if order.verb == Verb.EXPORT else "application/json",
                "accept-encoding": "identity",
                "user-agent": "privacy-portal",
                "idempotency-key": f'"{order.key}"',
                **self._signer.headers(order.key, body, at),
            },
            extensions={"timeout": timeout, "max_bytes": most_bytes, "until": time.monotonic() + wait},
        )


def _check_is_json(response: httpx2.Response) -> None:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused("bad_answer")


@contextmanager
def _failures(broken_off: str) -> Iterator[None]:
    """The transport's failures as Unreachable; `broken_off` names a connection that ended too early."""
    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        raise Unreachable("no_connection") from error
    except httpx2.TimeoutException as error:
        raise Unreachable("timeout") from error
    except (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError) as error:
        raise Refused("bad_url") from error
    except httpx2.TransportError as error:
        raise Unreachable(broken_off) from error


_transports: dict[tuple[int, str, frozenset[str]], GuardedTransport] = {}
_making = threading.Lock()


def _transport(url: httpx2.URL, allow: frozenset[str]) -> GuardedTransport:
    """One pool of connections per process and host: a forked worker must not share its parent's sockets."""
    key = (os.getpid(), f"{url.scheme}://{url.netloc.decode()}", allow)
    known = _transports.get(key)
    if known is None:
        with _making:
            known = _transports.setdefault(key, GuardedTransport(allow=allow))
    return known
