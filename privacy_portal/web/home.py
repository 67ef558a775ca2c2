"""The first page of the morning: what will hurt first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import import_string

from privacy_portal.ledger.models import Checkpoint, PendingSeal
from privacy_portal.staff.reach import Reach
from privacy_portal.staff.roles import Permission
from privacy_portal.vocabulary import Tile
from privacy_portal.web.access import StaffRequest, staff_view
from privacy_portal.wiring import HOME, TILES


@staff_view(Permission.SEE_HOME)
def home(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    page = {
        "now": now,
        "tiles": list(_tiles(request.reach, now)),
        "checkpoint": Checkpoint.objects.order_by("-size").first(),
        "unsealed": PendingSeal.objects.count(),
        "sees_requests": request.reach.can_anywhere(Permission.SEE_REQUESTS),
        "sees_retention": request.reach.can_anywhere(Permission.SEE_RETENTION),
        "sees_ledger": request.reach.can_anywhere(Permission.SEE_LEDGER),
    }
    for name, path in HOME.items():
        page[name] = import_string(path)(request.reach, now)
    return render(request, "portal/home.html", page)


def _tiles(reach: Reach, now: datetime) -> Iterable[Tile]:
    for path in TILES:
        tiles: Callable[[Reach, datetime], Iterable[Tile]] = import_string(path)
        yield from tiles(reach, now)
