"""Reads about requests, for pages and the API. Nothing here writes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from dsr.models import SubjectRequest
from dsr.states import Status
from privacy_portal.staff.reach import Reach
from privacy_portal.staff.roles import Permission

SOON = timedelta(days=5)
WEEK = timedelta(days=7)


def visible(reach: Reach) -> QuerySet[SubjectRequest]:
    """Requests at the controllers where the caller may see requests."""
    return SubjectRequest.objects.filter(controller_id__in=reach.where(Permission.SEE_REQUESTS))


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
        decide=Count("pk", filter=Q(status__in=[Status.PLANNED, Status.ACCEPTED])),
    )
