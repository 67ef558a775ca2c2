"""A request comes in: from the public form, from a service, or written down by staff."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from dsr.actions import forgetting, identity
from dsr.models import SubjectRequest
from dsr.models.intake import Channel
from dsr.states import MOVES, Status
from privacy_portal import subjects
from privacy_portal.errors import Invalid
from privacy_portal.law import deadlines
from privacy_portal.law.shapes import Deadline
from privacy_portal.ledger.catalogue import RequestAssigned, RequestCancelled, RequestOpened
from privacy_portal.ledger.record import record
from privacy_portal.organisation.models import Controller
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor, IdentifierKind, Right

RIGHTS = (Right.ACCESS, Right.ERASURE)
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a door took in. `verified` only from a service that has identified the person itself."""

    right: str
    law: str
    identifiers: Mapping[str, str]
    channel: Channel
    language: str = "en"
    country: str = ""
    verified: bool = False


@transaction.atomic
def open_request(*, controller_id: UUID, asked: Asked, by: Actor, now: datetime) -> SubjectRequest:
    """Take a request in, start its legal clock (GDPR Art. 12(3); 11 CCR 7021) and ask who it is.

    Raises Invalid for a right or law we do not serve, or an identifier that is none; AmbiguousSubject.
    """
    controller = Controller.objects.get(pk=controller_id)
    if asked.right not in RIGHTS:
        raise Invalid("right", f"must be one of {', '.join(RIGHTS)}")
    if IdentifierKind.EMAIL not in asked.identifiers and not asked.verified:
        raise Invalid("identifiers.email", "an e-mail address is needed to confirm who asks")
    due = _deadline(controller, asked, now)
    if due.due_on is None or due.ends_at is None:
        raise Invalid("law", f"{asked.law} sets no date for this right; enter it by hand")
    person = subjects.remember(controller_id=controller_id, identifiers=_trusted(asked), now=now)
    request = SubjectRequest.objects.create(
        id=uuid4(),
        reference=_reference(),
        controller=controller,
        subject=person,
        right=asked.right,
        law=asked.law,
        channel=asked.channel,
        language=asked.language,
        country=asked.country,
        received_at=now,
        due_on=due.due_on,
        due_at=due.ends_at,
        deadline=due.answer(),
    )
    record(
        RequestOpened(request_id=request.pk, right=request.right, law=request.law, channel=request.channel),
        controller_id=controller_id,
        subject_id=person.pk,
        by=by,
        now=now,
        correlation_id=request.pk,
    )
    if asked.verified:
        return identity.accept_identity(request=request, method="service", by=by, now=now)
    identity.send_code(request=request, by=by, now=now)
    return request


@transaction.atomic
def cancel(*, request_id: UUID, by: Actor, now: datetime) -> SubjectRequest:
    """The person changes their mind; possible until systems are being asked. Raises IllegalMove."""
    request = SubjectRequest.objects.locked(request_id)
    check_move(MOVES, request.status, Status.CANCELLED)
    request.status = Status.CANCELLED
    request.closed_at = now
    request.save(update_fields=["status", "closed_at"])
    record(
        RequestCancelled(request_id=request.pk),
        controller_id=request.controller_id,
        subject_id=request.subject_id,
        by=by,
        now=now,
        correlation_id=request.pk,
    )
    forgetting.after_closing(request=request, now=now)
    return request


def _deadline(controller: Controller, asked: Asked, now: datetime) -> Deadline:
    return deadlines.compute(
        law=asked.law,
        clock="request",
        right=asked.right,
        start=now,
        calendar=controller.calendar or None,
        tz=controller.time_zone,
    )


def _trusted(asked: Asked) -> Mapping[str, str]:
    """Until the code comes back only the address it is sent to is believed."""
    if asked.verified:
        return asked.identifiers
    return {IdentifierKind.EMAIL: asked.identifiers[IdentifierKind.EMAIL]}


def _reference() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"R-{letters[:4]}-{letters[4:]}"


@transaction.atomic
def assign(*, request_id: UUID, owner_id: int, by: Actor, now: datetime) -> SubjectRequest:
    """Somebody takes the case."""
    request = SubjectRequest.objects.locked(request_id)
    request.owner_id = owner_id
    request.save(update_fields=["owner"])
    record(
        RequestAssigned(request_id=request.pk, staff_id=owner_id),
        controller_id=request.controller_id,
        subject_id=request.subject_id,
        by=by,
        now=now,
        correlation_id=request.pk,
    )
    return request
