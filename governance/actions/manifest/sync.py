"""Brings one row into step with what the manifest says, and keeps count of what that changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


@dataclass(slots=True)
class Changes:
    """What loading a manifest did, in words for the command line."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    not_in_file: list[str] = field(default_factory=list)
    unchanged: int = 0

    @property
    def any(self) -> bool:
        return bool(self.created or self.updated or self.retired)

    def touched(self) -> int:
        return len(self.created) + len(self.updated) + len(self.retired)


class Sync:
    """One loading: `now` dates the history rows, `changes` collects what happened."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.changes = Changes()

    def bring(self, model: type[Row], label: str, key: Mapping[str, Any], values: Mapping[str, Any]) -> Row:
        """The row with this key, made or changed to these values. Nothing is written when nothing differs."""
        row = model._default_manager.filter(**key).first()  # the key is unique
        if row is None:
            row = model(**key, **values)
            self.write(row)
            self.changes.created.append(label)
            return row
        different = [name for name, value in values.items() if getattr(row, name) != value]
        for name in different:
            setattr(row, name, values[name])
        if different:
            self.write(row)
            self.changes.updated.append(f"{label} ({', '.join(different)})")
        else:
            self.changes.unchanged += 1
        return row

    def bring_set(self, row: models.Model, name: str, label: str, wanted: Iterable[models.Model]) -> None:
        """A many-to-many relation; history is written once, and only if the set differs."""
        related = getattr(row, name)
        keys = {other.pk for other in wanted}
        if set(related.values_list("pk", flat=True)) != keys:
            row._history_date = self.now  # type: ignore[attr-defined]
            related.set(keys)
            self.changes.updated.append(f"{label} ({name})")

    def retire(
        self, rows: Iterable[models.Model], label: str, end: Mapping[str, Any], *, prune: bool
    ) -> None:
        """Rows the file no longer has: ended when pruning, else only pointed out."""
        for row in rows:
            if not prune:
                self.changes.not_in_file.append(f"{label}{row}")
                continue
            for name, value in end.items():
                setattr(row, name, value)
            self.write(row)
            self.changes.retired.append(f"{label}{row}")

    def write(self, row: models.Model) -> None:
        row._history_date = self.now  # type: ignore[attr-defined]
        row.save()
