"""Reads about requests, for pages and the API. Nothing here writes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from dsr.models import PlanLine, SubjectRequest
from dsr.states import Status
from governance.queries import holds_touching
from privacy_portal import subjects
from privacy_portal.staff.reach import Reach
from privacy_portal.staff.roles import Permission
from privacy_portal.stored import as_stored
from privacy_portal.vocabulary import Right

SOON = timedelta(days=5)
WEEK = timedelta(days=7)


def visible(reach: Reach) -> QuerySet[SubjectRequest]:
    """Requests at the controllers where the caller may see requests."""
    return SubjectRequest.objects.filter(controller_id__in=reach.where(Permission.SEE_REQUESTS))


def holds_against(request: SubjectRequest) -> list[Any]:
    """Legal holds that stand against erasing this person: those on the person, and those on a dataset with their rows.

    A hold on a dataset concerns everybody of whom the dry run did not say that they have no row in it.
    """
    if request.right != Right.ERASURE:
        return []
    holds = holds_touching(request.controller_id, request.subject_id)
    if not any(hold.dataset for hold in holds):
        return holds
    plan = request.plans.order_by("-version").first()
    lines = PlanLine.objects.filter(plan=plan, found=0).values_list("connection_id", "dataset")
    without_rows = set(lines) if plan else set()
    return [hold for hold in holds if not hold.dataset or _place(hold.dataset) not in without_rows]


def _place(dataset: Any) -> tuple[Any, str]:
    return dataset.system.connection_id, dataset.name


def by_time_left(reach: Reach, now: datetime) -> dict[str, int]:
    """Open requests by how near their due date is: `calm` (more than 5 full days), `soon`, `late`."""
    counted = counts(reach, now)
    return {name: counted[name] for name in ("calm", "soon", "late")}


def next_due(reach: Reach, now: datetime) -> list[SubjectRequest]:
    """The eight open requests that are due first."""
    return list(visible(reach).open().order_by("due_at", "pk")[:8])  # type: ignore[attr-defined]


def counts(reach: Reach, now: datetime) -> dict[str, int]:
    """All numbers of the home page about requests, in one query."""
    is_open = Q(closed_at=None)
    return visible(reach).aggregate(
        open=Count("pk", filter=is_open),
        late=Count("pk", filter=is_open & Q(due_at__lte=now)),
        soon=Count("pk", filter=is_open & Q(due_at__gt=now, due_at__lte=now + SOON)),
        calm=Count("pk", filter=is_open & Q(due_at__gt=now + SOON)),
        week=Count("pk", filter=is_open & Q(due_at__gt=now, due_at__lte=now + WEEK)),
        unassigned=Count("pk", filter=is_open & Q(owner=None)),
        undelivered=Count("pk", filter=Q(answer__undelivered_at__isnull=False)),
        decide=Count("pk", filter=Q(status__in=[Status.PLANNED, Status.ACCEPTED])),
    )


COPIES = ("evidence", "messages", "packages")
"""What we hold of a person beside the request files themselves."""

_HELD = {
    "open": "dsr_subjectrequest WHERE closed_at IS NULL AND subject_id IN (SELECT id FROM person)",
    "requests": "dsr_subjectrequest WHERE subject_id IN (SELECT id FROM person)",
    "texts": "dsr_subjectrequest WHERE subject_id IN (SELECT id FROM person)"
    " AND (extension_reason <> '' OR refusal_text <> '')",
    "evidence": "portal_evidencekey WHERE subject_id IN (SELECT id FROM person)",
    "messages": "portal_receipt WHERE body IS NOT NULL AND subject_id IN (SELECT id FROM person)",
    "packages": "portal_parcel WHERE destroyed_at IS NULL AND subject_id IN (SELECT id FROM person)"
    " AND cause_id NOT IN (SELECT id FROM dsr_subjectrequest WHERE closed_at IS NULL"
    " AND subject_id IN (SELECT id FROM person))",
}


def held_about(subject_id: UUID) -> dict[str, int]:
    """How many rows about a person our own files hold, under whichever id; in one statement, every request asks it.

    `open` and `texts` are requests still open, and with free text in them; `packages` without those of an open one.
    """
    parts = ", ".join(f"(SELECT COUNT(*) FROM {part})" for part in _HELD.values())  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"WITH person AS ({subjects.ALL_IDS}) SELECT {parts}", [as_stored(subject_id)] * 2)
        return dict(zip(_HELD, cursor.fetchone(), strict=True))
