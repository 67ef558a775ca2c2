"""The admin looks at requests; it decides nothing."""

from __future__ import annotations

from django.contrib import admin

from dsr.models import SubjectRequest
from privacy_portal.staff.roles import Permission
from privacy_portal.web.within import LookOnly


@admin.register(SubjectRequest)
class SubjectRequestAdmin(LookOnly):
    may_see = Permission.SEE_REQUESTS
    list_display = ("reference", "controller", "right", "law", "status", "due_on")
    list_filter = ("status", "right", "law")
    search_fields = ("reference",)
    exclude = ("extension_reason", "refusal_text")
