"""The register: systems, what they hold, what they work for."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from governance.queries import pages
from governance.queries.register import system_in_full
from governance.web.filters import SystemFilter
from privacy_portal.staff.roles import Permission
from privacy_portal.web.access import StaffRequest, staff_view

PER_PAGE = 50
COLUMNS = [
    {"label": _("System")},
    {"label": _("Controller")},
    {"label": _("Reached by")},
    {"label": _("Country")},
    {"label": _("Owner")},
    {"label": _("Asked after")},
    {"label": _("Datasets"), "numeric": True},
    {"label": _("Purposes"), "numeric": True},
]


@staff_view(Permission.SEE_REGISTER)
def system_list(request: StaffRequest) -> HttpResponse:
    filters = SystemFilter(request.GET, queryset=pages.listed_systems(request.reach), request=request)
    page = Paginator(filters.qs, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "governance/system_list.html", {"filters": filters, "page": page, "columns": COLUMNS}
    )


@staff_view(Permission.SEE_REGISTER)
def system_detail(request: StaffRequest, system_id: UUID) -> HttpResponse:
    system = system_in_full(request.reach, pk=system_id)
    if system is None:
        raise Http404
    context = {
        "system": system,
        "lanes": pages.order_around(system),
        "categories": pages.categories_of(system),
        "flows": pages.flows_of(system),
        "history": pages.history_of(system),
        "can_edit": request.user.is_staff
        and request.reach.can(Permission.EDIT_REGISTER, system.controller_id),
    }
    return render(request, "governance/system_detail.html", context)
