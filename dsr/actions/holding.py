"""A legal hold beats an erasure, however late it was placed: what was not asked yet waits until it is lifted."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from dsr import queries
from dsr.actions.assessment import note
from dsr.models import SubjectRequest
from dsr.states import Status
from privacy_portal.fanout import steering
from privacy_portal.ledger.catalogue import RequestHeld, RequestReleased
from privacy_portal.vocabulary import Actor, CauseKind, Right

KEEPER = Actor.system("dsr.holding")


@transaction.atomic(savepoint=False)
def note_hold(*, controller_id: UUID, subject_id: UUID | None, now: datetime) -> None:
    """A hold was placed or lifted: every erasure under way that it may concern is looked at again.

    The request is locked before holds are read, as where the systems are asked: one of the two sees the other.
    """
    running = SubjectRequest.objects.filter(
        controller_id=controller_id, right=Right.ERASURE, status=Status.FULFILLING
    )
    if subject_id is not None:
        running = running.filter(subject_id=subject_id)
    for pk in running.order_by("pk").values_list("pk", flat=True):
        apply_holds(request=SubjectRequest.objects.locked(pk), now=now)


def apply_holds(*, request: SubjectRequest, now: datetime) -> None:
    """Hold back the tasks a hold stands against, let the others go on. Call with the request locked."""
    holds = queries.holds_against(request)
    by_system = {hold.dataset.system.connection_id: hold.pk for hold in reversed(holds) if hold.dataset}
    everywhere = next((hold.pk for hold in holds if hold.dataset is None), None)
    held, released = steering.hold_back(
        cause_kind=CauseKind.REQUEST,
        cause_id=request.pk,
        by_connection=by_system,
        everywhere=everywhere,
        by=KEEPER,
        now=now,
    )
    for hold_id in sorted({task.held_by for task in held if task.held_by}, key=str):
        systems = tuple(sorted(task.connection.code for task in held if task.held_by == hold_id))
        note(RequestHeld(request_id=request.pk, hold_id=hold_id, systems=systems), request, KEEPER, now)
    if released:
        systems = tuple(sorted(task.connection.code for task in released))
        note(RequestReleased(request_id=request.pk, systems=systems), request, KEEPER, now)
