"""Staff pages of requests: the list, and the case with everything that can be done to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from dsr import queries
from dsr.actions import assessment, delivery, intake, plan
from dsr.models import SubjectRequest
from dsr.states import CLOSED, MOVES, Status
from dsr.web import present
from dsr.web.filters import RequestFilter
from dsr.web.forms import ExtensionForm, PlanForm, RefusalForm, RevealForm
from privacy_portal import subjects
from privacy_portal.errors import DomainError
from privacy_portal.ledger.catalogue import DataAccessed
from privacy_portal.ledger.record import record
from privacy_portal.staff.roles import Permission
from privacy_portal.web.access import StaffRequest, demand, staff_view

PER_PAGE = 50
COLUMNS = [
    {"label": gettext_lazy("Request"), "sort": "reference", "reverse": "-reference"},
    {"label": gettext_lazy("Right")},
    {"label": gettext_lazy("Law")},
    {"label": gettext_lazy("Received"), "sort": "received_at", "reverse": "-received_at"},
    {"label": gettext_lazy("Due"), "sort": "due_at", "reverse": "-due_at"},
    {"label": gettext_lazy("Stage")},
    {"label": gettext_lazy("Systems")},
    {"label": gettext_lazy("Owner")},
]
ORDERINGS = {"reference", "received_at", "due_at"}


@staff_view(Permission.SEE_REQUESTS)
def request_list(request: StaffRequest) -> HttpResponse:
    filters = RequestFilter(request.GET, queryset=queries.visible(request.reach), request=request)
    ordering = request.GET.get("ordering", "due_at")
    ordering = ordering if ordering.removeprefix("-") in ORDERINGS else "due_at"
    rows = filters.qs.select_related("owner", "controller", "answer").order_by(ordering, "pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    for row in page.object_list:
        row.clock = present.clock(row, now)
        row.is_undelivered = present.is_undelivered(row)
    context = {"filters": filters, "page": page, "columns": COLUMNS, "ordering": ordering}
    return render(request, "dsr/request_list.html", context)


@staff_view(Permission.SEE_REQUESTS)
def request_detail(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = _case(request, pk)
    return render(request, "dsr/request_detail.html", _page(request, case))


@staff_view(Permission.SEE_REQUESTS)
def request_live(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The moving part of the case page, asked for every two seconds until the case is closed."""
    case = _case(request, pk)
    return render(request, "dsr/request_live.html", _live(case))


def _page(request: StaffRequest, case: SubjectRequest) -> dict[str, Any]:
    now = timezone.now()
    plan = case.plans.order_by("-version").first()
    can_work = request.reach.can(Permission.WORK_REQUESTS, case.controller_id)
    can_approve = request.reach.can(Permission.APPROVE_REQUESTS, case.controller_id)
    accepted_by_me = bool(plan and plan.accepted_by == str(request.reach.actor))
    return {
        **_live(case),
        "clock": present.clock(case, now),
        "rail": present.rail(case),
        "plan": plan,
        "plan_form": PlanForm(initial={"plan_hash": plan.hash}) if plan else None,
        "plan_rows": present.plan_rows(plan),
        "set_aside": present.set_aside(case),
        "kept_rows": present.kept_rows(plan),
        "holds": queries.holds_against(case) if case.is_open() else [],
        "can_accept": can_work and case.status == Status.PLANNED,
        "can_approve": can_approve and case.status == Status.ACCEPTED and not accepted_by_me,
        "accepted_by_me": accepted_by_me and case.status == Status.ACCEPTED,
        "can_refuse": can_work and Status.REFUSED in MOVES[case.status],
        "can_extend": can_work and case.is_open() and not case.extended_at,
        "can_work": can_work,
        "refusal_form": RefusalForm(),
        "extension_form": ExtensionForm(),
        "reveal_form": RevealForm(),
        "can_reveal": request.reach.can(Permission.SEE_PERSON, case.controller_id),
        "answer": present.answer_of(case, now),
        "lost_letter": present.lost_letter(case),
        "timeline": present.timeline(case),
    }


def _live(case: SubjectRequest) -> dict[str, Any]:
    return {
        "case": case,
        "lanes": present.lanes(case, links=True),
        "finished": case.status in CLOSED,
        "moving": case.status in (Status.LOCATING, Status.FULFILLING),
    }


@require_POST
@staff_view(Permission.WORK_REQUESTS)
def accept(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _decide(
        request, pk, PlanForm, assessment.accept, _("Accepted. A second person must approve the plan.")
    )


@require_POST
@staff_view(Permission.APPROVE_REQUESTS)
def approve(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _decide(request, pk, PlanForm, assessment.approve, _("Approved. The systems are being asked."))


@require_POST
@staff_view(Permission.WORK_REQUESTS, Permission.APPROVE_REQUESTS)
def return_plan(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _decide(request, pk, Form, plan.return_plan, _("Returned. The systems are counted again."))


@require_POST
@staff_view(Permission.WORK_REQUESTS)
def refuse(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _decide(request, pk, RefusalForm, assessment.refuse, _("Refused. The person is told why."))


@require_POST
@staff_view(Permission.WORK_REQUESTS)
def extend(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _decide(request, pk, ExtensionForm, assessment.extend, _("Extended. The person is told why."))


@require_POST
@staff_view(Permission.WORK_REQUESTS)
def deliver(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Try the mail with the answer once more."""
    return _decide(request, pk, Form, delivery.send_again, _("The mail is sent again."))


@require_POST
@staff_view(Permission.WORK_REQUESTS)
def take(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = _case(request, pk)
    intake.assign(request_id=case.pk, owner_id=request.user.pk, by=request.reach.actor, now=timezone.now())
    messages.success(request, _("This case is yours."))
    return redirect("dsr:request_detail", pk=pk)


@require_POST
@staff_view(Permission.SEE_PERSON)
def reveal(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Show who it is. That it was shown, to whom and why, is in the ledger first."""
    case = _case(request, pk)
    demand(request, Permission.SEE_PERSON, case.controller_id)
    form = RevealForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose why you need to see this."))
        return redirect("dsr:request_detail", pk=pk)
    with transaction.atomic():
        record(
            DataAccessed(object_kind="request", object_id=case.pk, place=form.cleaned_data["reason"]),
            controller_id=case.controller_id,
            subject_id=case.subject_id,
            by=request.reach.actor,
            now=timezone.now(),
            correlation_id=case.pk,
        )
    page = _page(request, case) | {"identifiers": subjects.reveal(subject_id=case.subject_id)}
    response = render(request, "dsr/request_detail.html", page)
    response["Cache-Control"] = "no-store"
    return response


def _case(request: StaffRequest, pk: UUID) -> SubjectRequest:
    """Within reach, or 404."""
    rows = SubjectRequest.objects.within(request.reach).select_related(
        "controller", "owner", "answer__parcel"
    )
    case = rows.filter(pk=pk).first()  # by key
    if case is None:
        raise Http404
    return case


def _decide(
    request: StaffRequest, pk: UUID, form_class: type[Form], act: Callable[..., Any], done: str
) -> HttpResponse:
    """Check the form, carry the deed out, say so; what forbids it is shown on the case, nothing is half done."""
    case = _case(request, pk)
    form = form_class(request.POST)
    if not form.is_valid():
        for name, errors in form.errors.items():
            label = form.fields[name].label or name
            messages.error(request, f"{label}: {' '.join(str(error) for error in errors)}")
        return redirect("dsr:request_detail", pk=pk)
    try:
        act(request_id=case.pk, **form.cleaned_data, by=request.reach.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, done)
    return redirect("dsr:request_detail", pk=pk)
