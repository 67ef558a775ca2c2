"""When all is said and nothing is open we forget the person too: key, addresses, and every copy we still hold."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, QuerySet

from dsr import queries
from dsr.actions import own_copies
from dsr.models import SubjectRequest
from dsr.states import CLOSED, Status
from privacy_portal import subjects
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import Status as TaskStatus
from privacy_portal.ledger.catalogue import SubjectForgotten
from privacy_portal.ledger.models import Event
from privacy_portal.ledger.record import record
from privacy_portal.vocabulary import Actor, CauseKind, Right

FORGETTER = Actor.system("dsr.answer")
ERASED = frozenset({Status.COMPLETED, Status.COMPLETED_WITH_EXCEPTIONS})
_TELL_NOTHING = ("data_accessed", "subject_merged")
"""What staff did with the entry does not make it a person we know."""
_SAID = frozenset({TaskStatus.COMPLETED, TaskStatus.SKIPPED})
"""It has gone out, or a person said why it cannot."""
_UNDER_WAY = frozenset({TaskStatus.WAITING, TaskStatus.RUNNING})


def after_closing(*, request: SubjectRequest, now: datetime) -> bool:
    """A request was closed without a letter: was it the last thing an erasure waited for, or all we knew?"""
    erasure_id = erasures(request.subject_id).first()
    if erasure_id is None:
        return never_confirmed(request=request, now=now)
    return after_erasure(request=request, erasure_id=erasure_id, now=now)


def erasures(subject_id: UUID | OuterRef) -> QuerySet[SubjectRequest, UUID]:
    """Erasures that are done while the person is still known, the newest first."""
    done = SubjectRequest.objects.filter(
        subject_id=subject_id, right=Right.ERASURE, status__in=ERASED, subject__forgotten_at=None
    )
    return done.order_by("-closed_at", "pk").values_list("pk", flat=True)


def after_erasure(*, request: SubjectRequest, erasure_id: UUID, now: datetime) -> bool:
    """Forget somebody whose erasure is done, once its answer is out and no letter or request of theirs is under way.

    `request` is the one whose last letter went out or that was closed; it need not be the erasure.
    """
    letters = SystemTask.objects.filter(
        cause_kind=CauseKind.MESSAGE, cause_id__in={request.pk, erasure_id}
    ).values_list("cause_id", "status", "instructions__template")
    told = {(cause_id, template) for cause_id, status, template in letters if status in _SAID}
    if (erasure_id, "dsr_answered") not in told or any(
        status in _UNDER_WAY for _id, status, _name in letters
    ):
        return False
    return _forget(request, erasure_id, now)


def never_confirmed(*, request: SubjectRequest, now: datetime) -> bool:
    """Forget an address that somebody typed in and nobody confirmed, if it is all we know of that person."""
    if request.verified_at is not None or request.status not in CLOSED:
        return False
    ids = subjects.ids_of(subject_id=request.subject_id)
    theirs = SubjectRequest.objects.filter(subject_id__in=ids)
    if theirs.exclude(verified_at=None).exists():
        return False
    if SystemTask.objects.filter(
        cause_kind=CauseKind.MESSAGE, cause_id__in=theirs.values("pk"), status__in=_UNDER_WAY
    ).exists():
        return False
    others = Event.objects.filter(subject_id__in=ids).exclude(correlation_id__in=theirs.values("pk"))
    if others.exclude(type__in=_TELL_NOTHING).exists():
        return False
    return _forget(request, request.pk, now)


def _forget(request: SubjectRequest, cause_id: UUID, now: datetime) -> bool:
    held = queries.held_about(request.subject_id)
    if held["open"] or not subjects.forget(subject_id=request.subject_id, now=now):
        return False
    if any(held[name] for name in queries.COPIES):
        made_before = SubjectRequest.objects.values_list("closed_at", flat=True).get(pk=cause_id)
        ids = subjects.ids_of(subject_id=request.subject_id)
        own_copies.destroy(subject_ids=ids, made_before=made_before or now, now=now)
    record(
        SubjectForgotten(cause_kind=CauseKind.REQUEST, cause_id=cause_id),
        controller_id=request.controller_id,
        subject_id=request.subject_id,
        by=FORGETTER,
        now=now,
        correlation_id=cause_id,
    )
    return True
