"""A way back to one's choices for who has lost the link: a form that answers everybody alike, and a mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from consent.models import LinkRequest
from privacy_portal import bell, subjects
from privacy_portal.fanout.ask import Cause
from privacy_portal.fanout.letters import ask_letter
from privacy_portal.vocabulary import Actor, CauseKind, IdentifierKind

LETTER = "consent_preference_link"
PER_HOUR = 3
"""More mails than this in an hour to one person are not sent: the form must not be a way to flood somebody."""
KEEP = timedelta(days=7)
BY_THE_FORM = Actor.system("preference-form")


@transaction.atomic
def ask_for_link(*, controller_id: UUID, email: str, now: datetime) -> None:
    """Note that somebody asked. The same two queries and the same silence whether we know the address or not.

    Raises Invalid on what is no e-mail address.
    """
    subject = subjects.find(controller_id=controller_id, kind=IdentifierKind.EMAIL, value=email)
    LinkRequest.objects.create(controller_id=controller_id, subject=subject, asked_at=now)
    bell.ring("consent.send_links")


def send_links(*, now: datetime) -> int:
    """Ask for the mails that were asked for; returns how many. Any number of workers may do this at once."""
    waiting = (
        LinkRequest.objects.filter(handled_at=None).order_by("asked_at", "pk").values_list("pk", flat=True)
    )
    return sum(send_link(request_id=pk, now=now) for pk in list(waiting[:200]))


@transaction.atomic
def send_link(*, request_id: UUID, now: datetime) -> bool:
    """Hand one to the fan-out; False if it was handled already, is for nobody we know, or is one too many."""
    request = LinkRequest.objects.select_for_update(of=("self",)).get(pk=request_id)
    if request.handled_at is not None:
        return False
    known = request.subject is not None and not _too_many(request, now)
    if known:
        ask_letter(
            LETTER,
            controller=request.controller,
            cause=Cause(CauseKind.MESSAGE, request.pk, request.pk),
            due_at=request.asked_at + timedelta(hours=1),
            by=BY_THE_FORM,
            now=now,
            subject_id=request.subject_id,
        )
    request.handled_at = now
    request.save(update_fields=["handled_at"])
    return known


def drop_old_requests(*, now: datetime) -> int:
    """Who asked for a link is of no use after a week. Returns how many were deleted."""
    return LinkRequest.objects.filter(handled_at__lte=now - KEEP).delete()[0]


def _too_many(request: LinkRequest, now: datetime) -> bool:
    hour = timedelta(hours=1)
    lately = LinkRequest.objects.filter(subject=request.subject, handled_at__gte=now - hour)
    return lately.count() >= PER_HOUR
