"""The admin looks at requests; it decides nothing."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from dsr.models import SubjectRequest


@admin.register(SubjectRequest)
class SubjectRequestAdmin(admin.ModelAdmin):
    list_display = ("reference", "controller", "right", "law", "status", "due_on")
    list_filter = ("status", "right", "law")
    search_fields = ("reference",)
    exclude = ("extension_reason", "refusal_text")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
