"""Signed links to the preference page: an opaque subject id and a last day, nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing

from consent.errors import LinkExpired, LinkNotValid
from consent.models import LinkRequest
from privacy_portal.fanout.models import SystemTask
from privacy_portal.subjects.models import Subject

LINK_DAYS = 30
_SALT = "consent.preference-page"


def preference_link(subject_id: UUID, *, now: datetime) -> str:
    """The address of a person's own page, for 30 days. Mail it to nobody else: who holds it may decide."""
    return f"{settings.PUBLIC_URL}/preferences/{sign(subject_id, now=now)}/"


def sign(subject_id: UUID, *, now: datetime) -> str:
    until = int((now + timedelta(days=LINK_DAYS)).timestamp())
    return signing.Signer(salt=_SALT).sign_object([subject_id.hex, until])


def opened(token: str, *, now: datetime) -> Subject:
    """The living person behind a link. Raises LinkNotValid on a changed link or a forgotten person, LinkExpired."""
    try:
        subject_hex, until = signing.Signer(salt=_SALT).unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError):
        raise LinkNotValid() from None
    subject = Subject.objects.select_related("controller").filter(pk=UUID(subject_hex)).first()  # by key
    while subject is not None and subject.merged_into is not None:
        subject = subject.merged_into
    if subject is None or subject.forgotten_at is not None:
        raise LinkNotValid()
    if until <= now.timestamp():
        raise LinkExpired(controller=subject.controller)
    return subject


def letter(task: SystemTask) -> dict[str, Any]:
    """What the mail with the link says; made when it is sent, so the link is stored nowhere."""
    request = LinkRequest.objects.get(pk=task.cause_id)
    assert request.subject_id is not None
    return {
        "link": preference_link(request.subject_id, now=request.asked_at),
        "last_day": (request.asked_at + timedelta(days=LINK_DAYS)).date(),
    }
