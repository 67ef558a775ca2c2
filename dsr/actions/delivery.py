"""An answer that did not arrive: it is seen, tried again, and ends only when a person says how."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from dsr.actions.assessment import note
from dsr.models import SubjectRequest
from privacy_portal.errors import Conflict
from privacy_portal.fanout import people
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import Status
from privacy_portal.ledger.catalogue import AnswerNotDelivered
from privacy_portal.vocabulary import Actor, CauseKind

POSTMAN = Actor.system("dsr.delivery")
LOST = (Status.FAILED, Status.WAITING_ON_PERSON)


class NothingToSend(Conflict):
    """No answer of this request is waiting to be sent again."""


@transaction.atomic(savepoint=False)
def note_lost_letter(*, request_id: UUID, task_id: UUID, reason: str, now: datetime) -> None:
    """Mark the answer as not delivered, unless it was sent again meanwhile; other letters are no answers."""
    request = SubjectRequest.objects.select_for_update(of=("self",)).filter(pk=request_id).first()
    lost = lost_answer(request_id)
    if request is None or lost is None or lost.pk != task_id:
        return
    request.answer.undelivered_at = now
    request.answer.save(update_fields=["undelivered_at"])
    note(AnswerNotDelivered(request_id=request.pk, task_id=task_id, reason=reason), request, POSTMAN, now)


def note_seen_to(*, request: SubjectRequest) -> None:
    """The mark goes when the mail has gone out after all, or a person said how it ended. Call with the row locked."""
    answer = getattr(request, "answer", None)
    if answer is not None and answer.undelivered_at and lost_answer(request.pk) is None:
        answer.undelivered_at = None
        answer.save(update_fields=["undelivered_at"])


@transaction.atomic
def send_again(*, request_id: UUID, by: Actor, now: datetime) -> SubjectRequest:
    """Try the mail once more, under the same key. Raises NothingToSend."""
    request = SubjectRequest.objects.locked(request_id)
    lost = lost_answer(request_id)
    if lost is None:
        raise NothingToSend()
    people.retry(task_id=lost.pk, by=by, now=now)
    return request


def lost_answer(request_id: UUID) -> SystemTask | None:
    """The letter with the answer, while it waits for a person."""
    letters = SystemTask.objects.of_cause(CauseKind.MESSAGE, request_id)
    lost = letters.filter(instructions__template="dsr_answered", status__in=LOST)
    return lost.order_by("-asked_at", "pk").first()
