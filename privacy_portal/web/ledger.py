"""The ledger in the browser: what was written, how far it is sealed, and "check it now"."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from privacy_portal.ledger import seal, verify
from privacy_portal.ledger.catalogue import CATALOGUE
from privacy_portal.ledger.models import Checkpoint, Event, PendingSeal
from privacy_portal.staff.roles import Permission
from privacy_portal.web.access import StaffRequest, staff_view

PER_PAGE = 50


@staff_view(Permission.SEE_LEDGER)
def ledger(request: StaffRequest) -> HttpResponse:
    events = Event.objects.filter(controller_id__in=request.reach.controller_ids).select_related("leaf")
    kind = request.GET.get("type", "")
    case = request.GET.get("case", "")
    if kind in CATALOGUE:
        events = events.filter(type=kind)
    if case:
        events = events.filter(correlation_id=case) if _is_uuid(case) else events.none()
    page = Paginator(events.order_by("-pk"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/ledger.html", {"page": page, "types": sorted(CATALOGUE), "kind": kind, "case": case}
                  | _state())  # fmt: skip


@require_POST
@staff_view(Permission.SEE_LEDGER)
def verify_now(request: StaffRequest) -> HttpResponse:
    """Seal what waits, then walk everything from the first leaf."""
    now = timezone.now()
    seal.seal(now=now)
    report = verify.verify_on_the_record(by=request.reach.actor, now=now)
    if report.holds:
        words = _("The ledger holds: %(size)d entries checked, from the first to the last.")
        messages.success(request, words % {"size": report.size})
    else:
        messages.error(request, _("The ledger does not hold. %(what)s") % {"what": report.trouble})
    return redirect("portal:ledger")


def _state() -> dict[str, Any]:
    return {
        "checkpoint": Checkpoint.objects.order_by("-size").first(),
        "unsealed": PendingSeal.objects.count(),
    }


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
