"""The tasks board: what is asked of which system, what is stuck, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Case, Count, When
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from privacy_portal.errors import Conflict, Invalid
from privacy_portal.fanout import evidence as proofs
from privacy_portal.fanout import people, queries, steering
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.fanout.settle import code_of
from privacy_portal.fanout.states import FINAL
from privacy_portal.ledger.catalogue import DataAccessed
from privacy_portal.ledger.record import record
from privacy_portal.staff.roles import Permission
from privacy_portal.web import task_pages
from privacy_portal.web.access import StaffRequest, demand, staff_view
from privacy_portal.web.task_forms import AssignForm, CompleteForm, SkipForm, TaskFilter

PER_PAGE = 50
SEE = (Permission.SEE_TASKS, Permission.SEE_OWN_TASKS)


@require_GET
@staff_view(*SEE)
def task_list(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    tasks = queries.visible_tasks(request.reach)
    systems = queries.visible_systems(request.reach)
    narrowed = TaskFilter(request.GET, queryset=tasks, systems=systems)
    wanted = request.GET.get("ordering", "")
    ordering = wanted if wanted in task_pages.orderings() else "due_at"
    over = Case(When(status__in=FINAL, then=1), default=0)  # what still needs somebody stands first
    order = [ordering, "pk"] if wanted == ordering else [over, ordering, "pk"]
    rows = narrowed.qs.select_related("connection", "assignee").order_by(*order)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    counts = dict(tasks.order_by().values_list("status").annotate(number=Count("pk")))
    return render(
        request,
        "portal/task_list.html",
        {
            "filter": narrowed,
            "page": page,
            "rows": [task_pages.row(task, now) for task in page],
            "tiles": task_pages.tiles(counts),
            "columns": task_pages.columns(),
            "ordering": ordering,
            "systems": [task_pages.system_row(system, request.reach) for system in systems],
        },
    )


@require_GET
@staff_view(*SEE)
def task_detail(request: StaffRequest, task_id: UUID) -> HttpResponse:
    return _page(request, _visible(request, task_id))


@require_POST
@staff_view(*SEE)
def assign(request: StaffRequest, task_id: UUID) -> HttpResponse:
    task = _workable(request, task_id)
    form = AssignForm(request.POST, controller_id=task.controller_id)

    def deed(given: dict[str, Any], about: dict[str, Any]) -> None:
        people.assign(user_id=given["assignee"].pk, **about)

    return _do(request, task, "assign_form", form, deed, _("Assigned."))


@require_POST
@staff_view(*SEE)
def complete(request: StaffRequest, task_id: UUID) -> HttpResponse:
    task = _workable(request, task_id)
    form = CompleteForm(request.POST, request.FILES)

    def deed(given: dict[str, Any], about: dict[str, Any]) -> None:
        people.complete_by_hand(**given, **about)

    return _do(request, task, "complete_form", form, deed, _("Recorded as done by hand."))


@require_POST
@staff_view(*SEE)
def skip(request: StaffRequest, task_id: UUID) -> HttpResponse:
    task = _workable(request, task_id)
    form = SkipForm(request.POST)

    def deed(given: dict[str, Any], about: dict[str, Any]) -> None:
        people.skip(reason=given["reason"], rows_left=given["rows_left"] or 0, **about)

    return _do(request, task, "skip_form", form, deed, _("Skipped; the reason stands with the task."))


@require_POST
@staff_view(*SEE)
def retry(request: StaffRequest, task_id: UUID) -> HttpResponse:
    task = _workable(request, task_id)
    return _do(
        request,
        task,
        "",
        forms.Form({}),
        lambda _given, about: people.retry(**about),
        _("It is asked again."),
    )


@require_GET
@staff_view(*SEE)
@transaction.atomic
def evidence(request: StaffRequest, task_id: UUID, confirmation_id: int) -> HttpResponse:
    """The attached file. It may show a person, so that looking at it is on record."""
    task = _workable(request, task_id)
    confirmation = task.confirmations.filter(pk=confirmation_id).exclude(evidence="").first()  # by key
    if confirmation is None:
        raise Http404
    content = proofs.read(confirmation)
    record(
        DataAccessed(object_kind="evidence", object_id=task.pk, system=code_of(task.connection.code)),
        controller_id=task.controller_id,
        subject_id=task.subject_id,
        by=request.reach.actor,
        now=timezone.now(),
        correlation_id=task.correlation_id,
    )
    name = str(confirmation.evidence.name).rsplit("/", 1)[-1]
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@require_POST
@staff_view(*SEE)
def pause(request: StaffRequest, connection_id: UUID) -> HttpResponse:
    system = _switchable(request, connection_id)
    return _switch(
        request, steering.pause_system, system, _("Paused. Nothing is asked of %s until it is resumed.")
    )


@require_POST
@staff_view(*SEE)
def resume(request: StaffRequest, connection_id: UUID) -> HttpResponse:
    system = _switchable(request, connection_id)
    return _switch(request, steering.resume_system, system, _("Resumed. %s is asked again."))


def _page(request: StaffRequest, task: SystemTask, status: int = 200, **bound: forms.Form) -> HttpResponse:
    page: dict[str, Any] = {
        "task": task,
        "row": task_pages.row(task, timezone.now()),
        "facts": task_pages.facts(task),
        "datasets": task_pages.datasets(task),
        "kept": task_pages.kept(task),
        "timeline": task_pages.timeline(task.history.order_by("pk")),
        "confirmations": task_pages.confirmations(task),
    }
    if queries.may_work_on(task, request.reach):
        page["deeds"] = task_pages.deeds(task)
        page["assign_form"] = AssignForm(
            controller_id=task.controller_id, initial={"assignee": task.assignee_id}
        )
        page["complete_form"] = CompleteForm()
        page["skip_form"] = SkipForm()
    return render(request, "portal/task_detail.html", page | bound, status=status)


def _do(
    request: StaffRequest,
    task: SystemTask,
    form_name: str,
    form: forms.Form,
    deed: Callable[[dict[str, Any], dict[str, Any]], object],
    said: str,
) -> HttpResponse:
    """Check the form, do the deed, say so; what is refused comes back with the form and the reason."""
    status = 422
    if form.is_valid():
        try:
            deed(form.cleaned_data, {"task_id": task.pk, "by": request.reach.actor, "now": timezone.now()})
        except (Invalid, Conflict) as error:
            field = error.field if isinstance(error, Invalid) and error.field in form.fields else None
            form.add_error(field, error.fix if isinstance(error, Invalid) else error.detail)
            status = error.status
        else:
            messages.success(request, said)
            return redirect("portal:task_detail", task.pk)
    for problem in form.non_field_errors():
        messages.error(request, str(problem))
    return _page(request, _visible(request, task.pk), status, **({form_name: form} if form_name else {}))


def _visible(request: StaffRequest, task_id: UUID) -> SystemTask:
    tasks = queries.visible_tasks(request.reach).select_related("connection", "assignee")
    task = tasks.filter(pk=task_id).first()  # by key
    if task is None:
        raise Http404
    return task


def _workable(request: StaffRequest, task_id: UUID) -> SystemTask:
    task = _visible(request, task_id)
    if not queries.may_work_on(task, request.reach):
        raise PermissionDenied
    return task


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
    path("", task_list, name="task_list"),
    path("<uuid:task_id>", task_detail, name="task_detail"),
    path("<uuid:task_id>/assignment", assign, name="task_assign"),
    path("<uuid:task_id>/completion", complete, name="task_complete"),
    path("<uuid:task_id>/skip", skip, name="task_skip"),
    path("<uuid:task_id>/retry", retry, name="task_retry"),
    path("<uuid:task_id>/evidence/<int:confirmation_id>", evidence, name="task_evidence"),
    path("systems/<uuid:connection_id>/pause", pause, name="system_pause"),
    path("systems/<uuid:connection_id>/resumption", resume, name="system_resume"),
]
