"""The datasets of one system: fields and retention rules."""

from __future__ import annotations

from typing import Any

from governance.actions.manifest.sync import Sync
from governance.models import DataElement, Dataset, RetentionRule, System

Entry = dict[str, Any]


def load_datasets(given: Entry, system: System, sync: Sync, *, prune: bool) -> None:
    label = f"{system.controller.code}: {system.code}."
    for described in given["datasets"]:
        options = {name: described[name] for name in ("table", "key", "identity") if described[name]}
        references = [{"field": each["field"], "to": each["to"]} for each in described["references"]]
        if references:
            options["references"] = references
        dataset = sync.bring(
            Dataset,
            f"{label}{described['name']}",
            {"system": system, "name": described["name"]},
            {"options": options, "removed_at": None},
        )
        _load_fields(described, dataset, sync, f"{label}{dataset.name}.", prune=prune)
        _load_rule(described, dataset, sync, f"{label}{dataset.name}", prune=prune)
    names = [described["name"] for described in given["datasets"]]
    gone = system.datasets.filter(removed_at=None).exclude(name__in=names).order_by("name", "pk")
    sync.retire(gone, label, {"removed_at": sync.now}, prune=prune)


def _load_fields(described: Entry, dataset: Dataset, sync: Sync, label: str, *, prune: bool) -> None:
    for position, field in enumerate(described["fields"]):
        values = {name: field[name] for name in ("category", "level", "erase")}
        values |= {
            f"keep_{name}": field[name] for name in ("reason", "article", "statute", "start", "period")
        }
        key = {"dataset": dataset, "name": field["name"]}
        sync.bring(
            DataElement, f"{label}{field['name']}", key, {**values, "position": position, "removed_at": None}
        )
    names = [field["name"] for field in described["fields"]]
    gone = dataset.elements.filter(removed_at=None).exclude(name__in=names).order_by("position", "pk")
    sync.retire(gone, label, {"removed_at": sync.now}, prune=prune)


def _load_rule(described: Entry, dataset: Dataset, sync: Sync, label: str, *, prune: bool) -> None:
    rule = described["retention"]
    if rule:
        values = {name: rule[name] for name in ("start", "period", "action", "source")}
        sync.bring(RetentionRule, f"{label} retention", {"dataset": dataset}, {**values, "ended_at": None})
        return
    gone = RetentionRule.objects.filter(dataset=dataset, ended_at=None)
    sync.retire(gone, f"{label} retention ", {"ended_at": sync.now}, prune=prune)
