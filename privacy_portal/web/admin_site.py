"""The admin's front door: the sign-in of all staff pages, with the second factor they demand."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from privacy_portal.web.access import lacks_second_factor


class StaffSite(AdminSite):
    """Each page of the admin, and each form sent to it, asks `has_permission` first."""

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not lacks_second_factor(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Where who may not come in is sent: to the sign-in, or to set up the factor that is missing."""
        if lacks_second_factor(request):
            return redirect("mfa_index")
        door: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return door
