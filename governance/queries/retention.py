"""Reads for retention: rules in force, holds that a disposal meets, and whether its numbers are unusual."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from governance.models import Disposal, Hold, RetentionRule, Sweep
from governance.states import DisposalStatus, SweepStatus

FIRST_RUN_CAP = 2000
"""More rows than this, the first time a rule runs, wait for a person: a wrong date field empties a table at once."""

UNUSUAL_FACTOR = 5
"""So many times the usual number waits for a person …"""

UNUSUAL_FLOOR = 100
"""… unless it is a small number anyway."""

COMPARED_SWEEPS = 7
"""The usual number is the median of that many last disposals by the same rule."""

_ENDED = (DisposalStatus.COMPLETED, DisposalStatus.COMPLETED_WITH_EXCEPTIONS)


def rules_in_force(controller_id: UUID) -> QuerySet[RetentionRule]:
    return (
        RetentionRule.objects.filter(ended_at=None, dataset__removed_at=None)
        .filter(dataset__system__controller_id=controller_id, dataset__system__retired_at=None)
        .select_related("dataset__system__connection")
        .order_by("dataset__system__code", "dataset__name", "pk")
    )


def controllers_to_sweep() -> list[UUID]:
    """Controllers with at least one rule in force."""
    found = RetentionRule.objects.filter(
        ended_at=None, dataset__removed_at=None, dataset__system__retired_at=None
    )
    return sorted(set(found.values_list("dataset__system__controller_id", flat=True)))


def held_subjects(rule: RetentionRule) -> list[UUID]:
    """People whose rows of this dataset may not go."""
    holds = (
        Hold.objects.in_force()
        .filter(controller_id=rule.dataset.system.controller_id, subject__isnull=False)
        .filter(Q(dataset=None) | Q(dataset_id=rule.dataset_id))
    )
    return sorted(set(holds.values_list("subject_id", flat=True)))


def is_dataset_held(rule: RetentionRule) -> bool:
    return Hold.objects.in_force().filter(subject=None, dataset_id=rule.dataset_id).exists()


def why_unusual(disposal: Disposal) -> str:
    """The reason for which a person must look before this disposal, or nothing."""
    expected = disposal.expected or 0
    earlier = list(
        Disposal.objects.filter(rule_id=disposal.rule_id, status__in=_ENDED)
        .exclude(sweep_id=disposal.sweep_id)
        .order_by("-sweep__night", "pk")
        .values_list("erased", flat=True)[:COMPARED_SWEEPS]
    )
    where = f"{disposal.system.code}.{disposal.dataset}"
    if not earlier:
        over = expected > FIRST_RUN_CAP
        return (
            f"{where}: {expected} rows in the first run of the rule; the cap is {FIRST_RUN_CAP}"
            if over
            else ""
        )
    usual = median(earlier)
    if expected > UNUSUAL_FLOOR and expected > UNUSUAL_FACTOR * usual:
        return f"{where}: {expected} rows, usual are {usual:g}"
    return ""


def with_numbers(sweeps: QuerySet[Sweep]) -> QuerySet[Sweep]:
    """Sweeps with what was expected, erased, held and left over all their disposals."""
    return sweeps.annotate(
        expected=Sum("disposals__expected"),
        erased=Sum("disposals__erased"),
        held=Sum("disposals__held"),
        rows_left=Sum("disposals__rows_left"),
    )


def end_of(statuses: Iterable[str]) -> SweepStatus:
    """How a sweep ends whose disposals ended like this: never better than its worst part."""
    ends = set(statuses)
    if ends & {DisposalStatus.FAILED, DisposalStatus.NOT_COUNTED}:
        return SweepStatus.PARTLY_FAILED
    if ends & {DisposalStatus.COMPLETED_WITH_EXCEPTIONS, DisposalStatus.HELD, DisposalStatus.SKIPPED}:
        return SweepStatus.COMPLETED_WITH_EXCEPTIONS
    return SweepStatus.COMPLETED
