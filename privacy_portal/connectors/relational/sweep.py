"""A retention batch: which rows of one dataset are past their period, and how many still are afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from privacy_portal.connectors.base import DatasetOutcome, Identifier, Order, Refused
from privacy_portal.connectors.relational import plan as planning
from privacy_portal.connectors.relational import scope as scopes
from privacy_portal.connectors.relational.plan import DatasetPlan, Terms
from privacy_portal.connectors.relational.tables import Described

LIMIT = 500
"""Rows of one batch where the order names no limit."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What an expire order says. `held` are identifiers of people on hold."""

    root: Described
    before: datetime
    limit: int
    dry_run: bool
    held: tuple[Identifier, ...]

    @classmethod
    def of(cls, order: Order, catalogue: Sequence[Described]) -> Sweep:
        """Raises Refused on an order that names no dataset with a retention rule, or no moment."""
        asked = order.instructions
        root = next((each for each in catalogue if each.name == asked.get("dataset")), None)
        if root is None or root.dataset.retention is None:
            raise Refused("no_such_dataset")
        try:
            before = datetime.fromisoformat(str(asked["before"]))
            limit = int(asked.get("limit") or LIMIT)
        except (KeyError, ValueError):
            raise Refused("invalid_request") from None
        return cls(root, before, limit, bool(asked.get("dry_run", False)), order.identifiers)


def batches(
    connection: sa.Connection, catalogue: Sequence[Described], sweep: Sweep, terms: Terms
) -> Iterator[dict[str, DatasetPlan]]:
    """Plans for the rows past their period, `limit` rows each, in the order of their keys."""
    after: Any = None
    while True:
        query = (
            sa.select(sweep.root.key)
            .where(*_due(sweep, catalogue))
            .order_by(sweep.root.key)
            .limit(sweep.limit)
        )
        if after is not None:
            query = query.where(sweep.root.key > after)
        keys = list(connection.scalars(query))
        if not keys:
            return
        yield planning.make(connection, catalogue, scopes.below(sweep.root, keys, catalogue), terms)
        after = keys[-1]


def next_batch(
    connection: sa.Connection, catalogue: Sequence[Described], sweep: Sweep, terms: Terms
) -> dict[str, DatasetPlan]:
    """The first batch in which there is something to do: rows that a statute keeps must not hold up the others."""
    for plans in batches(connection, catalogue, sweep, terms):
        if any(plan.work() for plan in plans.values()):
            return plans
    return {}


def total(
    connection: sa.Connection, catalogue: Sequence[Described], sweep: Sweep, terms: Terms
) -> dict[str, DatasetOutcome]:
    """What all batches together would do, by dataset."""
    summed: dict[str, DatasetOutcome] = {}
    for plans in batches(connection, catalogue, sweep, terms):
        for name, plan in plans.items():
            summed[name] = add(summed.get(name), plan.outcome())
    return summed


def still_due(
    connection: sa.Connection, catalogue: Sequence[Described], sweep: Sweep, terms: Terms
) -> Mapping[str, int]:
    """Rows past their period in which something is still to be done; counted by the database where it can tell."""
    if _all_of_it_goes(sweep.root, catalogue):
        query = sa.select(sa.func.count()).select_from(sweep.root.table).where(*_due(sweep, catalogue))
        return {sweep.root.name: connection.scalar(query) or 0}
    left: dict[str, int] = {}
    for plans in batches(connection, catalogue, sweep, terms):
        for name, plan in plans.items():
            left[name] = left.get(name, 0) + len(plan.work())
    return left


def add(one: DatasetOutcome | None, other: DatasetOutcome) -> DatasetOutcome:
    if one is None:
        return other
    return DatasetOutcome(
        dataset=other.dataset,
        found=one.found + other.found,
        erased=one.erased + other.erased,
        changed=one.changed + other.changed,
        pseudonymised=one.pseudonymised + other.pseudonymised,
        kept=one.kept + other.kept,
        left=one.left + other.left,
        grounds=planning.grounds_together(one.grounds, other.grounds),
    )


def _due(sweep: Sweep, catalogue: Sequence[Described]) -> list[scopes.Condition]:
    retention = sweep.root.dataset.retention
    assert retention is not None
    past = scopes.started_before(sweep.root, sweep.before, retention.start)
    return [past, *(scopes.not_held(sweep.root, catalogue, sweep.held) if sweep.held else [])]


def _all_of_it_goes(root: Described, catalogue: Sequence[Described]) -> bool:
    """No field is kept on a ground and nothing refers to these rows: each row that is due is simply deleted."""
    keeps = any(each.erase == "keep" for each in root.dataset.personal())
    referred_to = any(
        reference.to == root.name for each in catalogue for reference in each.dataset.references
    )
    return not (keeps or referred_to or root.incoming)
