"""Consent in the admin: looked at, never decided."""

from __future__ import annotations

from django.contrib import admin

from consent.models import CurrentDecision, Decision, Notice, NoticeVersion
from privacy_portal.staff.roles import Permission
from privacy_portal.web.within import LookOnly, register_paths

register_paths({NoticeVersion: "notice__controller"})


@admin.register(Notice)
class NoticeAdmin(LookOnly):
    may_see = Permission.SEE_CONSENTS
    list_display = ("purpose", "controller", "valid_months", "valid_source", "evidence_days")
    list_filter = ("controller",)


@admin.register(NoticeVersion)
class NoticeVersionAdmin(LookOnly):
    may_see = Permission.SEE_CONSENTS
    list_display = ("notice", "number", "published_at", "published_by", "sha256")


@admin.register(Decision)
class DecisionAdmin(LookOnly):
    may_see = Permission.SEE_CONSENTS
    list_display = ("id", "purpose", "law", "choice", "decided_at", "method", "source")
    list_filter = ("choice", "method", "controller")
    search_fields = ("=id", "=subject__id")


@admin.register(CurrentDecision)
class CurrentDecisionAdmin(LookOnly):
    may_see = Permission.SEE_CONSENTS
    list_display = ("subject_id", "purpose", "law", "choice", "decided_at", "valid_until")
    list_filter = ("choice", "controller")
    search_fields = ("=subject__id",)
