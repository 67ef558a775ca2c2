"""Staff pages of notices: what people are told, version by version."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from consent import queries
from consent.actions import notices
from consent.errors import SameText
from consent.models import Notice, NoticeVersion
from consent.queries.purposes import purposes
from consent.web.forms import NoticeForm
from privacy_portal.staff.roles import Permission
from privacy_portal.web.access import StaffRequest, demand, staff_view, within_or_404


@staff_view(Permission.SEE_CONSENTS)
def notice_list(request: StaffRequest) -> HttpResponse:
    """Every purpose with the version people see now; without one, the register's own words are shown to them."""
    latest: dict[UUID, NoticeVersion] = {}
    for controller_id in request.reach.controller_ids:
        latest |= queries.latest_versions(controller_id)
    rows = (
        purposes()
        .within(request.reach)
        .select_related("controller")
        .order_by("controller__code", "code", "pk")
    )
    page = {"rows": [{"purpose": purpose, "version": latest.get(purpose.pk)} for purpose in rows]}
    return render(request, "consent/notice_list.html", page)


@staff_view(Permission.SEE_CONSENTS)
def notice_detail(request: StaffRequest, purpose_id: UUID) -> HttpResponse:
    """All versions, and a form for the next one to who may publish."""
    purpose = within_or_404(purposes().select_related("controller"), request.reach, pk=purpose_id)
    notice = Notice.objects.within(request.reach).filter(purpose_id=purpose_id).first()  # one per purpose
    versions = list(notice.versions.order_by("-number")) if notice else []
    may_publish = request.reach.can(Permission.WORK_CONSENTS, purpose.controller_id)
    sent = request.POST if request.method == "POST" else None
    form = NoticeForm(_languages(purpose), sent, initial=_initial(purpose, notice, versions))
    if request.method == "POST":
        demand(request, Permission.WORK_CONSENTS, purpose.controller_id)
        if form.is_valid() and _publish(request, purpose, form):
            return redirect("consent:notice_detail", purpose_id=purpose_id)
    page = {"purpose": purpose, "notice": notice, "versions": versions, "form": form if may_publish else None}
    return render(request, "consent/notice_detail.html", page, status=422 if form.errors else 200)


def _publish(request: StaffRequest, purpose: Any, form: NoticeForm) -> bool:
    try:
        version = notices.publish_version(
            controller_id=purpose.controller_id,
            purpose=purpose.code,
            texts=form.texts(),
            valid_months=form.cleaned_data["valid_months"],
            valid_source=form.cleaned_data["valid_source"],
            by=request.reach.actor,
            now=timezone.now(),
        )
    except SameText as error:
        form.add_error(None, error.detail)
        return False
    messages.success(request, _("Version %(number)s is published and frozen.") % {"number": version.number})
    return True


def _languages(purpose: Any) -> list[str]:
    return list(dict.fromkeys([*purpose.controller.languages, *purpose.texts])) or ["en"]


def _initial(purpose: Any, notice: Notice | None, versions: list[NoticeVersion]) -> dict[str, Any]:
    """The words now shown, so that a change is an edit."""
    words = {}
    for language in _languages(purpose):
        shown = versions[0].texts.get(language, {}) if versions else {}
        words[f"title-{language}"] = shown.get("title") or purpose.names.get(language, "")
        words[f"body-{language}"] = shown.get("body") or purpose.texts.get(language, "")
    rules = {"valid_months": notice.valid_months, "valid_source": notice.valid_source} if notice else {}
    return words | rules
