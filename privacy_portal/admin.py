"""The admin of the ground floor: staff, controllers and services are edited; what is evidence is only looked at."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from privacy_portal.api.models import ServiceClient
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.ledger.catalogue import RoleGranted
from privacy_portal.ledger.models import Event
from privacy_portal.ledger.record import record
from privacy_portal.organisation.models import Controller
from privacy_portal.staff.models import Membership, User
from privacy_portal.vocabulary import Actor

# One way in, with its second factor and its limits, for the admin too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.unregister(Group)


class LookOnly(admin.ModelAdmin):
    """What happened is never edited here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0


@admin.register(User)
class StaffAdmin(UserAdmin):
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff")
    search_fields = ("email", "name")
    list_filter = ("is_active", "is_staff")
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2")}),)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """A role given is a line in the ledger of the controller where it holds."""
        with transaction.atomic():
            super().save_formset(request, form, formset, change)
            for membership in formset.new_objects:
                record(
                    RoleGranted(staff_id=membership.user_id, role=membership.role),
                    controller_id=membership.controller_id,
                    by=Actor.staff(request.user.pk),
                    now=timezone.now(),
                )


@admin.register(Controller)
class ControllerAdmin(admin.ModelAdmin):
    list_display = ("name", "code", "country", "calendar")


class ConnectionForm(forms.ModelForm):
    """The secret can be replaced, never read."""

    new_secret = forms.CharField(required=False, widget=forms.PasswordInput(render_value=False))

    class Meta:
        model = Connection
        fields = ("code", "group", "timeout_seconds", "max_attempts", "answer_within_hours", "owner")


@admin.register(Connection)
class ConnectionAdmin(admin.ModelAdmin):
    """Systems are registered from the manifest; here their owner, group, limits and secret are kept."""

    form = ConnectionForm
    list_display = ("code", "controller", "kind", "group", "owner", "paused_at")
    list_filter = ("kind", "group")
    readonly_fields = ("code",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        if secret := form.cleaned_data.get("new_secret"):
            obj.seal_secret(secret)
        super().save_model(request, obj, form, change)


@admin.register(ServiceClient)
class ServiceClientAdmin(admin.ModelAdmin):
    list_display = ("code", "controller", "scopes")


@admin.register(SystemTask)
class SystemTaskAdmin(LookOnly):
    list_display = ("id", "verb", "connection", "status", "due_at", "attempts", "error_code")
    list_filter = ("status", "verb")


@admin.register(Event)
class EventAdmin(LookOnly):
    list_display = ("pk", "type", "actor", "occurred_at")
    list_filter = ("type",)
