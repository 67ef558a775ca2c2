"""Scopes of the API: a table in words, and which of them a client may have."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from oauth2_provider.scopes import BaseScopes

SCOPES: dict[str, str] = {
    "consents:write": "Record, refuse and withdraw consents",
    "decisions:read": "Ask whether data may be used for a purpose",
    "requests:write": "Open subject requests",
    "requests:vouch": "Open subject requests as verified: the service answers for who the person is",
    "requests:read": "Read subject requests and their progress",
    "register:read": "Read systems, purposes and activities",
    "breaches:write": "Report breaches",
    "ledger:read": "Read the ledger and its proofs",
}


class ClientScopes(BaseScopes):
    """An application may ask for the scopes its service was given, and gets them all if it asks for none."""

    def get_all_scopes(self) -> dict[str, str]:
        return SCOPES

    def get_available_scopes(
        self, application: Any = None, request: HttpRequest | None = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        service = getattr(application, "service", None)
        return list(service.scopes) if service else []

    def get_default_scopes(
        self, application: Any = None, request: HttpRequest | None = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return self.get_available_scopes(application)
