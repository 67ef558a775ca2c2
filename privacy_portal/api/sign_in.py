"""Services sign in with OAuth2 client credentials; what they reach is their controller, within their scopes."""

from __future__ import annotations

import time
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils import timezone
from oauth2_provider.models import get_access_token_model
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from privacy_portal.api.models import ServiceClient
from privacy_portal.errors import DomainError
from privacy_portal.staff.reach import Reach

if TYPE_CHECKING:
    # DRF's views read the settings that name the classes below: importing them here would be a circle.
    from rest_framework.views import APIView

_KEEP_SECONDS = 5.0
_known: dict[str, tuple[float, ServiceClient, frozenset[str]]] = {}


class SignInFirst(DomainError):
    """Send an access token: Authorization: Bearer … (POST /api/v1/token, client credentials)."""

    status = 401


class MissingScope(DomainError):
    """This access token does not carry the scope this needs."""

    status = 403


def fast_service(request: HttpRequest, scope: str) -> tuple[ServiceClient, Reach]:
    """Who calls, or SignInFirst / MissingScope. A good token is remembered for at most 5 seconds in this process."""
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInFirst()
    client, scopes = _client_of(token.strip())
    if scope not in scopes:
        raise MissingScope(f"The scope {scope} is needed.")
    return client, Reach(actor=client.actor(), permissions={client.controller_id: frozenset()})


def _client_of(token: str) -> tuple[ServiceClient, frozenset[str]]:
    checksum = sha256(token.encode()).hexdigest()
    hit = _known.get(checksum)
    if hit and hit[0] > time.monotonic():
        return hit[1], hit[2]
    row = (
        get_access_token_model()
        .objects.select_related("application__service")
        .filter(token_checksum=checksum, expires__gt=timezone.now())
        .first()  # the checksum is unique
    )
    service = getattr(getattr(row, "application", None), "service", None)
    if row is None or service is None:
        raise SignInFirst("The access token is unknown or has expired; fetch a new one.")
    scopes = frozenset(row.scope.split()) & frozenset(service.scopes)
    left = (row.expires - timezone.now()) / timedelta(seconds=1)
    if len(_known) > 1000:
        _known.clear()
    _known[checksum] = (time.monotonic() + min(_KEEP_SECONDS, left), service, scopes)
    return service, scopes


def forget_known_tokens() -> None:
    _known.clear()


class ServiceAuthentication(BaseAuthentication):
    """Bearer tokens of services. Sessions of staff do not open the API, so no CSRF token is needed here."""

    def authenticate(self, request: Request) -> tuple[ServiceClient, frozenset[str]] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer":
            raise AuthenticationFailed("Use a bearer token.")
        try:
            return _client_of(token.strip())
        except SignInFirst as error:
            raise AuthenticationFailed(error.detail) from error

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class HasScope(BasePermission):
    """Each view names the scope of each of its methods in `scopes`; what is not named is not allowed."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        scope = getattr(view, "scopes", {}).get(request.method)
        if request.auth is None:
            raise NotAuthenticated(SignInFirst().detail)
        if not hasattr(view, str(request.method).lower()):
            return True  # no scope is missing: the view answers that it does not know the method
        granted: Any = request.auth
        if scope is None or scope not in granted:
            raise MissingScope(f"The scope {scope} is needed.")
        return True
