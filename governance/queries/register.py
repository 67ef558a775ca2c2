"""Reads of the register: who uses a purpose, who holds a category, and in which order systems are asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from governance.models import DataElement, Dataset, Hold, ProcessingActivity, Purpose, System
from governance.models.register import PurposeQuerySet
from privacy_portal.errors import Conflict, NotFound
from privacy_portal.fanout.models import Connection
from privacy_portal.reading import read_once
from privacy_portal.staff.reach import Reach
from privacy_portal.vocabulary import DataCategory


@dataclass(frozen=True, slots=True)
class ConnectedSystem:
    """A system that can be asked; `after` holds the codes of the systems that must have answered first."""

    system: System
    connection: Connection
    after: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        return self.system.code


def purpose_by_code(*, controller_id: UUID, code: str) -> Purpose:
    """Raises NotFound."""
    purpose = _purposes(controller_id).filter(code=code).first()  # unique
    if purpose is None:
        raise NotFound("There is no such purpose at this controller.")
    return purpose


def live_purposes(controller_id: UUID) -> list[Purpose]:
    return list(_purposes(controller_id).live().order_by("code", "pk"))


def is_live(purpose: Purpose) -> bool:
    """Whether data may be collected for it at all: somebody works for it, and it was not ended."""
    return purpose.is_live and activities_for(purpose).exists()


def systems_using(purpose: Purpose) -> QuerySet[System]:
    """Systems that work for the purpose, retired ones left out."""
    return (
        System.objects.in_use()
        .filter(activities__purpose=purpose, activities__removed_at=None)
        .order_by("code", "pk")
    )


def systems_holding(category: DataCategory, *, controller_id: UUID) -> QuerySet[System]:
    """Systems with at least one field of the category."""
    elements = DataElement.objects.filter(category=category, removed_at=None, dataset__removed_at=None)
    return (
        System.objects.in_use()
        .filter(controller_id=controller_id, pk__in=elements.values("dataset__system"))
        .order_by("code", "pk")
    )


def activities_for(purpose: Purpose) -> QuerySet[ProcessingActivity]:
    """What each system in use does for the purpose, with system, connection and recipients at hand."""
    return (
        ProcessingActivity.objects.in_use()
        .filter(purpose=purpose)
        .select_related("purpose", "system__connection")
        .prefetch_related("recipients")
        .order_by("system__code", "pk")
    )


def systems_within(reach: Reach) -> QuerySet[System]:
    """The register's list, retired systems included."""
    return (
        System.objects.within(reach)
        .select_related("controller")
        .prefetch_related("after")
        .order_by("code", "pk")
    )


def system_in_full(reach: Reach, **lookup: Any) -> System | None:
    """One system with `living_datasets` (each with `living_elements` and its rule) and `living_activities`."""
    elements = DataElement.objects.filter(removed_at=None).order_by("position", "pk")
    datasets = (
        Dataset.objects.filter(removed_at=None)
        .select_related("retention_rule")
        .prefetch_related(Prefetch("elements", elements, to_attr="living_elements"))
        .order_by("name", "pk")
    )
    activities = (
        ProcessingActivity.objects.filter(removed_at=None)
        .select_related("purpose")
        .prefetch_related("recipients")
        .order_by("purpose__code", "pk")
    )
    return (
        systems_within(reach)
        .filter(**lookup)
        .select_related("connection")
        .prefetch_related(
            Prefetch("datasets", datasets, to_attr="living_datasets"),
            Prefetch("activities", activities, to_attr="living_activities"),
            "before",
        )
        .first()  # by key, or by code within one controller
    )


def holds_on(subject_id: UUID, *, on: date | None = None) -> list[Hold]:
    """Legal holds in force for a person, also those that cover one dataset only. Due reviews do not end a hold."""
    holds = Hold.objects.in_force().filter(subject_id=subject_id)
    if on is not None:
        holds = holds.filter(placed_at__date__lte=on)
    return list(holds.select_related("dataset__system").order_by("placed_at", "pk"))


def dataset_holds(controller_id: UUID) -> list[Hold]:
    """Holds in force on whole datasets, whoever the rows are about."""
    holds = Hold.objects.in_force().filter(controller_id=controller_id, subject=None)
    return list(holds.select_related("dataset__system").order_by("placed_at", "pk"))


def holds_touching(controller_id: UUID, subject_id: UUID) -> list[Hold]:
    """Holds that stand against erasing this person anywhere: the person's own, and those on whole datasets."""
    mine = Q(subject_id=subject_id) | Q(controller_id=controller_id, subject=None)
    return list(
        Hold.objects.in_force().filter(mine).select_related("dataset__system").order_by("placed_at", "pk")
    )


@read_once
def connections_for(controller_id: UUID) -> list[ConnectedSystem]:
    """Every system in use, each after those it depends on; ready for one graph of tasks.

    Raises Conflict on a circle, which the manifest and the admin refuse to write.
    """
    systems = list(
        System.objects.in_use()
        .filter(controller_id=controller_id)
        .select_related("connection__controller")
        .prefetch_related("after")
        .order_by("code", "pk")
    )
    codes = {system.code for system in systems}
    waiting = {
        system.code: ConnectedSystem(
            system, system.connection, tuple(sorted({first.code for first in system.after.all()} & codes))
        )
        for system in systems
    }
    ordered: dict[str, ConnectedSystem] = {}
    while waiting:
        ready = [code for code, connected in waiting.items() if ordered.keys() >= set(connected.after)]
        if not ready:
            raise Conflict(f"These systems depend on each other: {', '.join(sorted(waiting))}.")
        for code in ready:
            ordered[code] = waiting.pop(code)
    return list(ordered.values())


def _purposes(controller_id: UUID) -> PurposeQuerySet:
    """With their controller, whose first language is the one to fall back on."""
    return Purpose.objects.filter(controller_id=controller_id).select_related("controller")
