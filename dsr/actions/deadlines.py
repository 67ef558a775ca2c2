"""What the clock does to requests: tell the person when we are late, close what was never confirmed."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from dsr.actions import forgetting
from dsr.actions.assessment import tell
from dsr.models import SubjectRequest
from dsr.states import MOVES, Status
from privacy_portal.appointments.apart import each
from privacy_portal.ledger.catalogue import IdentityRefused, RequestDelayed
from privacy_portal.ledger.record import record
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor

CLOCK = Actor.system("dsr.clock")
UNCONFIRMED_FOR = timedelta(days=21)


def warn_late(*, now: datetime) -> int:
    """Each open request past its due date gets one mail and one ledger line; unconfirmed ones are closed.

    Returns how many were touched; one that fails does not stop the others (PartlyFailed).
    Running it twice, or after a missed night, does each once.
    """
    late = SubjectRequest.objects.overdue(now).filter(delay_told_at=None).exclude(status=Status.RECEIVED)
    stale = SubjectRequest.objects.filter(status=Status.RECEIVED, received_at__lt=now - UNCONFIRMED_FOR)
    deeds = [
        partial(_tell_delay, pk, now) for pk in late.order_by("due_at", "pk").values_list("pk", flat=True)
    ]
    deeds += [
        partial(_expire, pk, now) for pk in stale.order_by("received_at", "pk").values_list("pk", flat=True)
    ]
    return sum(each(deeds, lambda deed: deed()))


@transaction.atomic
def _tell_delay(pk: UUID, now: datetime) -> bool:
    request = SubjectRequest.objects.select_for_update(of=("self",)).get(pk=pk)
    if request.delay_told_at or not request.is_overdue(now):
        return False
    request.delay_told_at = now
    request.save(update_fields=["delay_told_at"])
    tell(request, "dsr_delayed", by=CLOCK, now=now)
    record(
        RequestDelayed(request_id=request.pk, reason="overdue"),
        controller_id=request.controller_id,
        subject_id=request.subject_id,
        by=CLOCK,
        now=now,
        correlation_id=request.pk,
    )
    return True


@transaction.atomic
def _expire(pk: UUID, now: datetime) -> bool:
    """Nobody proved who they are within the time: closed, and it may be asked anew at any time."""
    request = SubjectRequest.objects.select_for_update(of=("self",)).get(pk=pk)
    if request.status != Status.RECEIVED:
        return False
    check_move(MOVES, request.status, Status.EXPIRED)
    request.status = Status.EXPIRED
    request.closed_at = now
    request.save(update_fields=["status", "closed_at"])
    record(
        IdentityRefused(request_id=request.pk, reason="never_confirmed"),
        controller_id=request.controller_id,
        subject_id=request.subject_id,
        by=CLOCK,
        now=now,
        correlation_id=request.pk,
    )
    forgetting.after_closing(request=request, now=now)
    return True
