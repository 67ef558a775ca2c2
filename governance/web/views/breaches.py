"""Breaches: the list, the report, the case with its clocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from governance.actions import breaches
from governance.actions.breaches import Report
from governance.models import Breach
from governance.queries import breaches as reading
from governance.queries.pages import alerts_of
from governance.states import BREACH_MOVES, BreachStatus, Channel, Phase, Risk
from governance.web import present
from governance.web.filters import BreachFilter
from governance.web.forms import AssessmentForm, BreachForm, NotificationForm
from governance.web.home import running_breaches
from privacy_portal.errors import DomainError, Invalid
from privacy_portal.staff.roles import Permission
from privacy_portal.web.access import StaffRequest, demand, staff_view, within_or_404

PER_PAGE = 50
COLUMNS = [
    {"label": gettext_lazy("Breach")},
    {"label": gettext_lazy("Controller")},
    {"label": gettext_lazy("Stage")},
    {"label": gettext_lazy("Aware (UTC)")},
    {"label": gettext_lazy("Next deadline")},
    {"label": gettext_lazy("Risk")},
    {"label": gettext_lazy("People"), "numeric": True},
]


@staff_view(Permission.SEE_BREACHES)
def breach_list(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    filters = BreachFilter(request.GET, queryset=reading.listed_breaches(request.reach), request=request)
    page = Paginator(filters.qs, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "page": page,
        "rows": [(breach, present.next_clock(breach, now)) for breach in page.object_list],
        "columns": COLUMNS,
        "clocks": running_breaches(request.reach, now),
        "can_work": request.reach.can_anywhere(Permission.WORK_BREACHES),
    }
    return render(request, "governance/breach_list.html", context)


@staff_view(Permission.SEE_BREACHES)
def breach_form(request: StaffRequest) -> HttpResponse:
    allowed = request.reach.where(Permission.WORK_BREACHES)
    if not allowed:
        raise PermissionDenied
    form = BreachForm(request.POST or None, controllers=allowed)
    if request.method == "POST" and form.is_valid():
        breach = _report(request, form)
        if breach is not None:
            messages.success(
                request, _("The breach is in the register, its clocks run, the officer is told.")
            )
            return redirect("governance:breach_detail", breach.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "governance/breach_form.html", {"form": form}, status=status)


@staff_view(Permission.SEE_BREACHES)
def breach_detail(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    return _show(request, _breach(request, breach_id))


@require_POST
@staff_view(Permission.SEE_BREACHES)
def assess(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    breach = _mine(request, breach_id)
    form = AssessmentForm(request.POST)

    def judge(**terms: Any) -> None:
        decide = breaches.decide_to_notify
        if terms.pop("decision") == "do_not_notify":
            decide = breaches.decide_not_to_notify
        decide(breach_id=breach.pk, risk=Risk(terms.pop("risk")), **terms)

    return _act(request, breach, form, judge, {"assessment_form": form}, _("The judgement is on record."))


@require_POST
@staff_view(Permission.SEE_BREACHES)
def notify(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    breach = _mine(request, breach_id)
    form = NotificationForm(request.POST, now=timezone.now())

    def tell(**terms: Any) -> None:
        breaches.notify_authority(breach_id=breach.pk, phase=Phase(terms.pop("phase")), **terms)

    return _act(request, breach, form, tell, {"notification_form": form}, _("The notification is on record."))


@require_POST
@staff_view(Permission.SEE_BREACHES)
def close(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    breach = _mine(request, breach_id)
    breaches.close(breach_id=breach.pk, by=request.reach.actor, now=timezone.now())
    messages.success(request, _("The case is closed. It stays in the register."))
    return redirect("governance:breach_detail", breach.pk)


def _breach(request: StaffRequest, breach_id: UUID) -> Breach:
    breach: Breach = within_or_404(Breach.objects.select_related("controller"), request.reach, pk=breach_id)
    return breach


def _mine(request: StaffRequest, breach_id: UUID) -> Breach:
    breach = _breach(request, breach_id)
    demand(request, Permission.WORK_BREACHES, breach.controller_id)
    return breach


def _report(request: StaffRequest, form: BreachForm) -> Breach | None:
    given = dict(form.cleaned_data)
    controller = given.pop("controller")
    systems = [system.code for system in given.pop("systems")]
    report = Report(channel=Channel.STAFF, systems=systems, **given)
    try:
        return breaches.report_breach(
            controller_id=controller.pk, report=report, by=request.reach.actor, now=timezone.now()
        )
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, error.fix)
    return None


def _act(
    request: StaffRequest,
    breach: Breach,
    form: Form,
    deed: Callable[..., None],
    forms: dict[str, Form],
    done: str,
) -> HttpResponse:
    """Carry a form out, or show the case again with what is wrong with it."""
    if not form.is_valid():
        return _show(request, breach, forms, status=422)
    try:
        deed(**form.cleaned_data, by=request.reach.actor, now=timezone.now())
    except DomainError as error:
        field = error.field if isinstance(error, Invalid) and error.field in form.fields else None
        form.add_error(field, error.fix if isinstance(error, Invalid) else error.detail)
        return _show(request, breach, forms, status=error.status)
    messages.success(request, done)
    return redirect("governance:breach_detail", breach.pk)


def _show(
    request: StaffRequest, breach: Breach, forms: dict[str, Form] | None = None, *, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    can_work = request.reach.can(Permission.WORK_BREACHES, breach.controller_id)
    moves = BREACH_MOVES[breach.status] if can_work else frozenset()
    authority = breach.controller.authority_name
    context = {
        "breach": breach,
        "clocks": present.clocks(breach, now),
        "facts": present.facts(breach),
        "rail": present.rail(breach),
        "systems": breach.systems.order_by("name", "pk"),
        "notifications": breach.notifications.order_by("notified_at", "pk"),
        "alerts": alerts_of(breach),
        "assessment_form": AssessmentForm(),
        "notification_form": NotificationForm(now=now, authority=authority),
        "can_assess": BreachStatus.NOT_NOTIFIED in moves,
        "can_notify": BreachStatus.NOTIFIED in moves,
        "can_close": BreachStatus.CLOSED in moves,
        **(forms or {}),
    }
    return render(request, "governance/breach_detail.html", context, status=status)
