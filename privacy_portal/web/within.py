"""The admin within reach: rows, choices and filters of controllers where one may see them, and nothing else.

Every model of ours in the admin inherits from here; a test insists.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from privacy_portal.organisation.models import Controller
from privacy_portal.staff.models import User
from privacy_portal.staff.reach import Reach, of_staff
from privacy_portal.staff.roles import Permission
from privacy_portal.vocabulary import Actor

_paths: dict[type[Model], str] = {Controller: "pk", User: "memberships__controller"}


def register_paths(paths: dict[Any, str]) -> None:
    """From a row to its controller; a model that is not named has a field `controller`."""
    _paths.update(paths)


def reach_of(request: HttpRequest) -> Reach:
    """Nobody reaches anything here without the admin flag."""
    user = request.user
    if isinstance(user, User) and user.is_active and user.is_staff:
        return of_staff(user)
    return Reach(actor=Actor.system("nobody"), permissions={})


def is_operator(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and user.is_active and user.is_staff and user.is_superuser


def narrowed(rows: QuerySet[Any], reach: Reach, permission: Permission) -> QuerySet[Any]:
    """Those at a controller where this may be done."""
    path = _paths.get(rows.model, "controller")
    mine = rows.model._default_manager.filter(**{f"{path}__in": reach.where(permission)})
    return rows.filter(pk__in=mine.values("pk"))


class ReachableChoices(admin.RelatedFieldListFilter):
    """A filter beside a list names what lies within reach only."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[Any]:
        assert isinstance(model_admin, WithinReach)
        mine = model_admin.mine(field.related_model._default_manager.all(), request)
        choices: list[Any] = field.get_choices(
            include_blank=False, limit_choices_to={"pk__in": mine.values("pk")}
        )
        return choices


class WithinReach(admin.options.BaseModelAdmin):
    """What one may see, and change where `may_edit` says so. Nothing is added or deleted unless a subclass says so."""

    may_see: ClassVar[Permission]
    may_edit: ClassVar[Permission | None] = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.mine(super().get_queryset(request), request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return reach_of(request).can_anywhere(self.may_see)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj, self.may_see)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_edit is not None and self._may(request, obj, self.may_edit)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        return self.mine(db_field.related_model._default_manager.all(), request)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        fields = {field.name: field for field in self.opts.get_fields()}
        return [
            (name, ReachableChoices) if isinstance(name, str) and fields[name].is_relation else name
            for name in getattr(self, "list_filter", ())
        ]

    def mine(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        return narrowed(rows, reach_of(request), self.may_see)

    def _may(self, request: HttpRequest, row: Model | None, permission: Permission) -> bool:
        reach = reach_of(request)
        if row is None:
            return reach.can_anywhere(permission)
        return narrowed(type(row)._default_manager.filter(pk=row.pk), reach, permission).exists()


class LookOnly(WithinReach, admin.ModelAdmin):
    """What happened is never edited here."""


class Managed(WithinReach):
    """Staff, controllers and services: for who manages staff there, and for the operator everywhere.

    An operator (`is_superuser`, made on the command line) needs no membership here, and gets nothing elsewhere by it.
    """

    may_see = Permission.MANAGE_STAFF
    may_edit = Permission.MANAGE_STAFF

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request) or super().has_module_permission(request)

    def mine(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        return rows if is_operator(request) else super().mine(rows, request)

    def _may(self, request: HttpRequest, row: Model | None, permission: Permission) -> bool:
        return is_operator(request) or super()._may(request, row, permission)
