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
from privacy_portal.ledger.catalogue import CATALOGUE, LedgerVerified
from privacy_portal.ledger.models import Checkpoint, Event, PendingSeal
from privacy_portal.staff.models import User
from privacy_portal.staff.reach import Reach
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
                  | _state(request.reach))  # fmt: skip


@require_POST
@staff_view(Permission.SEE_LEDGER)
def verify_now(request: StaffRequest) -> HttpResponse:
    """Seal what waits, then walk everything from the first leaf."""
    now = timezone.now()
    seal.seal(now=now)
    # Of several controllers one: the check is of the whole ledger, and a check is one line in it.
    asked_at = min(request.reach.where(Permission.SEE_LEDGER), key=str)
    report = verify.verify_on_the_record(controller_id=asked_at, by=request.reach.actor, now=now)
    if report.holds:
        words = _("The ledger holds: %(size)d entries checked, from the first to the last.")
        messages.success(request, words % {"size": report.size})
    else:
        messages.error(request, _("The ledger does not hold. %(what)s") % {"what": report.trouble})
    return redirect("portal:ledger")


def _state(reach: Reach) -> dict[str, Any]:
    return {
        "check": _latest_check(reach),
        "checkpoint": Checkpoint.objects.order_by("-size").first(),
        "unsealed": PendingSeal.objects.count(),
    }


def _latest_check(reach: Reach) -> dict[str, Any] | None:
    """Who had the ledger checked last, when, and what came out; None if nobody at these controllers did."""
    checks = Event.objects.filter(controller_id__in=reach.controller_ids, type=LedgerVerified.type_name())
    event = checks.order_by("-pk").first()
    if event is None:
        return None
    kind, _colon, number = event.actor.partition(":")
    staff = User.objects.filter(pk=number).first() if kind == "staff" else None
    return {"at": event.occurred_at, "by": staff or event.actor, **event.payload}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
