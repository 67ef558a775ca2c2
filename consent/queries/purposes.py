"""The register's purposes as consent reads them; the rows are governance's."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from consent.models import Notice


def purposes() -> Any:
    """A queryset of all purposes of all controllers, to be narrowed by the caller."""
    model: Any = Notice._meta.get_field("purpose").related_model
    return model._default_manager.all()


def activities() -> QuerySet[Any]:
    """What systems do for purposes."""
    return QuerySet(purposes().model._meta.get_field("activities").related_model)


def systems() -> QuerySet[Any]:
    return QuerySet(activities().model._meta.get_field("system").related_model)
