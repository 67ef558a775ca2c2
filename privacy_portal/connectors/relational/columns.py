"""Verbs that set columns and remove nothing: rectify, restrict, stop a purpose. And what of a row is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from privacy_portal.connectors.base import DatasetOutcome, Identifier, Order, Refused
from privacy_portal.connectors.relational import scope as scopes
from privacy_portal.connectors.relational.tables import NO_MATCH, Described, StoredMoment, in_zone_of, typed

NOW = "now"
"""In `stop` and `resume`: the moment of the change."""

_MOST_IDENTIFIERS = 100


@dataclass(frozen=True, slots=True)
class Change:
    """Values for rows with these keys. `done` tells rows that need no change; without values nothing can be done."""

    described: Described
    keys: Sequence[Any]
    values: Mapping[str, Any] = field(default_factory=dict)
    done: scopes.Condition = field(default_factory=sa.false)

    def carry_out(self, connection: sa.Connection) -> None:
        if self.values:
            for condition in self._undone():
                connection.execute(sa.update(self.described.table).where(condition).values(dict(self.values)))

    def outcome(self, connection: sa.Connection) -> DatasetOutcome:
        """Counted by asking again."""
        count = sa.select(sa.func.count()).select_from(self.described.table)
        left = sum(connection.scalar(count.where(condition)) or 0 for condition in self._undone())
        found = len(self.keys)
        return DatasetOutcome(self.described.name, found=found, changed=found - left, left=left)

    def _undone(self) -> Iterator[scopes.Condition]:
        for chunk in scopes.chunks(self.keys):
            # NULL compares to nothing; CASE makes it "not done".
            yield sa.and_(self.described.key.in_(chunk), sa.case((self.done, 1), else_=0) == 0)


def rectification(connection: sa.Connection, catalogue: Sequence[Described], order: Order) -> Change:
    """Raises Refused on a dataset, field or value that is not there or does not fit."""
    described = next((each for each in catalogue if each.name == order.instructions.get("dataset")), None)
    if described is None:
        raise Refused("no_such_dataset")
    known = {each.name for each in described.dataset.fields} - {described.dataset.key}
    values = {}
    for name in order.instructions.get("fields") or ():
        values[name] = (
            typed(described.column(name), order.values[name])
            if name in known & order.values.keys()
            else NO_MATCH
        )
    if not values or NO_MATCH in values.values():
        raise Refused("invalid_request")
    keys = _keys(connection, described, scopes.of_person(catalogue, order.identifiers))
    return Change(described, keys, values, _equal(described, values))


def restrictions(
    connection: sa.Connection,
    catalogue: Sequence[Described],
    identifiers: Sequence[Identifier],
    *,
    at: datetime,
    lift: bool,
) -> list[Change]:
    """A dataset without a column of its own is covered by the row it refers to; what is not covered stays undone."""
    if not any(each.dataset.restriction for each in catalogue):
        raise Refused("cannot_restrict")
    person = scopes.of_person(catalogue, identifiers)
    covered: set[str] = set()
    changes = []
    for described in catalogue:
        keys = _keys(connection, described, person)
        if described.dataset.restriction:
            changes.append(_restriction(described, keys, at, lift=lift))
        elif not any(reference.to in covered for reference in described.dataset.references):
            changes.append(Change(described, keys))
            continue
        covered.add(described.name)
    return changes


def switches(
    connection: sa.Connection, catalogue: Sequence[Described], order: Order, *, at: datetime
) -> list[Change]:
    """What is to be set for the order's purpose. Raises Refused where nothing is described for it."""
    purpose, resumes = str(order.instructions.get("purpose", "")), _resumes(order)
    person = scopes.of_person(catalogue, order.identifiers)
    changes = []
    for described in catalogue:
        wanted = _resumed(described, purpose) if resumes else described.dataset.stop.get(purpose)
        if wanted:
            values = {name: _fitting(described.column(name), value, at) for name, value in wanted.items()}
            done = sa.and_(
                *(_is_set(described.column(name), value, values[name]) for name, value in wanted.items())
            )
            changes.append(Change(described, _keys(connection, described, person), values, done))
    if not changes:
        raise Refused("no_such_purpose")
    return changes


