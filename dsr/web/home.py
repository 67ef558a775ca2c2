"""What requests show on the home page."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from dsr import queries
from dsr.models import SubjectRequest
from dsr.web import present
from privacy_portal.staff.reach import Reach
from privacy_portal.staff.roles import Permission
from privacy_portal.vocabulary import Tile
from privacy_portal.web.charts import Chart, Slice, stacked


def on_time_bar(reach: Reach, now: datetime) -> Chart:
    counted = queries.by_time_left(reach, now)
    url = reverse("dsr:request_list")
    return stacked(
        _("Open requests by time left"),
        [
            Slice(_("On time"), counted["calm"], "good", f"{url}?due=later"),
            Slice(_("Due within 5 days"), counted["soon"], "soon", f"{url}?due=soon"),
            Slice(_("Past due"), counted["late"], "late", f"{url}?due=overdue"),
        ],
    )


def next_due(reach: Reach, now: datetime) -> list[SubjectRequest]:
    rows = queries.next_due(reach, now)
    for row in rows:
        row.clock = present.clock(row, now)  # type: ignore[attr-defined]
    return rows


def tiles(reach: Reach, now: datetime) -> list[Tile]:
    if not reach.can_anywhere(Permission.SEE_REQUESTS):
        return []
    counted = queries.counts(reach, now)
    url = reverse("dsr:request_list")
    return [
        Tile(_("Open requests"), counted["open"], f"{url}?state=open", "info"),
        Tile(_("Overdue"), counted["late"], f"{url}?due=overdue", "late"),
        Tile(_("Due in 7 days"), counted["week"], f"{url}?due=week", "soon"),
        Tile(_("Unassigned"), counted["unassigned"], f"{url}?state=open&owner=none", "person"),
        Tile(_("Answers not delivered"), counted["undelivered"], f"{url}?state=undelivered", "late"),
        Tile(_("Waiting for a decision"), counted["decide"], f"{url}?state=decide", "person"),
    ]
