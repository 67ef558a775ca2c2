"""What happened and was not acted on: handlers that failed ten times, shown on the tasks board, tried again there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from privacy_portal.errors import Conflict
from privacy_portal.fanout import queries
from privacy_portal.ledger import deliver
from privacy_portal.ledger.models import Delivery, DeliveryQuerySet
from privacy_portal.staff.reach import Reach
from privacy_portal.staff.roles import Permission
from privacy_portal.vocabulary import Tile
from privacy_portal.web.access import StaffRequest, demand, staff_view

SHOWN = 50
"""So many stand on the board at once; who has seen to them finds the next."""


@require_POST
@staff_view(Permission.SEE_TASKS)
def retry(request: StaffRequest, delivery_id: int) -> HttpResponse:
    """Try the handler again from the start; who did so is in the ledger."""
    given_up = (
        visible(request.reach, Delivery.objects.all()).filter(pk=delivery_id).select_related("event").first()
    )  # by key
    controller_id = given_up.event.controller_id if given_up else None
    if controller_id is None:
        raise Http404
    demand(request, Permission.PAUSE_SYSTEMS, controller_id)
    try:
        deliver.retry_delivery(delivery_id=delivery_id, by=request.reach.actor, now=timezone.now())
    except Conflict as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, _("It is tried again. If it fails as before, it comes back here."))
    return redirect("portal:task_list")


def visible(reach: Reach, deliveries: DeliveryQuerySet) -> DeliveryQuerySet:
    """Those of events at controllers whose tasks one sees."""
    return deliveries.filter(event__controller_id__in=reach.where(Permission.SEE_TASKS))


def listed(reach: Reach) -> dict[str, Any]:
    """The oldest that were given up, and how many there are."""
    deliveries = visible(reach, deliver.dead())
    first = deliveries.select_related("event").order_by("event_id", "pk")[:SHOWN]
    rows = [_row(delivery, reach) for delivery in first]
    return {"rows": rows, "number": len(rows) if len(rows) < SHOWN else deliveries.count()}


def tiles(reach: Reach, now: datetime) -> list[Tile]:
    """One number for the home page: tasks and handlers that go no further without a person."""
    if not reach.can_anywhere(Permission.SEE_TASKS):
        return []
    tasks = queries.visible_tasks(reach).need_person().count()
    number = tasks + visible(reach, deliver.dead()).count()
    return [
        Tile(_("Work that needs a person"), number, f"{reverse('portal:task_list')}?needs=person", "late")
    ]


def _row(delivery: Delivery, reach: Reach) -> dict[str, Any]:
    event = delivery.event
    may_retry = event.controller_id is not None and reach.can(Permission.PAUSE_SYSTEMS, event.controller_id)
    app, deed = delivery.handler.split(".")[0], delivery.handler.split(".")[-1]
    return {
        "event": event.type,
        "happened_at": event.occurred_at,
        "case": event.correlation_id,
        "handler": f"{app}: {deed}".replace("_", " "),
        "code": delivery.last_error,
        "attempts": delivery.attempts,
        "retry": reverse("portal:handler_retry", args=[delivery.pk]) if may_retry else "",
    }


urlpatterns = [path("<int:delivery_id>/retry", retry, name="handler_retry")]
