"""The tasks board: what is asked of which system, what is stuck, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
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
from privacy_portal.fanout import people, queries
from privacy_portal.fanout import reveal as revealing
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.settle import code_of
from privacy_portal.fanout.states import FINAL
from privacy_portal.ledger.catalogue import DataAccessed
from privacy_portal.ledger.record import record
from privacy_portal.web import given_up, task_pages
from privacy_portal.web.access import SEE_ANY_TASK, StaffRequest, staff_view
from privacy_portal.web.task_forms import AssignForm, CompleteForm, RevealForm, SkipForm, TaskFilter

Deed = Callable[[dict[str, Any], dict[str, Any]], object]
"""Of what the form says, and of task, `by` and `now`."""

PER_PAGE = 50


@require_GET
@staff_view(*SEE_ANY_TASK)
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
            "idle_groups": task_pages.idle_groups(queries.ready_for(tasks, now=now)),
            "given_up": given_up.listed(request.reach),
            "systems": [task_pages.system_row(system, request.reach) for system in systems],
        },
    )


@require_GET
@staff_view(*SEE_ANY_TASK)
def task_detail(request: StaffRequest, task_id: UUID) -> HttpResponse:
    return _page(request, _visible(request, task_id))


@require_POST
@staff_view(*SEE_ANY_TASK)
def assign(request: StaffRequest, task_id: UUID) -> HttpResponse:
    task = _workable(request, task_id)
    form = AssignForm(request.POST, controller_id=task.controller_id)

    def deed(given: dict[str, Any], about: dict[str, Any]) -> None:
        people.assign(user_id=given["assignee"].pk, **about)

    return _do(request, task, "assign_form", form, deed, _("Assigned."))


@require_POST
@staff_view(*SEE_ANY_TASK)
def reveal(request: StaffRequest, task_id: UUID) -> HttpResponse:
    """Show whom the task is about. That it was shown, to whom and why, is in the ledger first."""
    task = _workable(request, task_id)
    form = RevealForm(request.POST)
    shown: dict[str, Any] = {}

    def deed(given: dict[str, Any], about: dict[str, Any]) -> None:
        shown["people"] = task_pages.people(task, revealing.reveal(**given, **about))

    status = _try(request, task, form, deed)
    answer = _page(request, task, status, reveal_form=form, **shown)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@staff_view(*SEE_ANY_TASK)
def complete(request: StaffRequest, task_id: UUID) -> HttpResponse:
    task = _workable(request, task_id)
    form = CompleteForm(request.POST, request.FILES, task=task)

    def deed(_given: dict[str, Any], about: dict[str, Any]) -> None:
        people.complete_by_hand(**form.said(), **about)

    return _do(request, task, "complete_form", form, deed, _("Recorded as done by hand."))


@require_POST
@staff_view(*SEE_ANY_TASK)
def skip(request: StaffRequest, task_id: UUID) -> HttpResponse:
    task = _workable(request, task_id)
    form = SkipForm(request.POST)

    def deed(given: dict[str, Any], about: dict[str, Any]) -> None:
        people.skip(reason=given["reason"], rows_left=given["rows_left"] or 0, **about)

    return _do(request, task, "skip_form", form, deed, _("Skipped; the reason stands with the task."))


@require_POST
@staff_view(*SEE_ANY_TASK)
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
@staff_view(*SEE_ANY_TASK)
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


def _page(request: StaffRequest, task: SystemTask, status: int = 200, **bound: object) -> HttpResponse:
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
        page["reveal_form"] = RevealForm()
        page["complete_form"] = CompleteForm(task=task)
        page["skip_form"] = SkipForm()
    return render(request, "portal/task_detail.html", page | bound, status=status)


def _do(
    request: StaffRequest,
    task: SystemTask,
    form_name: str,
    form: forms.Form,
    deed: Deed,
    said: str,
) -> HttpResponse:
    """Check the form, do the deed, say so; what is refused comes back with the form and the reason."""
    status = _try(request, task, form, deed)
    if status == HTTPStatus.OK:
        messages.success(request, said)
        return redirect("portal:task_detail", task.pk)
    return _page(request, _visible(request, task.pk), status, **({form_name: form} if form_name else {}))


def _try(request: StaffRequest, task: SystemTask, form: forms.Form, deed: Deed) -> int:
    """200 if the deed was done; what forbids it is added to the form and said at the top of the page."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY.value
    if form.is_valid():
        try:
            deed(form.cleaned_data, {"task_id": task.pk, "by": request.reach.actor, "now": timezone.now()})
            return HTTPStatus.OK
        except (Invalid, Conflict) as error:
            field = error.field if isinstance(error, Invalid) and error.field in form.fields else None
            form.add_error(field, error.fix if isinstance(error, Invalid) else error.detail)
            status = error.status
    for problem in form.non_field_errors():
        messages.error(request, str(problem))
    return status


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


urlpatterns = [
    path("", task_list, name="task_list"),
    path("<uuid:task_id>", task_detail, name="task_detail"),
    path("<uuid:task_id>/assignment", assign, name="task_assign"),
    path("<uuid:task_id>/identifiers", reveal, name="task_reveal"),
    path("<uuid:task_id>/completion", complete, name="task_complete"),
    path("<uuid:task_id>/skip", skip, name="task_skip"),
    path("<uuid:task_id>/retry", retry, name="task_retry"),
    path("<uuid:task_id>/evidence/<int:confirmation_id>", evidence, name="task_evidence"),
]
