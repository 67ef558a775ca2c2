"""Keeps each connection's dataset description in step with the register: the register is the one place to edit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from governance.models import DataElement, Dataset, RetentionRule, System
from governance.states import ErasureStrategy


def describe_connection(*, system_id: UUID) -> bool:
    """Write the system's datasets into its connection's options, in the caller's transaction; True if they changed."""
    system = System.objects.select_for_update(of=("self",)).get(pk=system_id)
    connection = system.connection
    options = {**connection.options, "datasets": _datasets(system)}
    if options == connection.options:
        return False
    connection.options = options
    connection.save(update_fields=["options"])
    return True


def _datasets(system: System) -> list[dict[str, Any]]:
    elements = DataElement.objects.filter(removed_at=None).order_by("position", "pk")
    datasets = (
        system.datasets.filter(removed_at=None)
        .select_related("retention_rule")
        .prefetch_related(Prefetch("elements", elements))
        .order_by("pk")
    )
    return [_described(dataset) for dataset in datasets]


def _described(dataset: Dataset) -> dict[str, Any]:
    described = {
        "name": dataset.name,
        **dataset.options,
        "fields": [_field(row) for row in dataset.elements.all()],
    }
    rule: RetentionRule | None = getattr(dataset, "retention_rule", None)
    if rule and rule.ended_at is None:
        described["retention"] = {"start": rule.start, "period": rule.period, "action": rule.action}
    return described


def _field(element: DataElement) -> dict[str, str]:
    field = {"name": element.name, "category": element.category, "erase": element.erase}
    if element.erase == ErasureStrategy.KEEP:
        grounds = {
            "reason": element.keep_reason,
            "article": element.keep_article,
            "statute": element.keep_statute,
            "start": element.keep_start,
            "period": element.keep_period,
        }
        field |= {name: value for name, value in grounds.items() if value}
    return field
