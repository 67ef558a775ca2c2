"""Doing what a plan says, and asking again whether it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from privacy_portal.connectors.relational import plan as planning
from privacy_portal.connectors.relational import scope as scopes
from privacy_portal.connectors.relational.plan import DatasetPlan, Terms
from privacy_portal.connectors.relational.tables import Described

_AT_ONCE = 30_000


def carry_out(connection: sa.Connection, plans: Mapping[str, DatasetPlan]) -> None:
    """Change what stays and delete what goes, children first, in the caller's transaction."""
    for plan in plans.values():
        _change(connection, plan)
        _delete(connection, plan)


def what_is_left(
    connection: sa.Connection,
    catalogue: Sequence[Described],
    scope: scopes.Scope,
    plans: Mapping[str, DatasetPlan],
    terms: Terms,
) -> dict[str, set[Any]]:
    """Ask again: rows the scope still finds and rows of the plan, by key, in which something is still to be done."""
    keys = {name: plan.keys() for name, plan in plans.items()}
    by_key = scopes.of_keys(keys, catalogue)
    both = {each.name: [*scope.get(each.name, ()), *by_key.get(each.name, ())] for each in catalogue}
    again = planning.make(connection, catalogue, both, terms)
    return {name: plan.work() for name, plan in again.items()}


def _change(connection: sa.Connection, plan: DatasetPlan) -> None:
    """Rows with the same changes go together; most rows of a table have the same."""
    alike: dict[tuple[tuple[str, str], ...], tuple[dict[str, Any], list[Any]]] = {}
    for row in plan.staying:
        if row.changes:
            mark = tuple(sorted((name, repr(value)) for name, value in row.changes.items()))
            alike.setdefault(mark, (row.changes, []))[1].append(row.key)
    for changes, keys in alike.values():
        for chunk in scopes.chunks(keys):
            described = plan.described
            connection.execute(sa.update(described.table).where(described.key.in_(chunk)).values(changes))


def _delete(connection: sa.Connection, plan: DatasetPlan) -> None:
    described = plan.described
    refers_to_itself = any(link.table == described.table.name for link in described.incoming)
    # Rows that refer to each other must go in one statement: the database checks at its end.
    for chunk in scopes.chunks(list(plan.gone), _AT_ONCE if refers_to_itself else scopes.CHUNK):
        connection.execute(sa.delete(described.table).where(described.key.in_(chunk)))
