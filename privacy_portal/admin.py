"""The admin of the ground floor: staff, controllers and services are edited; what is evidence is only looked at."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from privacy_portal.api.models import ServiceClient
from privacy_portal.api.scopes import SCOPES
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.ledger.catalogue import RoleGranted, RoleRevoked
from privacy_portal.ledger.models import Event
from privacy_portal.ledger.record import record
from privacy_portal.organisation.models import Controller
from privacy_portal.staff.models import Membership, User
from privacy_portal.staff.roles import Permission
from privacy_portal.vocabulary import Actor
from privacy_portal.web.within import LookOnly, Managed, WithinReach, is_operator

admin.site.unregister(Group)


class MembershipInline(Managed, admin.TabularInline):
    """Roles at the controllers one manages; those elsewhere are neither shown nor touched. Nobody changes their own."""

    model = Membership
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, None, Permission.MANAGE_STAFF)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request) and (is_operator(request) or obj != request.user)

    has_add_permission = has_delete_permission = has_change_permission

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Who is new needs a first role: without one, nobody but the operator would see them again."""
        first_role = {"min_num": 1, "validate_min": True} if obj is None and not is_operator(request) else {}
        return super().get_formset(request, obj, **first_role, **kwargs)


@admin.register(User)
class StaffAdmin(Managed, UserAdmin):
    """Accounts are never deleted, because the ledger cites them: they are switched off.

    An account that also belongs elsewhere, or is an operator's, may be given roles but not taken over: its address,
    password and flags are left alone.
    """

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

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, None, Permission.MANAGE_STAFF)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or self._is_ours(request, obj):
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": ("email", "name")}), ("Access", {"fields": ("is_active",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if is_operator(request):
            return ()
        if obj is None or self._is_ours(request, obj):
            return ("is_superuser",)
        return ("email", "name", "is_active", "is_staff", "is_superuser")

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        user = self.get_object(request, id)
        if user is not None and not self._is_ours(request, user):
            raise PermissionDenied
        response: HttpResponse = super().user_change_password(request, id, form_url)
        return response

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """A role given or taken is a line in the ledger of the controller where it holds."""
        with transaction.atomic():
            user = User.objects.select_for_update().get(pk=form.instance.pk)
            before = _roles(user)
            super().save_formset(request, form, formset, change)
            after = _roles(user)
            told: dict[str, Any] = {"by": Actor.staff(request.user.pk), "now": timezone.now()}
            for controller_id, role in sorted(before - after):
                record(RoleRevoked(staff_id=user.pk, role=role), controller_id=controller_id, **told)
            for controller_id, role in sorted(after - before):
                record(RoleGranted(staff_id=user.pk, role=role), controller_id=controller_id, **told)

    def _is_ours(self, request: HttpRequest, user: User) -> bool:
        """All their roles are at controllers one manages, and they are no operator."""
        if is_operator(request):
            return True
        everywhere = Controller.objects.filter(memberships__user=user)
        return (
            not user.is_superuser and not everywhere.exclude(pk__in=self.mine(everywhere, request)).exists()
        )


def _roles(user: User) -> set[tuple[UUID, str]]:
    return set(user.memberships.values_list("controller_id", "role"))


@admin.register(Controller)
class ControllerAdmin(Managed, admin.ModelAdmin):
    list_display = ("name", "code", "country", "calendar")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)


class ConnectionForm(forms.ModelForm):
    """The secret can be replaced, never read."""

    new_secret = forms.CharField(required=False, widget=forms.PasswordInput(render_value=False))

    class Meta:
        model = Connection
        fields = ("code", "group", "timeout_seconds", "max_attempts", "answer_within_hours", "owner")


@admin.register(Connection)
class ConnectionAdmin(WithinReach, admin.ModelAdmin):
    """Systems are registered from the manifest; here their owner, group, limits and secret are kept."""

    may_see = Permission.SEE_REGISTER
    may_edit = Permission.EDIT_REGISTER
    form = ConnectionForm
    list_display = ("code", "controller", "kind", "group", "owner", "paused_at")
    list_filter = ("kind", "group")
    readonly_fields = ("code",)

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        if secret := form.cleaned_data.get("new_secret"):
            obj.seal_secret(secret)
        super().save_model(request, obj, form, change)


class ServiceForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{scope}: {words}") for scope, words in SCOPES.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Taken from living tokens, too, within seconds. None at all: the service is shut out.",
    )


@admin.register(ServiceClient)
class ServiceClientAdmin(Managed, admin.ModelAdmin):
    """The operator ties an application to a controller; what it may do there is decided where staff is managed."""

    form = ServiceForm
    list_display = ("code", "controller", "scopes")
    fields = ("application", "controller", "code", "scopes")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if is_operator(request) else ("application", "controller", "code")


@admin.register(SystemTask)
class SystemTaskAdmin(LookOnly):
    may_see = Permission.SEE_TASKS
    list_display = ("id", "verb", "connection", "status", "due_at", "attempts", "error_code")
    list_filter = ("status", "verb")


@admin.register(Event)
class EventAdmin(LookOnly):
    may_see = Permission.SEE_LEDGER
    list_display = ("pk", "type", "actor", "occurred_at")
    list_filter = ("type",)
