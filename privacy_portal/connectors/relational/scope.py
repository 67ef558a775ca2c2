"""Which rows are meant: a person's, those past a period, those of a list of keys. Conditions; nothing is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from privacy_portal.connectors.base import Identifier
from privacy_portal.connectors.relational.tables import NO_MATCH, Described, in_zone_of, is_text, typed
from privacy_portal.vocabulary import IdentifierKind

Condition = sa.ColumnElement[bool]
Scope = Mapping[str, Sequence[Condition]]
"""Dataset → conditions, any of which makes a row meant. A dataset that is missing has no such rows."""

CHUNK = 500
BATCH = 1000


def of_person(
    catalogue: Iterable[Described], identifiers: Sequence[Identifier]
) -> dict[str, list[Condition]]:
    """Rows found by an identifier and what refers to them, however deep. Parents come first in the catalogue."""
    scope: dict[str, list[Condition]] = {}
    tables: dict[str, Described] = {}
    for described in catalogue:
        conditions = [*by_identity(described, identifiers), *_by_reference(described, scope, tables)]
        tables[described.name] = described
        if conditions:
            scope[described.name] = [sa.or_(*conditions)]
    return scope


def of_keys(keys: Mapping[str, Sequence[Any]], catalogue: Iterable[Described]) -> dict[str, list[Condition]]:
    return {
        described.name: [described.key.in_(chunk) for chunk in chunks(keys[described.name])]
        for described in catalogue
        if keys.get(described.name)
    }


def below(root: Described, keys: Sequence[Any], catalogue: Iterable[Described]) -> dict[str, list[Condition]]:
    """These rows of one dataset and everything that refers to them."""
    scope: dict[str, list[Condition]] = {}
    tables: dict[str, Described] = {}
    for described in catalogue:
        if described is root:
            conditions: list[Condition] = [described.key.in_(keys)]
        else:
            conditions = list(_by_reference(described, scope, tables))
        tables[described.name] = described
        if conditions:
            scope[described.name] = [sa.or_(*conditions)]
    return scope


def started_before(described: Described, moment: datetime, start: str) -> Condition:
    """Rows whose start lies before a moment, whatever the column holds: day, moment, ISO text or seconds since 1970."""
    column, kind = described.column(start), described.column(start).type
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(kind, sa.Integer | sa.Numeric):
        return column < int(moment.timestamp())
    if isinstance(kind, sa.DateTime):
        return column < in_zone_of(column, moment)
    if isinstance(kind, sa.Date):
        return sa.cast(column, sa.DateTime) < moment.astimezone(UTC).replace(tzinfo=None)
    text = moment.astimezone(UTC).isoformat(timespec="seconds")
    if described.dialect == "sqlite":
        return sa.func.julianday(column) < sa.func.julianday(text)
    # Every spelling of ISO 8601 starts with the day.
    return sa.func.substr(column, 1, 10) <= text[:10]


def not_held(
    described: Described, catalogue: Sequence[Described], held: Sequence[Identifier]
) -> list[Condition]:
    """Conditions that leave out rows of people on hold, and rows that theirs refer to."""
    scope = of_person(catalogue, held)
    for child in reversed(catalogue):
        for reference in child.dataset.references:
            if child.name in scope:
                parent = next(each for each in catalogue if each.name == reference.to)
                named = sa.select(child.column(reference.field)).where(sa.or_(*scope[child.name]))
                scope.setdefault(parent.name, []).append(parent.key.in_(named))
    # NULL in a column must not hide a row from the sweep.
    return [sa.case((condition, 1), else_=0) == 0 for condition in scope.get(described.name, ())]


def rows(
    connection: sa.Connection, query: sa.Select[Any], key: sa.Column[Any], *, batch: int = BATCH
) -> Iterator[sa.RowMapping]:
    """The rows of a query in the order of its key, a batch at a time: one exchange for most, flat memory for all.

    A server-side cursor would cost three exchanges and more where one does.
    """
    query = query.order_by(key).limit(batch)
    page = query
    while True:
        found = connection.execute(page).mappings().all()
        yield from found
        if len(found) < batch:
            return
        page = query.where(key > found[-1][key.name])


def chunks(keys: Sequence[Any], size: int = CHUNK) -> Iterator[Sequence[Any]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def by_identity(described: Described, identifiers: Sequence[Identifier]) -> Iterator[Condition]:
    for kind, column_name in described.dataset.identity.items():
        column = described.column(column_name)
        values = [typed(column, each.value) for each in identifiers if each.kind == kind]
        values = [value for value in values if value is not NO_MATCH]
        if values:
            yield _matches(column, kind, values, exact=described.dataset.exact)


def _matches(column: sa.Column[Any], kind: str, values: list[Any], *, exact: bool) -> Condition:
    if exact or not is_text(column):
        return column.in_(values)
    if kind == IdentifierKind.EMAIL:
        spelled = sa.func.lower(sa.func.trim(column)).in_([value.strip().lower() for value in values])
        # SQLite's lower() knows only ASCII.
        return sa.or_(column.in_(values), spelled)
    if kind == IdentifierKind.PHONE:
        digits: Any = column
        for mark in " -()/.":
            digits = sa.func.replace(digits, mark, "")
        return digits.in_([re.sub(r"[^\d+]", "", value) for value in values])
    return column.in_(values)


def _by_reference(
    described: Described, scope: Mapping[str, list[Condition]], tables: Mapping[str, Described]
) -> Iterator[Condition]:
    for reference in described.dataset.references:
        if reference.to in scope:
            parents = sa.select(tables[reference.to].key).where(*scope[reference.to])
            yield described.column(reference.field).in_(parents)
