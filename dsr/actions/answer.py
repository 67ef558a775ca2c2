"""The answer: a package for who asked to see, a plain account for who asked to be erased; then we forget too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery

from dsr.actions import delivery, forgetting, package
from dsr.actions.assessment import letter_about
from dsr.errors import LinkExpired
from dsr.models import Answer, Download, SubjectRequest
from dsr.states import Status
from privacy_portal.fanout import parcels
from privacy_portal.fanout.ask import ask_graphs
from privacy_portal.fanout.models import Parcel, SystemTask
from privacy_portal.fanout.states import Status as TaskStatus
from privacy_portal.ledger.catalogue import AnswerDownloaded, DataExported, ParcelMade
from privacy_portal.ledger.record import record
from privacy_portal.vocabulary import Actor, CauseKind, Right
from privacy_portal.writing import insert_rows

ANSWERER = Actor.system("dsr.answer")
PACKAGE_LIFE = timedelta(days=14)


class Ended(NamedTuple):
    """A request with its last task done, and what the end is called."""

    request: SubjectRequest
    tasks: list[SystemTask]
    end: Status


def prepare(ended: Sequence[Ended], *, now: datetime) -> None:
    """Make the answers and ask for the mails that say so. Call inside the transaction that closes the requests."""
    letters = {request.pk: account(request, tasks, end) for request, tasks, end in ended}
    packages = _pack(
        [request for request, _tasks, _end in ended if request.right == Right.ACCESS], letters, now
    )
    insert_rows(
        Answer(request=request, parcel=packages.get(request.pk), made_at=now, letter=letters[request.pk])
        for request, _tasks, _end in ended
    )
    mails = [letter_about(request, "dsr_answered") for request, _tasks, _end in ended]
    ask_graphs(mails, by=ANSWERER, now=now)


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
def note_letters(*, request_ids: Collection[UUID], now: datetime) -> None:
    """Mails have gone out. With the last one after an erasure, the person's key and addresses go as well.

    The last one need not be the answer: an earlier mail may have been lost with its worker and be sent again only now;
    or another request of the same person was open until now.
    """
    erased_by = Subquery(forgetting.erasures(OuterRef("subject_id"))[:1])
    waits = Q(erasure_id__isnull=False) | Q(verified_at=None)
    concerned = SubjectRequest.objects.annotate(erasure_id=erased_by).filter(
        Q(waits, closed_at__isnull=False) | Q(answer__undelivered_at__isnull=False)
    )
    # Two letters may end at the same moment; other apps write mails too.
    for request in concerned.select_related("answer").all_locked(request_ids):
        delivery.note_seen_to(request=request)
        if request.closed_at is None:
            continue
        erasure_id: UUID | None = vars(request)["erasure_id"]
        if erasure_id is not None:
            forgetting.after_erasure(request=request, erasure_id=erasure_id, now=now)
        else:
            forgetting.never_confirmed(request=request, now=now)


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


def _pack(
    requests: Sequence[SubjectRequest], letters: Mapping[UUID, dict[str, Any]], now: datetime
) -> dict[UUID, Parcel]:
    """One encrypted package each, out of what the systems sent; their own parcels are destroyed then."""
    sources = _sources(requests)
    packages = {}
    for request in requests:
        sent = sources[request.pk]
        with package.build(request, letters[request.pk], sent) as content:
            packages[request.pk] = parcels.row_of(
                parcels.pack(content, on=now.date()),
                now=now,
                controller_id=request.controller_id,
                cause_kind=CauseKind.REQUEST,
                cause_id=request.pk,
                name=f"{request.reference}.zip",
                expires_at=now + PACKAGE_LIFE,
                subject_id=request.subject_id,
                rows=sum(source.rows for source in sent),
            )
    insert_rows(packages.values())
    parcels.destroy_all((parcel for sent in sources.values() for parcel in sent), now=now)
    for request in requests:
        _record_parcel(request, packages[request.pk], now)
    return packages


def _sources(requests: Sequence[SubjectRequest]) -> dict[UUID, list[Parcel]]:
    sources: dict[UUID, list[Parcel]] = {request.pk: [] for request in requests}
    sent = Parcel.objects.filter(cause_kind=CauseKind.REQUEST, cause_id__in=list(sources), destroyed_at=None)
    for parcel in (
        sent.filter(task__status=TaskStatus.COMPLETED)
        .select_related("task__connection")
        .order_by("task__connection__code", "pk")
    ):
        sources[parcel.cause_id].append(parcel)
    return sources


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
