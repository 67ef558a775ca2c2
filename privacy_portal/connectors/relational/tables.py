"""What is really in the database: columns, what may be empty, what is unique, what points where."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from privacy_portal.connectors.dataset import BadDataset, Dataset

NO_MATCH = object()
"""What an identifier becomes that cannot stand in a column of this type."""


class StoredMoment(sa.String):
    """A day or a moment in SQLite: the text somebody wrote. We read it as text and insist on no spelling."""


_EMPTY: tuple[tuple[tuple[type, ...], Any], ...] = (
    ((sa.Boolean,), False),
    ((sa.Integer, sa.Numeric), 0),
    ((sa.DateTime,), datetime(1900, 1, 1, tzinfo=UTC)),
    ((sa.Date,), date(1900, 1, 1)),
    ((sa.Time,), time()),
    ((sa.LargeBinary,), b""),
    ((sa.JSON,), {}),
    ((sa.Uuid,), uuid.UUID(int=0)),
    ((StoredMoment,), "1900-01-01"),
)
"""What stands for nothing where NULL may not stand."""


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key of the database: `column` of `table` holds `target_column` of the table it belongs to."""

    table: str
    column: str
    target_column: str
    cascades: bool
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """A dataset and its table. `unique` are columns in which two rows may not have the same value."""

    dataset: Dataset
    table: sa.Table
    unique: frozenset[str]
    incoming: tuple[Link, ...]
    dialect: str

    @property
    def name(self) -> str:
        return self.dataset.name

    @property
    def key(self) -> sa.Column[Any]:
        return self.column(self.dataset.key)

    def column(self, name: str) -> sa.Column[Any]:
        column: sa.Column[Any] = self.table.c[name]
        return column


def reflect(connection: sa.Connection, datasets: Iterable[Dataset]) -> tuple[Described, ...]:
    """Read the tables of these datasets, in their order. Raises BadDataset where one names what is not there."""
    inspector = sa.inspect(connection)
    schemas: dict[str | None, dict[str, list[Link]]] = {}
    described = []
    for dataset in datasets:
        schema, _, name = dataset.table.rpartition(".")
        if not inspector.has_table(name, schema or None):
            raise BadDataset(dataset.name, f"there is no table '{dataset.table}'")
        if schema not in schemas:
            schemas[schema] = _links(inspector, schema or None)
        table = sa.Table(
            name, _metadata(connection), schema=schema or None, autoload_with=connection, resolve_fks=False
        )
        _check_columns(dataset, table)
        unique = _unique(inspector, name, schema or None)
        incoming = tuple(schemas[schema].get(name, ()))
        described.append(Described(dataset, table, unique, incoming, connection.dialect.name))
    return tuple(described)


def typed(column: sa.Column[Any], text: str) -> Any:
    """A piece of text as a value for this column; NO_MATCH where it cannot be one."""
    kind = column.type
    try:
        if isinstance(kind, sa.Boolean):
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        if isinstance(kind, sa.Integer):
            return int(text) if abs(int(text)) < 1 << 63 else NO_MATCH
        if isinstance(kind, sa.Uuid):
            return uuid.UUID(text)
        if isinstance(kind, sa.Numeric):
            return Decimal(text)
        if isinstance(kind, sa.DateTime):
            return in_zone_of(column, datetime.fromisoformat(text))
        if isinstance(kind, sa.Date):
            return date.fromisoformat(text)
    except (ValueError, KeyError, InvalidOperation):
        return NO_MATCH
    return text


def blank(column: sa.Column[Any], key: Any, unique: frozenset[str]) -> Any:
    """Nothing, as far as the column lets us: NULL, else an empty value of its type, distinct per row if it must be."""
    if column.nullable:
        return None
    if column.name in unique:
        return _distinct(column, key)
    value = next((value for kinds, value in _EMPTY if isinstance(column.type, kinds)), "")
    return in_zone_of(column, value) if isinstance(value, datetime) else value


def is_text(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.String | sa.types.NullType)


def in_zone_of(column: sa.Column[Any], moment: datetime) -> datetime:
    """A moment as the column holds it: with its zone, or without and then in UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if getattr(column.type, "timezone", False):
        return aware
    return aware.astimezone(UTC).replace(tzinfo=None)


def _distinct(column: sa.Column[Any], key: Any) -> Any:
    """A value only this row can have, from its own key, so that a second erase writes the same."""
    if isinstance(column.type, sa.Uuid):
        return uuid.uuid5(uuid.NAMESPACE_OID, str(key))
    if isinstance(column.type, sa.Integer) and isinstance(key, int):
        return -abs(key)
    if is_text(column):
        length = getattr(column.type, "length", None)
        return f"erased-{key}" if not length or len(f"erased-{key}") <= length else str(key)[-length:]
    raise BadDataset(
        f"{column.table.name}.{column.name}", "is unique and not nullable: its rows cannot stay without it"
    )


def _metadata(connection: sa.Connection) -> sa.MetaData:
    metadata = sa.MetaData()
    if connection.dialect.name == "sqlite":
        event.listen(metadata, "column_reflect", _as_stored)
    return metadata


def _as_stored(_inspector: Any, _table: sa.Table, column: Any) -> None:
    if isinstance(column["type"], sa.Date | sa.DateTime):
        column["type"] = StoredMoment()


def _check_columns(dataset: Dataset, table: sa.Table) -> None:
    named: Mapping[str, str] = {
        dataset.key: "key",
        **{field.start: f"{field.name}.start" for field in dataset.fields if field.start},
        **{column: "identity" for column in dataset.identity.values()},
        **{reference.field: "references" for reference in dataset.references},
        **{column: "stop" for sets in (*dataset.stop.values(), *dataset.resume.values()) for column in sets},
        **{field.name: "fields" for field in dataset.fields},
    }
    if dataset.retention:
        named = {**named, dataset.retention.start: "retention"}
    if dataset.restriction:
        named = {**named, dataset.restriction: "restriction"}
    for column, where in named.items():
        if column not in table.c:
            raise BadDataset(
                f"{dataset.name}.{column}", f"{where}: there is no such column in {dataset.table}"
            )


def _links(inspector: sa.Inspector, schema: str | None) -> dict[str, list[Link]]:
    """Every foreign key of the schema, by the table it points to; those over several columns guard themselves."""
    found: dict[str, list[Link]] = {}
    for (_schema, table), keys in inspector.get_multi_foreign_keys(schema=schema).items():
        for key in keys:
            if len(key["constrained_columns"]) == 1 and key.get("referred_schema") in (None, schema):
                cascades = str(key.get("options", {}).get("ondelete") or "").upper() in (
                    "CASCADE",
                    "SET NULL",
                )
                target = (key["referred_columns"] or [""])[0]
                link = Link(table, key["constrained_columns"][0], target, cascades, schema)
                found.setdefault(key["referred_table"], []).append(link)
    return found


def _unique(inspector: sa.Inspector, table: str, schema: str | None) -> frozenset[str]:
    # SQLite keeps constraints as automatic indexes, and its DDL is not always readable.
    automatic: dict[str, Any] = {"include_auto_indexes": True} if inspector.dialect.name == "sqlite" else {}
    indexes = [index for index in inspector.get_indexes(table, schema, **automatic) if index.get("unique")]
    groups: list[Any] = [
        each["column_names"] for each in (*inspector.get_unique_constraints(table, schema), *indexes)
    ]
    return frozenset(name for names in groups for name in names if name)
