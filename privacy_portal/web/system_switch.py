"""The switch of a system on the tasks board: pause it, and resume it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from privacy_portal.errors import Conflict
from privacy_portal.fanout import queries, steering
from privacy_portal.fanout.models import Connection
from privacy_portal.staff.roles import Permission
from privacy_portal.web.access import SEE_ANY_TASK, StaffRequest, demand, staff_view


@require_POST
@staff_view(*SEE_ANY_TASK)
def pause(request: StaffRequest, connection_id: UUID) -> HttpResponse:
    system = _switchable(request, connection_id)
    return _switch(
        request, steering.pause_system, system, _("Paused. Nothing is asked of %s until it is resumed.")
    )


@require_POST
@staff_view(*SEE_ANY_TASK)
def resume(request: StaffRequest, connection_id: UUID) -> HttpResponse:
    system = _switchable(request, connection_id)
    return _switch(request, steering.resume_system, system, _("Resumed. %s is asked again."))


def _switchable(request: StaffRequest, connection_id: UUID) -> Connection:
    system = queries.visible_systems(request.reach).filter(pk=connection_id).first()  # by key
    if system is None:
        raise Http404
    demand(request, Permission.PAUSE_SYSTEMS, system.controller_id)
    return system


def _switch(
    request: StaffRequest, deed: Callable[..., Connection], system: Connection, said: str
) -> HttpResponse:
    try:
        deed(connection_id=system.pk, by=request.reach.actor, now=timezone.now())
    except Conflict as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, said % system.code if "%s" in said else said)
    return redirect("portal:task_list")


urlpatterns = [
    path("<uuid:connection_id>/pause", pause, name="system_pause"),
    path("<uuid:connection_id>/resumption", resume, name="system_resume"),
]
