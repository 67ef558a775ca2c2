"""Signed links for people: they name a request by its id and nothing else, and they end.

Two kinds, never mixed up: who filled in a form may enter the code; only who entered the code, or reads the mailbox,
may follow the request and fetch the answer.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core import signing

from dsr.errors import LinkExpired
from dsr.models import SubjectRequest

_LIFE = {"dsr.confirm": timedelta(hours=2), "dsr.tracking": timedelta(days=180)}


def confirm_token(request: SubjectRequest) -> str:
    return signing.dumps(str(request.pk), salt="dsr.confirm")


def tracking_token(request: SubjectRequest) -> str:
    return signing.dumps(str(request.pk), salt="dsr.tracking")


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
