"""The person's pages: ask, prove it is you, follow, fetch, cancel. No account, no JavaScript."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from dsr.actions import answer, identity, intake, links
from dsr.errors import WrongCode
from dsr.models import SubjectRequest
from dsr.models.intake import Channel
from dsr.states import MOVES, Status
from dsr.web import present
from dsr.web.forms import CodeForm, RequestForm
from privacy_portal.errors import IllegalMove, Invalid
from privacy_portal.fanout import parcels
from privacy_portal.organisation.models import Controller
from privacy_portal.vocabulary import Actor, IdentifierKind

WEB_FORM = Actor.system("dsr.form")


@never_cache
def request_form(request: HttpRequest, controller_code: str) -> HttpResponse:
    controller = get_object_or_404(Controller, code=controller_code)
    form = RequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            opened = intake.open_request(
                controller_id=controller.pk, asked=_asked(form.cleaned_data), by=WEB_FORM, now=timezone.now()
            )
        except Invalid as error:
            form.add_error("email", error.fix)
        else:
            return redirect("dsr:confirm", token=links.confirm_token(opened))
    status = 422 if form.errors else 200
    return render(request, "dsr/request_form.html", {"form": form, "controller": controller}, status=status)


@never_cache
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Enter the code. A wrong, spent or late code gives one and the same answer."""
    case = _case(links.to_confirm(token))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            by = Actor.subject(case.subject_id)
            identity.confirm_identity(
                request_id=case.pk, code=form.cleaned_data["code"], by=by, now=timezone.now()
            )
        except WrongCode as error:
            form.add_error("code", _(error.detail))
        else:
            return redirect("dsr:tracking", token=links.tracking_token(case))
    page = {
        "form": form,
        "controller": case.controller,
        "token": token,
        "reference": case.reference,
        "minutes": int(identity.LIFE.total_seconds() // 60),
        "sent": "sent" in request.GET,
    }
    return render(request, "dsr/confirm.html", page, status=422 if form.errors else 200)


@require_POST
def send_again(request: HttpRequest, token: str) -> HttpResponse:
    """Who has only this link does not learn whether somebody has confirmed meanwhile: the page is the same."""
    case = _case(links.to_confirm(token))
    with suppress(IllegalMove, identity.TooManyCodes):
        identity.send_code_again(request_id=case.pk, by=WEB_FORM, now=timezone.now())
    return redirect(f"{reverse('dsr:confirm', args=[token])}?sent=1")


@never_cache
def tracking(request: HttpRequest, token: str) -> HttpResponse:
    case = _case(links.to_track(token))
    now = timezone.now()
    page: dict[str, Any] = {
        "case": case,
        "token": token,
        "controller": case.controller,
        "clock": present.clock(case, now),
        "rail": present.rail(case),
        "can_cancel": Status.CANCELLED in MOVES[case.status],
        "answer": present.answer_of(case, now),
    }
    return render(request, "dsr/tracking.html", page)


@require_POST
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    case = _case(links.to_track(token))
    intake.cancel(request_id=case.pk, by=Actor.subject(case.subject_id), now=timezone.now())
    return redirect("dsr:tracking", token=token)


@require_POST
def download(request: HttpRequest, token: str) -> HttpResponse | StreamingHttpResponse | FileResponse:
    """The package, decrypted on its way out; that it left is in the ledger before the first byte."""
    case = _case(links.to_track(token))
    parcel = answer.download(request_id=case.pk, by=Actor.subject(case.subject_id), now=timezone.now())
    response = StreamingHttpResponse(parcels.open_stream(parcel), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{parcel.name}"'
    response["Content-Length"] = str(parcel.size)
    response["Cache-Control"] = "no-store"
    return response


def _case(pk: object) -> SubjectRequest:
    return get_object_or_404(SubjectRequest.objects.select_related("controller"), pk=pk)


def _asked(data: dict[str, Any]) -> intake.Asked:
    return intake.Asked(
        right=data["right"],
        law=data["law"],
        identifiers={IdentifierKind.EMAIL: data["email"]},
        channel=Channel.FORM,
        language=(get_language() or "en")[:2],
    )
