"""Reads that only pages need: the surroundings of a system, logs and lists."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from governance.models import (
    Breach,
    DeadlineAlert,
    DisposalEntry,
    Flow,
    Hold,
    RetentionRule,
    Sweep,
    System,
)
from governance.queries.register import systems_within
from privacy_portal.staff.reach import Reach
from privacy_portal.vocabulary import DataCategory


@dataclass(frozen=True, slots=True)
class Step:
    """A system in the picture of who is asked after whom."""

    system: System
    stage: str
    is_here: bool = False


def listed_systems(reach: Reach) -> QuerySet[System]:
    """Systems with how many datasets and purposes each has."""
    datasets = Count("datasets", filter=Q(datasets__removed_at=None), distinct=True)
    purposes = Count("activities", filter=Q(activities__removed_at=None), distinct=True)
    return systems_within(reach).annotate(dataset_count=datasets, purpose_count=purposes)


def order_around(system: System) -> list[Step]:
    """Who is asked before this system, and who waits for it; two steps of a path, not the whole graph."""
    first = [Step(other, "before") for other in system.after.all() if other.retired_at is None]
    later = [Step(other, "after") for other in system.before.all() if other.retired_at is None]
    return [*first, Step(system, "here", is_here=True), *later]


def categories_of(system: Any) -> list[tuple[str, int]]:
    """Kinds of data with the number of fields, of a system read by `system_in_full`."""
    counted = Counter(
        element.category for dataset in system.living_datasets for element in dataset.living_elements
    )
    del counted[DataCategory.NONE]
    return [(DataCategory(code).label, number) for code, number in counted.most_common()]


def flows_of(system: System) -> QuerySet[Flow]:
    return (
        Flow.objects.filter(removed_at=None)
        .filter(Q(source=system) | Q(system=system))
        .select_related("source", "system", "recipient", "purpose")
        .order_by("pk")
    )


def history_of(system: System) -> list[dict[str, Any]]:
    """Who changed the entry, newest first; what changed stands in the admin's history page."""
    names = {"+": "Entered", "~": "Changed", "-": "Removed"}
    lines = system.history.select_related("history_user").order_by("-history_date", "-history_id")[:20]
    return [
        {
            "at": f"{line.history_date:%-d %b %Y %H:%M} UTC",
            "label": names[line.history_type],
            "by": line.history_user or "manifest",
        }
        for line in lines
    ]


def rules_within(reach: Reach) -> QuerySet[RetentionRule]:
    return (
        RetentionRule.objects.filter(
            ended_at=None, dataset__removed_at=None, dataset__system__retired_at=None
        )
        .filter(dataset__system__controller_id__in=reach.controller_ids)
        .select_related("dataset__system__controller")
        .order_by("dataset__system__controller__name", "dataset__system__name", "dataset__name", "pk")
    )


def log_of(sweep: Sweep) -> QuerySet[DisposalEntry]:
    entries = DisposalEntry.objects.filter(disposal__sweep=sweep)
    return entries.select_related("disposal__system").order_by("at", "pk")


def holds_within(reach: Reach, *, due_on: date | None = None) -> QuerySet[Hold]:
    """Holds in force; with a day, those whose review is due by then."""
    holds = Hold.objects.within(reach).in_force().select_related("controller", "dataset__system")
    if due_on is not None:
        holds = holds.filter(review_on__lte=due_on)
    return holds.order_by("review_on", "pk")


def alerts_of(breach: Breach) -> QuerySet[DeadlineAlert]:
    return (
        DeadlineAlert.objects.filter(clock__breach=breach)
        .select_related("clock")
        .order_by("fell_due_at", "pk")
    )
