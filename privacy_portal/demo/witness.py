"""Asks the outside systems themselves, past the product: their databases, their own inspection pages, the mailbox."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import sqlalchemy as sa

from privacy_portal.demo import stores
from privacy_portal.demo.places import Places, service_url
from privacy_portal.demo.service import signed_headers
from privacy_portal.web import outbox
from privacy_portal.web.outbox import Mail


class Witness:
    def __init__(self, places: Places) -> None:
        self._places = places
        self._engines = {name: stores.engine(places, name) for name in stores.TABLES}

    def rows(self, store: str, query: str, **values: Any) -> list[dict[str, Any]]:
        """Straight from the store's database."""
        with self._engines[store].connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]

    def count(self, store: str, table: str, where: str = "1 = 1", **values: Any) -> int:
        query = f"SELECT count(*) AS number FROM {table} WHERE {where}"  # noqa: S608 - written in this package
        return int(self.rows(store, query, **values)[0]["number"])

    def person_at(self, service: str, **identities: str) -> dict[str, Any]:
        """`{"rows": […], "stopped": [purposes]}` as the service itself tells an inspector."""
        return self._ask(service, f"/people?{urlencode(identities)}")

    def journal(self, service: str) -> list[dict[str, Any]]:
        """Every order the service remembers, and how many effects each had."""
        return list(self._ask(service, "/journal")["entries"])

    def letter(self, customer_id: str) -> Path:
        return self._places.archive / f"{customer_id}.txt"

    def mails(self, to: str = "") -> list[Mail]:
        """Newest last."""
        return [mail for mail in outbox.read(self._places.outbox) if not to or mail.to == to]

    def _ask(self, service: str, path: str) -> dict[str, Any]:
        address = urlsplit(service_url(service))
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
        try:
            connection.request(
                "GET", path, headers=signed_headers(self._places.secret(service), str(uuid4()), b"")
            )
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise ConnectionError(f"{service} answered {answer.status}")
        return dict(json.loads(body))
