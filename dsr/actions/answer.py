"""The answer: a package for who asked to see, a plain account for who asked to be erased; then we forget too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from dsr.actions import delivery, package
from dsr.actions.assessment import tell
from dsr.errors import LinkExpired
from dsr.models import Answer, Download, SubjectRequest
from dsr.states import Status
from privacy_portal import subjects
from privacy_portal.fanout import parcels
from privacy_portal.fanout.models import Parcel, SystemTask
from privacy_portal.fanout.states import Status as TaskStatus
from privacy_portal.ledger.catalogue import AnswerDownloaded, DataExported, ParcelMade, SubjectForgotten
from privacy_portal.ledger.record import record
from privacy_portal.vocabulary import Actor, CauseKind, Right

ANSWERER = Actor.system("dsr.answer")
PACKAGE_LIFE = timedelta(days=14)
ERASED = frozenset({Status.COMPLETED, Status.COMPLETED_WITH_EXCEPTIONS})
UNDER_WAY = frozenset({TaskStatus.WAITING, TaskStatus.RUNNING})


def prepare(*, request: SubjectRequest, tasks: Sequence[SystemTask], end: str, now: datetime) -> Answer:
    """Make the answer and ask for the mail that says so. Call inside the transaction that closes the request."""
    letter = account(request, tasks, end)
    parcel = _pack(request, letter, now) if request.right == Right.ACCESS else None
    answer = Answer.objects.create(request=request, parcel=parcel, made_at=now, letter=letter)
    tell(request, "dsr_answered", by=ANSWERER, now=now)
    return answer


@transaction.atomic
def download(*, request_id: UUID, by: Actor, now: datetime) -> Parcel:
    """Note who fetched the package, before a byte of it leaves. Raises LinkExpired when it is no longer there."""
    answer = (
        Answer.objects.select_related("parcel", "request").filter(request_id=request_id).first()
    )  # one-to-one
    parcel = answer.parcel if answer else None
    if answer is None or parcel is None or parcel.destroyed_at or parcel.expires_at <= now:
        raise LinkExpired("This package has expired or was never made. You can ask again at any time.")
    Download.objects.create(answer=answer, at=now, by=str(by))
    record(
        AnswerDownloaded(request_id=request_id, parcel_id=parcel.pk),
        controller_id=parcel.controller_id,
        subject_id=parcel.subject_id,
        by=by,
        now=now,
        correlation_id=request_id,
    )
    return parcel


@transaction.atomic(savepoint=False)
def note_letter(*, request_id: UUID, now: datetime) -> None:
    """A mail has gone out. With the last one of an erasure, the person's key and addresses go as well.

    The last one need not be the answer: an earlier mail may have been lost with its worker and be sent again only now.
    """
    # Two letters may end at the same moment; other apps write mails too.
    requests = SubjectRequest.objects.select_related("answer").select_for_update(of=("self",))
    request = requests.filter(pk=request_id).first()
    if request is not None:
        delivery.note_seen_to(request=request)
    if request is None or request.right != Right.ERASURE or request.status not in ERASED:
        return
    if request.subject.forgotten_at is not None or not _all_is_said(request):
        return
    if SubjectRequest.objects.filter(subject_id=request.subject_id, closed_at=None).exists():
        return
    subjects.forget(subject_id=request.subject_id, now=now)
    record(
        SubjectForgotten(cause_kind=CauseKind.REQUEST, cause_id=request.pk),
        controller_id=request.controller_id,
        subject_id=request.subject_id,
        by=ANSWERER,
        now=now,
        correlation_id=request.pk,
    )


def _all_is_said(request: SubjectRequest) -> bool:
    """The answer has gone out, or a person said why it cannot; and no other letter still needs the address."""
    letters = SystemTask.objects.of_cause(CauseKind.MESSAGE, request.pk)
    ended = (TaskStatus.COMPLETED, TaskStatus.SKIPPED)
    answered = letters.filter(instructions__template="dsr_answered", status__in=ended)
    return answered.exists() and not letters.filter(status__in=UNDER_WAY).exists()


def account(request: SubjectRequest, tasks: Sequence[SystemTask], end: str) -> dict[str, Any]:
    """What was done, system by system, in numbers and codes: the ground of every letter."""
    systems = [
        {
            "system": task.connection.code,
            "status": task.status,
            "rows_left": task.outcome.get("rows_left") or 0,
            "datasets": task.outcome.get("datasets", []),
        }
        for task in sorted(tasks, key=lambda task: task.connection.code)
    ]
    return {"right": request.right, "end": str(end), "systems": systems}


def _pack(request: SubjectRequest, letter: dict[str, Any], now: datetime) -> Parcel:
    """One encrypted package out of what the systems sent; their own parcels are destroyed then."""
    sources = list(
        Parcel.objects.of_cause(CauseKind.REQUEST, request.pk)
        .filter(task__status=TaskStatus.COMPLETED, destroyed_at=None)
        .select_related("task__connection")
        .order_by("task__connection__code", "pk")
    )
    with package.build(request, letter, sources) as content:
        parcel = parcels.make(
            controller_id=request.controller_id,
            cause_kind=CauseKind.REQUEST,
            cause_id=request.pk,
            name=f"{request.reference}.zip",
            chunks=content,
            expires_at=now + PACKAGE_LIFE,
            now=now,
            subject_id=request.subject_id,
            rows=sum(source.rows for source in sources),
        )
    parcels.destroy_all(sources, now=now)
    _record_parcel(request, parcel, now)
    return parcel


def _record_parcel(request: SubjectRequest, parcel: Parcel, now: datetime) -> None:
    cause: dict[str, Any] = {"cause_kind": CauseKind.REQUEST, "cause_id": request.pk}
    common: dict[str, Any] = {
        "controller_id": request.controller_id,
        "subject_id": request.subject_id,
        "by": ANSWERER,
        "now": now,
        "correlation_id": request.pk,
    }
    record(ParcelMade(parcel_id=parcel.pk, rows=parcel.rows, **cause), **common)
    record(DataExported(parcel_id=parcel.pk, rows=parcel.rows, **cause), **common)
