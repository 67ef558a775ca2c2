"""Staff pages: where people stand, and whether systems have stopped. Nobody is named here until somebody asks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from consent import queries
from consent.actions import access, choices
from consent.actions.proof import Proof
from consent.models import CurrentDecision, Decision
from consent.queries.propagation import Board
from consent.states import Choice, Method
from consent.web import words
from consent.web.filters import StandingFilter, WithdrawalFilter
from consent.web.forms import RevealForm, WithdrawalForm
from privacy_portal.staff.roles import Permission
from privacy_portal.web.access import StaffRequest, demand, staff_view, within_or_404

PER_PAGE = 50
STANDING_COLUMNS = [
    {"label": gettext_lazy("Person")},
    {"label": gettext_lazy("Purpose")},
    {"label": gettext_lazy("Law")},
    {"label": gettext_lazy("Stands at")},
    {"label": gettext_lazy("Since"), "sort": "decided_at", "reverse": "-decided_at"},
    {"label": gettext_lazy("Until")},
]
WITHDRAWAL_COLUMNS = [
    {"label": gettext_lazy("Purpose")},
    {"label": gettext_lazy("Person")},
    {"label": gettext_lazy("Ended")},
    {"label": gettext_lazy("Told us"), "sort": "recorded_at", "reverse": "-recorded_at"},
    {"label": gettext_lazy("Systems")},
    {"label": gettext_lazy("Must have stopped by")},
]


@staff_view(Permission.SEE_CONSENTS)
def consent_list(request: StaffRequest) -> HttpResponse:
    standing = CurrentDecision.objects.within(request.reach)
    filters = StandingFilter(request.GET, queryset=standing, request=request)
    ordering = _ordering(request, "decided_at")
    rows = filters.qs.select_related("purpose").order_by(ordering, "pk")
    page = {
        "filters": filters,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "columns": STANDING_COLUMNS,
        "ordering": ordering,
        "counts": queries.counts_by_purpose(request.reach),
        "choices": Choice.choices,
        "late": queries.late_withdrawals(request.reach.controller_ids, now=timezone.now()).count(),
    }
    return render(request, "consent/consent_list.html", page)


@staff_view(Permission.SEE_CONSENTS)
def withdrawal_list(request: StaffRequest) -> HttpResponse:
    """The board: per withdrawal which systems have stopped, and who is late."""
    ended = Decision.objects.within(request.reach).withdrawals()
    filters = WithdrawalFilter(request.GET, queryset=ended, request=request)
    ordering = _ordering(request, "recorded_at")
    rows = filters.qs.select_related("purpose").order_by(ordering, "pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    boards = queries.boards(page.object_list, now=timezone.now())
    context = {
        "filters": filters,
        "page": page,
        "columns": WITHDRAWAL_COLUMNS,
        "ordering": ordering,
        "rows": [_board(board) for board in boards],
    }
    return render(request, "consent/withdrawal_list.html", context)


@staff_view(Permission.SEE_CONSENTS)
def withdrawal_detail(request: StaffRequest, pk: UUID) -> HttpResponse:
    ended = Decision.objects.withdrawals().select_related("purpose", "controller", "notice_version")
    decision = within_or_404(ended, request.reach, pk=pk)
    board = queries.boards([decision], now=timezone.now())[0]
    return render(request, "consent/withdrawal_detail.html", _board(board))


@staff_view(Permission.SEE_CONSENTS)
def person_detail(request: StaffRequest, subject_id: UUID) -> HttpResponse:
    return render(request, "consent/person_detail.html", _person(request, subject_id))


@require_POST
@staff_view(Permission.SEE_PERSON)
def reveal(request: StaffRequest, subject_id: UUID) -> HttpResponse:
    """Show who it is. That it was shown, to whom and why, is in the ledger first."""
    page = _person(request, subject_id)
    demand(request, Permission.SEE_PERSON, page["controller_id"])
    form = RevealForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose why you need to see this."))
        return redirect("consent:person_detail", subject_id=subject_id)
    page["identifiers"] = access.reveal_person(
        controller_id=page["controller_id"],
        subject_id=subject_id,
        reason=form.cleaned_data["reason"],
        by=request.reach.actor,
        now=timezone.now(),
    )
    response = render(request, "consent/person_detail.html", page)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@staff_view(Permission.WORK_CONSENTS)
def withdraw(request: StaffRequest, subject_id: UUID) -> HttpResponse:
    """A withdrawal that came by phone, on paper or in person weighs as much as one on the page: under every law."""
    page = _person(request, subject_id)
    demand(request, Permission.WORK_CONSENTS, page["controller_id"])
    form = WithdrawalForm(request.POST)
    if form.is_valid():
        ended = choices.withdraw_everywhere(
            controller_id=page["controller_id"],
            subject_id=subject_id,
            purpose=form.cleaned_data["purpose"],
            proof=Proof(method=Method(form.cleaned_data["method"]), interface="back-office"),
            by=request.reach.actor,
            now=timezone.now(),
        )
        laws = ", ".join(decision.law for decision in ended)
        told = _("Recorded under %(laws)s. Every system that uses the purpose is told to stop.")
        messages.success(request, told % {"laws": laws})
        return redirect("consent:withdrawal_detail", pk=ended[0].pk)
    messages.error(request, _("Say how the withdrawal reached us."))
    return redirect("consent:person_detail", subject_id=subject_id)


def _person(request: StaffRequest, subject_id: UUID) -> dict[str, Any]:
    """Everything on record about one person of these controllers, without a name; 404 outside reach."""
    past = [row for row in queries.history(subject_id) if row.controller_id in request.reach.controller_ids]
    if not past:
        raise Http404
    standing = (
        CurrentDecision.objects.within(request.reach).filter(subject_id=subject_id).select_related("purpose")
    )
    controller_id = past[0].controller_id
    return {
        "subject_id": subject_id,
        "controller_id": controller_id,
        "standing": [
            (row, words.TONES.get(row.choice, "quiet")) for row in standing.order_by("purpose__code", "law")
        ],
        "timeline": [_happened(decision) for decision in past],
        "reveal_form": RevealForm() if request.reach.can(Permission.SEE_PERSON, controller_id) else None,
        "withdrawal_form": WithdrawalForm()
        if request.reach.can(Permission.WORK_CONSENTS, controller_id)
        else None,
    }


def _happened(decision: Decision) -> dict[str, Any]:
    version = decision.notice_version
    shown = (
        _("notice version %(number)s") % {"number": version.number}
        if version
        else _("notice version not known")
    )
    return {
        "at": decision.decided_at,
        "label": f"{decision.get_choice_display()}: {decision.purpose.code} ({decision.law})",
        "by": f"{decision.get_method_display()} · {decision.actor}",
        "note": f"{shown}{' · ' + decision.language if decision.language else ''}",
        "status": words.TONES.get(decision.choice, "quiet"),
    }


def _board(board: Board) -> dict[str, Any]:
    return {
        "board": board,
        "decision": board.decision,
        "tone": "good" if board.state == "stopped" else words.TONES.get(board.state, "quiet"),
        "systems": [(told, words.TONES.get(told.state, "quiet")) for told in board.told],
    }


def _ordering(request: StaffRequest, field: str) -> str:
    """Newest first unless the other way round is asked for."""
    return field if request.GET.get("ordering") == field else f"-{field}"
