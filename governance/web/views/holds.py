"""Legal holds: the list, placing one, lifting one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance.actions import holds
from governance.models import Hold
from governance.queries import pages
from governance.web.forms import HoldForm
from privacy_portal.errors import DomainError
from privacy_portal.staff.roles import Permission
from privacy_portal.web.access import StaffRequest, demand, staff_view, within_or_404


@staff_view(Permission.SEE_RETENTION)
def hold_list(request: StaffRequest) -> HttpResponse:
    """The list with its form; posting places a hold."""
    allowed = request.reach.where(Permission.WORK_RETENTION)
    form = HoldForm(request.POST or None, controllers=allowed)
    status = 200
    if request.method == "POST":
        if not allowed:
            raise PermissionDenied
        if form.is_valid() and _place(request, form):
            messages.success(
                request,
                _("The hold is in force. Sweeps pass these rows over and erasures wait until it is lifted."),
            )
            return redirect("governance:hold_list")
        status = 422
    now = timezone.now()
    context = {
        "holds": pages.holds_within(request.reach, due_on=now.date() if request.GET.get("review") else None),
        "today": now.date(),
        "form": form if allowed else None,
        "may_lift_at": allowed,
    }
    return render(request, "governance/hold_list.html", context, status=status)


@require_POST
@staff_view(Permission.SEE_RETENTION)
def lift(request: StaffRequest, hold_id: UUID) -> HttpResponse:
    hold = within_or_404(Hold.objects.all(), request.reach, pk=hold_id)
    demand(request, Permission.WORK_RETENTION, hold.controller_id)
    holds.lift_hold(hold_id=hold.pk, by=request.reach.actor, now=timezone.now())
    messages.success(
        request,
        _("The hold is lifted. Erasures that waited go on, and the next sweep may dispose of these rows."),
    )
    return redirect("governance:hold_list")


def _place(request: StaffRequest, form: HoldForm) -> bool:
    given = form.cleaned_data
    dataset = given["dataset"]
    try:
        holds.place_hold(
            controller_id=given["controller"].pk,
            subject_id=given["subject_id"],
            dataset_id=dataset.pk if dataset else None,
            ground=given["ground"],
            reason=given["reason"],
            review_on=given["review_on"],
            by=request.reach.actor,
            now=timezone.now(),
        )
    except DomainError as error:
        form.add_error(None, error.detail)
        return False
    return True
