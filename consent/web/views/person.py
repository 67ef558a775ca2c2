"""The person's own page, reached by a signed link; no log-in, no JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import wraps
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from consent import queries
from consent.actions import choices, links
from consent.errors import LinkExpired, LinkNotValid
from consent.models import Decision
from consent.queries.preferences import Preference
from consent.states import Choice
from consent.web import words
from consent.web.forms import ChoicesForm, LinkForm
from privacy_portal.organisation.models import Controller
from privacy_portal.subjects.models import Subject


class OwnPage(Protocol):
    def __call__(self, request: HttpRequest, subject: Subject, token: str) -> HttpResponse: ...


def by_link(view: OwnPage) -> Any:
    """Opens a page to who holds the link; a link that does not open says how to get a new one."""

    @wraps(view)
    def door(request: HttpRequest, token: str) -> HttpResponse:
        try:
            subject = queries.opened(token, now=timezone.now())
        except (LinkExpired, LinkNotValid) as problem:
            return _link_problem(request, problem)
        response = view(request, subject, token)
        response["Cache-Control"] = "no-store"
        return response

    return door


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def preference_form(request: HttpRequest, subject: Subject, token: str) -> HttpResponse:
    now, language = timezone.now(), _language()
    rows = queries.preferences(subject, language=language, now=now)
    form = ChoicesForm(rows, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        saved = choices.save_choices(
            subject_id=subject.pk,
            wanted=form.wanted(),
            language=language,
            user_agent=request.headers.get("User-Agent", ""),
            address=request.META.get("REMOTE_ADDR", ""),
            now=now,
        )
        done = reverse("consent:preference_saved", args=[token])
        return redirect(done if saved else f"{done}?same=1")
    page = {
        "controller": subject.controller,
        "asked": [_shown(row) for row in rows if row.asks],
        "others": [_shown(row) for row in rows if not row.asks],
        "history": _history(subject, language),
        "form": form,
    }
    return render(request, "consent/preference_form.html", page, status=422 if form.errors else 200)


@require_safe
@by_link
def preference_saved(request: HttpRequest, subject: Subject, token: str) -> HttpResponse:
    """What the last change means: what stops, who is told and by when, what goes on."""
    now, language = timezone.now(), _language()
    changed = [] if "same" in request.GET else queries.last_change(subject)
    page = {
        "controller": subject.controller,
        "token": token,
        "stopped": queries.stopped_by(changed, language=language, now=now),
        "said_yes": _titles(changed, Choice.GIVEN, language),
        "said_no": _titles(changed, Choice.REFUSED, language),
        "others": [
            _shown(row) for row in queries.preferences(subject, language=language, now=now) if not row.asks
        ],
    }
    return render(request, "consent/preference_saved.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def preference_door(request: HttpRequest, controller_code: str) -> HttpResponse:
    """Ask for a link. The answer is the same whether we know the address or not."""
    controller = get_object_or_404(Controller, code=controller_code)
    form = LinkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        links.ask_for_link(controller_id=controller.pk, email=form.cleaned_data["email"], now=timezone.now())
        return redirect("consent:preference_link_sent", controller_code=controller.code)
    page = {"controller": controller, "form": form}
    return render(request, "consent/preference_door.html", page, status=422 if form.errors else 200)


@require_safe
def preference_link_sent(request: HttpRequest, controller_code: str) -> HttpResponse:
    page = {"controller": get_object_or_404(Controller, code=controller_code)}
    return render(request, "consent/preference_link_sent.html", page)


def _link_problem(request: HttpRequest, problem: LinkExpired | LinkNotValid) -> HttpResponse:
    own = problem.fields.get("controller")
    doors = [own] if own else list(Controller.objects.order_by("name", "pk"))
    page = {"problem": problem, "controller": own, "doors": doors}
    return render(request, "consent/preference_link_problem.html", page, status=problem.status)


def _language() -> str:
    return (get_language() or "en")[:2]


def _shown(row: Preference) -> dict[str, Any]:
    return {
        "row": row,
        "field": f"purpose-{row.code}",
        "basis": words.BASIS[row.basis_code],
        "standings": [_standing(one.choice, one.since, one.until, one.law) for one in row.standings]
        or [_standing("")],
        "may_object": row.basis_code in ("legitimate_interests", "public_task"),
    }


def _standing(
    choice: str, since: datetime | None = None, until: datetime | None = None, law: str = ""
) -> dict[str, Any]:
    return {
        "words": words.STANDING[choice],
        "tone": words.TONES.get(choice, "quiet"),
        "since": since if choice != Choice.PENDING else None,
        "until": until if choice == Choice.GIVEN else None,
        "law": law,
    }


def _titles(decisions: Sequence[Decision], choice: Choice, language: str) -> list[str]:
    """Once each, though one purpose may have been decided under several laws."""
    named = (row.purpose.name_in(language) for row in decisions if row.choice == choice)
    return list(dict.fromkeys(named))


def _history(subject: Subject, language: str) -> list[dict[str, Any]]:
    return [
        {
            "at": decision.decided_at,
            "label": f"{words.DONE[decision.choice]}: {decision.purpose.name_in(language)}",
            "by": f"{decision.get_method_display()} · {decision.law}",
            "status": words.TONES.get(decision.choice, "quiet"),
        }
        for decision in queries.history(subject.pk)
    ]