def further_identifiers(
    connection: sa.Connection, catalogue: Sequence[Described], known: Sequence[Identifier]
) -> tuple[Identifier, ...]:
    """From rows that an identifier itself finds. Rows that only refer to them may name other people."""
    found: dict[Identifier, None] = {}
    for described in catalogue:
        kinds = described.dataset.identity
        conditions = list(scopes.by_identity(described, known))
        if not conditions or len(kinds) < 2:
            continue
        columns = [described.column(name) for name in kinds.values()]
        query = sa.select(*columns).where(sa.or_(*conditions)).distinct().limit(_MOST_IDENTIFIERS)
        for row in connection.execute(query):
            found.update(
                {Identifier(kind, str(value)): None for kind, value in zip(kinds, row, strict=True) if value}
            )
    given = {(each.kind, each.value.lower()) for each in known}
    return tuple(each for each in found if (each.kind, each.value.lower()) not in given)


def shown(described: Described) -> list[sa.Column[Any]]:
    """The columns of an export: the key, what identifies, what refers and what is described; nothing else."""
    dataset = described.dataset
    names = [dataset.key, *dataset.identity.values(), *(each.field for each in dataset.references)]
    return [
        described.column(name) for name in dict.fromkeys([*names, *(each.name for each in dataset.fields)])
    ]


def _keys(connection: sa.Connection, described: Described, person: scopes.Scope) -> list[Any]:
    conditions = person.get(described.name, ())
    return list(connection.scalars(sa.select(described.key).where(sa.or_(*conditions)))) if conditions else []


def _restriction(described: Described, keys: Sequence[Any], at: datetime, *, lift: bool) -> Change:
    name = described.dataset.restriction
    column = described.column(name)
    if isinstance(column.type, sa.Boolean | sa.Integer):
        value = _fitting(column, not lift, at)
        return Change(described, keys, {name: value}, column == value)
    if lift:
        return Change(described, keys, {name: None}, column.is_(None))
    # A restriction that already stands keeps its own moment.
    return Change(described, keys, {name: _fitting(column, NOW, at)}, column.is_not(None))


def _resumes(order: Order) -> bool:
    return str(order.instructions.get("type", "")).endswith("given")


def _resumed(described: Described, purpose: str) -> Mapping[str, Any] | None:
    """As described; else the opposite of a switch, and nothing where a moment stood."""
    stop = described.dataset.stop.get(purpose)
    if purpose in described.dataset.resume or not stop:
        return described.dataset.resume.get(purpose)
    if not all(isinstance(value, bool) or value == NOW for value in stop.values()):
        return None
    return {name: None if value == NOW else not value for name, value in stop.items()}


def _equal(described: Described, values: Mapping[str, Any]) -> scopes.Condition:
    return sa.and_(*(described.column(name).is_not_distinct_from(value) for name, value in values.items()))


def _is_set(column: sa.Column[Any], wanted: Any, value: Any) -> scopes.Condition:
    return column.is_not(None) if wanted == NOW else column.is_not_distinct_from(value)


def _fitting(column: sa.Column[Any], value: Any, at: datetime) -> Any:
    """A value of a description as this column holds it. Raises Refused where it cannot."""
    if value == NOW and not isinstance(value, bool):
        return _moment(column, at)
    if isinstance(value, bool) and isinstance(column.type, sa.Integer):
        return int(value)
    fitted = typed(column, value) if isinstance(value, str) else value
    if fitted is NO_MATCH:
        raise Refused("schema_differs")
    return fitted


def _moment(column: sa.Column[Any], at: datetime) -> Any:
    if isinstance(column.type, sa.DateTime):
        return in_zone_of(column, at)
    if isinstance(column.type, sa.Date):
        return at.date()
    if isinstance(column.type, StoredMoment):
        return at.strftime("%Y-%m-%d %H:%M:%S")
    return at.isoformat() if isinstance(column.type, sa.String) else int(at.timestamp())
