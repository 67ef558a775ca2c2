"""The register is edited here, within the memberships of whoever edits; cases are only looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin

from governance.actions.describe import describe_connection
from governance.actions.manifest.order import circle
from governance.models import (
    Breach,
    DataElement,
    Dataset,
    Disposal,
    DisposalEntry,
    Flow,
    Hold,
    ProcessingActivity,
    Purpose,
    Recipient,
    RetentionRule,
    Sweep,
    System,
)
from privacy_portal.staff.roles import Permission
from privacy_portal.web.within import LookOnly, WithinReach, reach_of, register_paths

register_paths(
    {
        Dataset: "system__controller",
        DataElement: "dataset__system__controller",
        RetentionRule: "dataset__system__controller",
        ProcessingActivity: "system__controller",
        Disposal: "sweep__controller",
        DisposalEntry: "disposal__sweep__controller",
    }
)


class SystemForm(ModelForm):
    def clean_after(self) -> Any:
        """A circle would leave every erasure without an order."""
        first = self.cleaned_data["after"]
        others = System.objects.filter(controller_id=self.instance.controller_id).exclude(pk=self.instance.pk)
        needs = {
            other.code: [needed.code for needed in other.after.all()]
            for other in others.prefetch_related("after")
        }
        needs[self.instance.code] = [system.code for system in first]
        if around := circle(needs):
            raise ValidationError(f"These systems would wait for each other: {', '.join(around)}.")
        return first


class RegisterAdmin(WithinReach, SimpleHistoryAdmin):
    """An entry of the register: from the manifest, and retired by it. What was edited reaches the connection too."""

    may_see = Permission.SEE_REGISTER
    may_edit = Permission.EDIT_REGISTER

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for system in self.systems_of(form.instance):
            describe_connection(system_id=system.pk)

    def systems_of(self, row: Any) -> list[System]:
        return []


@admin.register(System)
class SystemAdmin(RegisterAdmin):
    form = SystemForm
    list_display = ("name", "code", "controller", "kind", "country", "owner_team", "retired_at")
    list_filter = ("kind", "country")
    search_fields = ("name", "code")
    fields = ("controller", "code", "kind", "name", "country", "owner_name", "owner_team", "after")
    readonly_fields = ("controller", "code", "kind")
    filter_horizontal = ("after",)


class ElementInline(WithinReach, admin.TabularInline):
    may_see = Permission.SEE_REGISTER
    may_edit = Permission.EDIT_REGISTER
    model = DataElement
    extra = 0
    readonly_fields = ("name",)
    exclude = ("position", "removed_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return reach_of(request).can_anywhere(Permission.EDIT_REGISTER)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return reach_of(request).can_anywhere(Permission.SEE_REGISTER)


@admin.register(Dataset)
class DatasetAdmin(RegisterAdmin):
    list_display = ("name", "system", "removed_at")
    list_filter = ("system",)
    fields = ("system", "name", "options")
    readonly_fields = ("system", "name")
    inlines = (ElementInline,)

    def systems_of(self, row: Any) -> list[System]:
        return [row.system]


@admin.register(RetentionRule)
class RetentionRuleAdmin(RegisterAdmin):
    list_display = ("dataset", "start", "period", "source", "ended_at")
    fields = ("dataset", "start", "period", "action", "source")
    readonly_fields = ("dataset",)

    def systems_of(self, row: Any) -> list[System]:
        return [row.dataset.system]


@admin.register(Purpose)
class PurposeAdmin(RegisterAdmin):
    list_display = ("code", "controller", "legal_basis", "is_live", "cessation_hours")
    list_filter = ("legal_basis", "is_live")
    readonly_fields = ("controller", "code")


@admin.register(ProcessingActivity)
class ProcessingActivityAdmin(RegisterAdmin):
    list_display = ("purpose", "system", "does", "removed_at")
    readonly_fields = ("purpose", "system")
    exclude = ("removed_at",)


@admin.register(Recipient)
class RecipientAdmin(RegisterAdmin):
    list_display = ("name", "controller", "kind", "country", "safeguard")
    readonly_fields = ("controller", "code")


@admin.register(Flow)
class FlowAdmin(RegisterAdmin):
    list_display = ("source", "system", "recipient", "purpose", "via")
    readonly_fields = ("controller", "source", "system", "recipient")
    exclude = ("removed_at",)


@admin.register(Hold)
class HoldAdmin(WithinReach, SimpleHistoryAdmin):
    may_see = Permission.SEE_RETENTION
    list_display = ("pk", "controller", "ground", "review_on", "placed_at", "lifted_at")


@admin.register(Sweep)
class SweepAdmin(LookOnly):
    may_see = Permission.SEE_RETENTION
    list_display = ("night", "controller", "status", "released_by", "closed_at")
    list_filter = ("status",)


@admin.register(Disposal)
class DisposalAdmin(LookOnly):
    may_see = Permission.SEE_RETENTION
    list_display = ("dataset", "system", "status", "expected", "held", "erased", "rows_left")
    list_filter = ("status",)


@admin.register(DisposalEntry)
class DisposalEntryAdmin(LookOnly):
    may_see = Permission.SEE_RETENTION
    list_display = ("at", "disposal", "what", "rows", "rows_left", "held")


@admin.register(Breach)
class BreachAdmin(LookOnly):
    may_see = Permission.SEE_BREACHES
    list_display = ("title", "controller", "status", "aware_at", "reported_at")
    list_filter = ("status",)
