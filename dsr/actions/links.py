"""Signed links for people: they name a request by its id and nothing else, and they end.

Two kinds, never mixed up: who filled in a form, or got the code, may enter the code and nothing else; only who entered
it, or reads a later mail, may follow the request and fetch the answer.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing

from dsr.errors import LinkExpired
from dsr.models import SubjectRequest

# A page to enter the code lives as long as a request waits for it: a new code can be asked for there.
_LIFE = {"dsr.confirm": timedelta(days=21), "dsr.tracking": timedelta(days=180)}


def confirm_token(request: SubjectRequest) -> str:
    return signing.dumps(str(request.pk), salt="dsr.confirm")


def tracking_token(request: SubjectRequest) -> str:
    return signing.dumps(str(request.pk), salt="dsr.tracking")


def confirm_url(request: SubjectRequest) -> str:
    """The page that takes the code, as an address for a mail or for a service's own form."""
    return f"{settings.PUBLIC_URL}/privacy/confirm/{confirm_token(request)}"


def tracking_url(request: SubjectRequest) -> str:
    return f"{settings.PUBLIC_URL}/privacy/request/{tracking_token(request)}"


def to_confirm(token: str) -> UUID:
    """Raises LinkExpired for a link that is old or was changed; it does not say which."""
    return _open(token, "dsr.confirm")


def to_track(token: str) -> UUID:
    return _open(token, "dsr.tracking")


def _open(token: str, salt: str) -> UUID:
    try:
        return UUID(signing.loads(token, salt=salt, max_age=_LIFE[salt]))
    except signing.BadSignature as error:
        raise LinkExpired() from error
