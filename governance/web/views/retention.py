"""Sweeps: the plan with its counts, and the three things a person may do with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from governance.actions import retention
from governance.models import Sweep
from governance.queries import pages
from governance.queries import retention as reading
from governance.states import SweepStatus
from governance.web.filters import SweepFilter
from governance.web.forms import ReasonForm
from privacy_portal.errors import DomainError
from privacy_portal.staff.roles import Permission
from privacy_portal.vocabulary import Actor
from privacy_portal.web import charts
from privacy_portal.web.access import StaffRequest, demand, staff_view, within_or_404

PER_PAGE = 50
COLUMNS = [
    {"label": gettext_lazy("Night")},
    {"label": gettext_lazy("Controller")},
    {"label": gettext_lazy("Stage")},
    {"label": gettext_lazy("Past their time"), "numeric": True},
    {"label": gettext_lazy("Erased"), "numeric": True},
    {"label": gettext_lazy("On hold"), "numeric": True},
    {"label": gettext_lazy("Left"), "numeric": True},
]


@staff_view(Permission.SEE_RETENTION)
def sweep_list(request: StaffRequest) -> HttpResponse:
    sweeps = reading.with_numbers(Sweep.objects.within(request.reach)).select_related("controller")
    filters = SweepFilter(request.GET, queryset=sweeps.order_by("-night", "pk"), request=request)
    page = Paginator(filters.qs, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "page": page,
        "columns": COLUMNS,
        "rules": pages.rules_within(request.reach),
        "can_work": request.reach.can_anywhere(Permission.WORK_RETENTION),
    }
    return render(request, "governance/sweep_list.html", context)


@staff_view(Permission.SEE_RETENTION)
def sweep_detail(request: StaffRequest, sweep_id: UUID) -> HttpResponse:
    sweep = within_or_404(
        reading.with_numbers(Sweep.objects.all()).select_related("controller"), request.reach, pk=sweep_id
    )
    return _show(request, sweep)


@require_POST
@staff_view(Permission.SEE_RETENTION)
def plan(request: StaffRequest) -> HttpResponse:
    """Have tonight's sweep counted now, at every controller where this person may."""
    now = timezone.now()
    allowed = request.reach.where(Permission.WORK_RETENTION)
    if not allowed:
        demand(request, Permission.WORK_RETENTION, next(iter(request.reach.controller_ids)))
    for controller_id in reading.controllers_to_sweep():
        if controller_id in allowed:
            retention.plan_sweep(controller_id=controller_id, by=request.reach.actor, now=now)
    messages.success(
        request, _("The systems were asked what is past its time. Nothing is erased before it is counted.")
    )
    return redirect("governance:sweep_list")


@require_POST
@staff_view(Permission.SEE_RETENTION)
def release(request: StaffRequest, sweep_id: UUID) -> HttpResponse:
    sweep = _mine(request, sweep_id)
    retention.release(sweep_id=sweep.pk, by=request.reach.actor, now=timezone.now())
    messages.success(
        request, _("Released. The systems dispose of the rows now and are asked again afterwards.")
    )
    return redirect("governance:sweep_detail", sweep_id)


@require_POST
@staff_view(Permission.SEE_RETENTION)
def hold_back(request: StaffRequest, sweep_id: UUID) -> HttpResponse:
    return _with_reason(request, sweep_id, retention.hold_back, _("Held back: it waits for a release."))


@require_POST
@staff_view(Permission.SEE_RETENTION)
def cancel(request: StaffRequest, sweep_id: UUID) -> HttpResponse:
    return _with_reason(request, sweep_id, retention.cancel, _("Cancelled: nothing is erased tonight."))


def _mine(request: StaffRequest, sweep_id: UUID) -> Sweep:
    sweep: Sweep = within_or_404(Sweep.objects.all(), request.reach, pk=sweep_id)
    demand(request, Permission.WORK_RETENTION, sweep.controller_id)
    return sweep


def _with_reason(
    request: StaffRequest, sweep_id: UUID, action: Callable[..., Sweep], done: str
) -> HttpResponse:
    sweep = _mine(request, sweep_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, sweep, form, status=422)
    try:
        action(
            sweep_id=sweep.pk, reason=form.cleaned_data["reason"], by=request.reach.actor, now=timezone.now()
        )
    except DomainError as error:
        form.add_error(None, error.detail)
        return _show(request, sweep, form, status=error.status)
    messages.success(request, done)
    return redirect("governance:sweep_detail", sweep_id)


def _show(
    request: StaffRequest, sweep: Sweep, form: Form | None = None, *, status: int = 200
) -> HttpResponse:
    can_work = request.reach.can(Permission.WORK_RETENTION, sweep.controller_id)
    disposals = list(sweep.disposals.select_related("system").order_by("system__name", "dataset", "pk"))
    context = {
        "sweep": sweep,
        "disposals": disposals,
        "entries": pages.log_of(sweep),
        "chart": _chart(disposals),
        "rail": _rail(sweep),
        "reason_form": form or ReasonForm(),
        "can_release": can_work and sweep.status == SweepStatus.AWAITING_RELEASE,
        "can_hold": can_work and sweep.status == SweepStatus.COUNTING,
        "can_cancel": can_work and sweep.status in (SweepStatus.COUNTING, SweepStatus.AWAITING_RELEASE),
        "released_by_us": sweep.released_by == str(Actor.system("retention")),
    }
    return render(request, "governance/sweep_detail.html", context, status=status)


def _chart(disposals: list[Any]) -> Any:
    slices = [
        charts.Slice(f"{disposal.system.name}: {disposal.dataset}", disposal.expected, "info")
        for disposal in disposals
        if disposal.expected
    ]
    return charts.bars(_("Rows past their time"), slices) if slices else None


def _rail(sweep: Sweep) -> list[dict[str, Any]]:
    """Counted → released → disposed → closed."""
    moments: list[tuple[str, datetime | None]] = [
        (_("Counting"), sweep.planned_at),
        (_("Released"), sweep.released_at),
        (_("Closed"), sweep.closed_at),
    ]
    reached = sum(at is not None for _label, at in moments)
    stages = []
    for number, (label, at) in enumerate(moments):
        state = "done" if at and (number < reached - 1 or sweep.closed_at) else "current" if at else "next"
        if at is None and sweep.closed_at:
            state = "skipped"
        stages.append({"label": label, "state": state, "at": f"{at:%-d %b %H:%M}" if at else ""})
    return stages
